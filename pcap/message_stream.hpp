// The messages of a capture one by one, opened and related to those before, with memory that does not grow with the
// capture. Where everything is kept and looked at afterwards, to_trace() is the thing.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>

#include "engine/trace/fragments.hpp"
#include "engine/trace/trace.hpp"
#include "engine/wire/sk_opener.hpp"

namespace ikevet::pcap {

/// A message of a capture, with what it has to do with others.
struct StreamedMessage {
  trace::MessageRecord record;               ///< its indices are not set: there is no trace
  std::optional<std::size_t> repeats_frame;  ///< it is a retransmission of the one in this frame
  std::optional<std::size_t> answers_frame;  ///< the response answers the request in this frame
};

/// Relates by the same rules as trace::TraceBuilder. For each IKE SA (by its initiator's SPI) the last kMessages are
/// remembered, for the last kSas of them; of messages in fragments the last kFragmented that are not whole.
class MessageStream {
 public:
  static constexpr std::size_t kSas = 2048;
  static constexpr std::size_t kMessages = 16;
  static constexpr std::size_t kFragmented = 64;

  /// `opener` may be null: then every SK payload is NoKeys.
  explicit MessageStream(const wire::SkOpener* opener) : opener_(opener) {}

  /// `record` has its frame, time, endpoints and octets. False, and nothing changed, when they are no message.
  bool take(StreamedMessage& message);

 private:
  struct Seen {
    std::uint64_t responder_spi{};
    std::uint64_t digest{};  ///< of all octets
    std::size_t frame{};
    std::size_t first_frame{};  ///< of which this is a retransmission; else its own
    std::uint32_t message_id{};
    std::uint32_t fragment{};  ///< Fragment Number and Total Fragments; 0 for a whole message
    bool from_initiator{};
    bool response{};
  };
  struct Sa {
    std::uint64_t initiator_spi{};
    std::array<Seen, kMessages> seen;
    std::size_t count{};  ///< of all that came; the last is seen[(count - 1) % kMessages]
  };

  Sa& sa(std::uint64_t initiator_spi);
  void open(trace::MessageRecord& record);
  void open_fragment(trace::MessageRecord& record, const wire::EncryptedFragment& fragment, Bytes plaintext);
  void relate(StreamedMessage& message);

  const wire::SkOpener* opener_;
  std::list<Sa> sas_;  ///< the one that was heard last stands first
  absl::flat_hash_map<std::uint64_t, std::list<Sa>::iterator> by_spi_;
  std::list<std::pair<trace::FragmentedMessage, trace::FragmentSet>> fragments_;  ///< the newest last
};

}  // namespace ikevet::pcap
