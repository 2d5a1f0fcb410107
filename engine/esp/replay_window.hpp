// Which sequence numbers of an SA were seen, and what the unseen half of an extended one is.  RFC 4303 §3.4.3 and
// Appendix A2.
#pragma once

#include <cstdint>
#include <vector>

namespace ikevet::esp {

/// The anti-replay window of one inbound SA: a bitmap behind the highest number that was authenticated. Its size is
/// bounded by kMaxSize, so that an SA takes at most 8 kB here.
class ReplayWindow {
 public:
  static constexpr std::size_t kMinSize = 32;  ///< §3.4.3: a receiver MUST support that much
  static constexpr std::size_t kMaxSize = 65536;

  /// `size` is cut to the two bounds; §3.4.3: 64 should be the default.
  explicit ReplayWindow(std::size_t size = 64, bool esn = false);

  enum class Verdict : std::uint8_t { Fresh, Replayed, TooOld, Zero };

  /// The full number that a packet's 32 bits stand for. With ESN the high half is inferred from where the window lies
  /// (Appendix A2.1); it is right for honest packets and otherwise makes the ICV wrong.
  std::uint64_t infer(std::uint32_t low) const;
  /// What is to be thought of a number before its packet was authenticated. §3.4.3: nothing moves yet.
  Verdict look(std::uint64_t sequence) const;
  /// The packet was authentic: notes its number.
  void accept(std::uint64_t sequence);

  std::size_t size() const { return size_; }
  std::uint64_t highest() const { return highest_; }
  bool esn() const { return esn_; }

 private:
  bool bit(std::uint64_t sequence) const;
  void set(std::uint64_t sequence, bool on);

  std::size_t size_;
  bool esn_;
  std::uint64_t highest_{};          ///< "T" of Appendix A2
  std::vector<std::uint64_t> bits_;  ///< a ring: number n stands at n mod its length
};

}  // namespace ikevet::esp
