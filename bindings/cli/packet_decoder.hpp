// What `ikevet decode` knows of each frame, before it becomes text or JSON.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/trace/trace.hpp"
#include "engine/wire/field_tree.hpp"
#include "pcap/capture_keys.hpp"
#include "pcap/captured_packet.hpp"
#include "pcap/esp.hpp"
#include "pcap/message_stream.hpp"
#include "pcap/udp_use.hpp"

namespace ikevet::cli {

/// An ESP packet, by itself or in UDP.
struct DecodedEsp {
  pcap::EspHeader header;
  std::size_t size{};                      ///< octets, header included
  std::string content;                     ///< what is inside; empty when it could not be opened
  std::optional<pcap::EspFailure> closed;  ///< why not
};

/// A message of IKEv1, which is shown and not followed.
struct DecodedIkev1 {
  wire::IkeHeader header;  ///< the cookies stand where IKEv2 has SPIs
  Bytes octets;
  bool marker{};
};

struct DecodedPacket {
  pcap::CapturedPacket packet;
  std::vector<std::string> comments;  ///< pcapng
  std::string what;                   ///< "IKE", "IKEv1", "ESP in UDP", "ICMP", ...
  std::string detail;                 ///< what else there is to say where `message` and `esp` are empty
  std::optional<trace::MessageRecord> message;
  std::optional<std::size_t> repeats_frame;  ///< the message is a retransmission of the one in this frame
  std::optional<std::size_t> answers_frame;  ///< the response answers the request in this frame
  std::optional<DecodedEsp> esp;
  std::optional<DecodedIkev1> ikev1;
};

/// Takes packets in the order of the capture, and keeps no more of them than MessageStream does.
class PacketDecoder {
 public:
  explicit PacketDecoder(pcap::CaptureKeys& keys) : keys_(keys), stream_(&keys) {}

  DecodedPacket decode(pcap::CapturedPacket packet);

  const pcap::FrameCounts& counts() const { return counts_; }
  std::size_t opened() const { return opened_; }  ///< messages whose SK payload was opened
  std::size_t closed() const { return closed_; }  ///< messages whose SK payload stayed closed
  /// Which SAs lack which keys, or have some that do not fit, a sentence for each; the last says how many more there
  /// are.
  std::vector<std::string> lacking() const;

 private:
  /// Messages or packets of an SA that stayed closed.
  struct Closed {
    std::size_t no_keys{};
    std::size_t bad_integrity{};
    std::size_t other{};
    std::size_t opened{};
  };
  static constexpr std::size_t kMaxCounted = 4096;

  void udp(DecodedPacket& out);
  void ike(DecodedPacket& out, const trace::FramedMessage& framed);
  void count_closed(const trace::MessageRecord& record);
  void ikev1(DecodedPacket& out, const trace::FramedMessage& framed);
  static void cut_message(DecodedPacket& out, const trace::FramedMessage& framed);
  void esp(DecodedPacket& out, BytesView octets);

  pcap::CaptureKeys& keys_;
  pcap::UdpPaths paths_;
  pcap::MessageStream stream_;
  pcap::FrameCounts counts_;
  std::size_t last_frame_{};
  std::size_t opened_{};
  std::size_t closed_{};
  std::map<IkeSpis, Closed> by_ike_sa_;    ///< of the first kMaxCounted
  std::map<ChildSpi, Closed> by_esp_spi_;  ///< likewise
};

/// "IKE_AUTH HDR(22dec95cc57ff8bf, f4159d8c2b11ef84, ID=1, I), SK {IDi, AUTH, SAi2, TSi, TSr}": the RFCs' notation with
/// the header spelt out.
std::string notation(const trace::MessageRecord& message);
/// The same of IKEv1: "Quick Mode HDR*(22dec95cc57ff8bf, f4159d8c2b11ef84, ID=7a1c0e55) {132 octets}".
std::string notation(const DecodedIkev1& message);

/// The type of the first payload in `plaintext`.
wire::PayloadType first_inner(const trace::MessageRecord& message);

/// Whether there is an SK payload that stayed closed.
bool is_closed(trace::Protection protection);

/// Why the SK payload is not open, e.g. "not decrypted: no keys"; empty when it is, or when there is none.
std::string why_closed(trace::Protection protection);

}  // namespace ikevet::cli
