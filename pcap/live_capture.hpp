// Recording the wire while a scenario runs.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "pcap/capture_error.hpp"
#include "pcap/captured_packet.hpp"

namespace ikevet::pcap {

struct LiveCaptureOptions {
  std::vector<IpAddress> harness;  ///< the interface that carries them is recorded; "any" when there is no single one
  std::vector<IpAddress> peers;    ///< only traffic between these and the harness is kept
  /// UDP ports of either side; empty: all. On a loopback interface other programs' traffic has the same addresses.
  std::vector<std::uint16_t> ports;
  /// Name under /run/netns, or a path; empty: the namespace of this process. Entering one takes CAP_SYS_ADMIN.
  std::string network_namespace;
  std::size_t max_octets = std::size_t{64} << 20;  ///< of frames kept; what comes after is counted and not kept
};

/// Opens the interface, keeps what passes the filter, and gives it back in the end. Frames arrive on a thread of its
/// own; nothing is shown before stop().
///
/// Where capture is not permitted, why_not() says so in plain words: the run then writes its datagrams with
/// write_reconstructed().
class LiveCapture {
 public:
  /// Empty when capture would work; otherwise the reason and the remedy, in one line.
  static std::optional<std::string> why_not(const LiveCaptureOptions& options);

  /// Recording has begun when this returns. Throws CaptureError.
  explicit LiveCapture(LiveCaptureOptions options);
  ~LiveCapture();
  LiveCapture(const LiveCapture&) = delete;
  LiveCapture& operator=(const LiveCapture&) = delete;

  /// Ends the recording once `expected_datagrams` UDP datagrams are in it and nothing more is waiting, or when kGrace
  /// has passed: what was sent last may still be on its way through the kernel.
  void stop(std::size_t expected_datagrams = 0);
  static constexpr std::chrono::milliseconds kGrace{300};

  /// After stop().
  const std::vector<RawFrame>& frames() const { return frames_; }
  LinkType link_type() const;
  const std::string& interface_name() const;
  /// Frames that the kernel or the bound of max_octets lost; 0 for a complete recording.
  std::size_t lost() const { return lost_; }
  /// What ended the recording early (the interface went down, ...); empty when nothing did.
  const std::optional<std::string>& trouble() const { return trouble_; }

 private:
  struct Handle;

  void drain();
  bool read_some();

  LiveCaptureOptions options_;
  std::unique_ptr<Handle> handle_;
  std::vector<RawFrame> frames_;
  std::size_t octets_{};
  std::size_t lost_{};
  std::optional<std::string> trouble_;
  std::atomic<std::size_t> datagrams_;
  std::atomic<std::size_t> expected_;
  std::atomic<bool> stopping_;
  std::thread thread_;
};

/// The libpcap filter for what the options ask; for messages and tests.
std::string capture_filter(const LiveCaptureOptions& options);

}  // namespace ikevet::pcap
