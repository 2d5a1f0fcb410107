// What `ikevet decode` knows of each frame, before it becomes text or JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/keys/key_ring.hpp"
#include "engine/trace/trace.hpp"
#include "pcap/captured_packet.hpp"
#include "pcap/esp.hpp"
#include "pcap/to_trace.hpp"

namespace ikevet::cli {

/// An ESP packet, by itself or in UDP.
struct DecodedEsp {
  pcap::EspHeader header;
  std::size_t size{};                      ///< octets, header included
  std::string content;                     ///< what is inside; empty when it could not be opened
  std::optional<pcap::EspFailure> closed;  ///< why not
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
};

/// Takes packets in the order of the capture.
class PacketDecoder {
 public:
  explicit PacketDecoder(const keys::KeyRing& ring) : ring_(ring), builder_(&ring) {}

  DecodedPacket decode(pcap::CapturedPacket packet);

  const pcap::FrameCounts& counts() const { return counts_; }
  std::size_t opened() const { return opened_; }  ///< messages whose SK payload was opened
  std::size_t closed() const { return closed_; }  ///< messages whose SK payload stayed closed

 private:
  void udp(DecodedPacket& out);
  void ike(DecodedPacket& out, std::size_t index);
  void cut_message(DecodedPacket& out);
  void esp(DecodedPacket& out, BytesView octets);

  const keys::KeyRing& ring_;
  trace::TraceBuilder builder_;
  pcap::FrameCounts counts_;
  std::size_t opened_{};
  std::size_t closed_{};
};

/// "IKE_AUTH HDR(22dec95cc57ff8bf, f4159d8c2b11ef84, ID=1, I), SK {IDi, AUTH, SAi2, TSi, TSr}": the RFCs' notation with
/// the header spelt out.
std::string notation(const trace::MessageRecord& message);

/// The type of the first payload in `plaintext`.
wire::PayloadType first_inner(const trace::MessageRecord& message);

/// Why the SK payload is not open, e.g. "not decrypted: no keys"; empty when it is, or when there is none.
std::string why_closed(trace::Protection protection);

}  // namespace ikevet::cli
