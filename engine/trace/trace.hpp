// The ordered record of a run or of a capture file: datagrams, the messages in them, and what the engine said.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"
#include "engine/trace/event.hpp"
#include "engine/trace/fragments.hpp"
#include "engine/wire/message.hpp"
#include "engine/wire/sk_opener.hpp"

namespace ikevet::trace {

/// Who sent a packet. In a foreign capture `Dut` is the side that is graded.
enum class Party { Harness, Dut };
std::string_view name(Party);

/// What became of a packet between the two, where the run knows it.
enum class Fate { Delivered, DroppedByScenario, Injected };

/// One UDP datagram as it was on the wire.
struct Packet {
  std::size_t frame{};  ///< number in the capture file, from 1; 0 when the capture does not have it
  Instant at;
  Party from{};
  Datagram datagram;
  Fate fate{};
};

/// What could be said of a message's Encrypted payload.
enum class Protection {
  Clear,         ///< the message has no SK payload
  Opened,        ///< integrity held, the payloads inside are in `inner`
  BadIntegrity,  ///< the checksum is wrong: `inner` is empty
  BadPadding,    ///< integrity held, the Pad Length does not fit
  TooShort,      ///< no room for IV, Pad Length and checksum
  NoKeys,        ///< the keys are not known
  Fragment,      ///< an SKF payload; its payloads are found with the fragment that completed the message, RFC 7383 §2.5
};
std::string_view name(Protection);

/// One IKE message, parsed and, where the keys are known, opened.
struct MessageRecord {
  std::size_t packet{};  ///< index into Trace::packets
  std::size_t frame{};
  Instant at;
  Party from{};
  Endpoint source;
  Endpoint destination;
  bool marker{};  ///< the four zero octets of port 4500 stood before it
  Bytes octets;   ///< the message without the marker
  wire::Message outer;
  Protection protection{};
  Bytes plaintext;                       ///< inside SK, without padding; empty unless Opened
  std::vector<wire::Payload> inner;      ///< the payloads inside SK
  std::vector<ParseError> inner_faults;  ///< offsets count from the start of `plaintext`
  std::optional<std::size_t> repeats;    ///< index of the first message of which this is a retransmission (same sender,
                                         ///< SPIs, Message ID, R flag)
  std::optional<std::size_t> request;    ///< for a response: index of the latest request it answers

  bool is_response() const { return outer.header.is_response(); }
  /// The payloads that matter: those inside SK when it was opened, else those in clear.
  const std::vector<wire::Payload>& payloads() const {
    return protection == Protection::Opened ? inner : outer.payloads;
  }
};

struct EventRecord {
  Instant at;
  Event event;
};

struct Trace {
  std::vector<Packet> packets;
  std::vector<MessageRecord> messages;
  std::vector<EventRecord> events;  ///< empty for a capture that was not made by a run
};

/// The IKE message in a UDP payload, with what stood before it.
struct FramedMessage {
  BytesView message;  ///< within the datagram
  bool marker{};
};

/// Joins packets to a Trace: finds IKE messages (port 500; after the marker on port 4500; elsewhere by content), opens
/// what the keys allow, and relates retransmissions and answers. Live runs and capture files go through the same one.
class TraceBuilder {
 public:
  /// `opener` may be null: then every SK payload is NoKeys. It is asked again by reopen().
  explicit TraceBuilder(const wire::SkOpener* opener) : opener_(opener) {}

  /// Adds a packet and returns the index of its message, if it carries one.
  std::optional<std::size_t> add(Packet packet);
  void add(EventRecord event) { trace_.events.push_back(std::move(event)); }
  /// Tries again to open the messages for which keys were missing.
  void reopen();
  /// What became of a message's packet, known only once it was looked into. `frame` is 0 for what never reached the
  /// wire.
  void set_fate(std::size_t message, Fate fate, std::size_t frame);

  const Trace& trace() const { return trace_; }
  Trace take() { return std::move(trace_); }

 private:
  /// What a message has in common with its retransmissions.
  struct Identity {
    Party from{};
    IkeSpis spis;
    MessageId message_id;
    bool response{};
    std::uint32_t fragment{};  ///< Fragment Number and Total Fragments, RFC 7383 §2.5; 0 for a whole message
    friend auto operator<=>(const Identity&, const Identity&) = default;
  };

  std::optional<FramedMessage> find(const Datagram& datagram);
  void open(MessageRecord&);
  void open_fragment(MessageRecord&, const wire::EncryptedFragment&, Bytes plaintext);
  static void take_inner(MessageRecord&, wire::PayloadType first, Bytes plaintext);
  void relate(std::size_t index);
  bool is_repetition(const MessageRecord& message, std::size_t earlier) const;
  std::optional<std::size_t> request_of(const MessageRecord& response) const;

  const wire::SkOpener* opener_;
  Trace trace_;
  Reassembler fragments_;
  std::map<Identity, std::size_t> first_;   ///< first message of each identity, or of its latest new beginning
  std::map<Identity, std::size_t> latest_;  ///< without regard to fragments
  /// Pairs of endpoints on other ports between which IKE was recognised, with or without the marker: a later message
  /// too damaged to be recognised is still one.
  std::set<std::pair<Endpoint, Endpoint>> plain_paths_, marked_paths_;
};

/// The IKE message in a UDP payload, or empty for ESP, a NAT keepalive (one 0xff octet) or anything else.
/// RFC 7296 §3.1, RFC 3948 §2.
std::optional<FramedMessage> find_ike_message(const Datagram&);

}  // namespace ikevet::trace
