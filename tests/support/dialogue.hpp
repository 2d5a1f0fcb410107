// Traces made by hand from wire values, as a run or a capture would give them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/trace/trace.hpp"
#include "engine/wire/message.hpp"
#include "engine/wire/sk_opener.hpp"

namespace ikevet::test {

/// Stands in for the keys: SK is 8 octets of IV, the plaintext, a Pad Length of zero and 16 octets 0xaa as checksum.
/// Any other checksum is a wrong one.
class PlainSk final : public wire::SkOpener {
 public:
  Result<wire::OpenedSk, wire::OpenFailure> open(const wire::IkeHeader& header, BytesView message,
                                                 std::size_t sk_offset, wire::PayloadType type) const override;
  static Bytes seal(std::uint64_t iv, BytesView plaintext);
};

/// A conversation of harness and device. Messages are sound unless a test alters them; each one is 10 ms after the one
/// before and has the next frame number.
class Dialogue {
 public:
  using Payloads = std::vector<wire::PayloadBody>;
  using Alter = std::function<void(wire::Message&)>;

  explicit Dialogue(trace::Party original_initiator);

  /// Sends a message of an exchange; inside SK unless the exchange is IKE_SA_INIT. Flags follow the roles, the SPI of
  /// the responder is zero in IKE_SA_INIT requests. `alter` gets the finished message. Returns its index in the trace.
  std::size_t send(trace::Party from, wire::ExchangeType exchange, bool response, std::uint32_t message_id,
                   const Payloads& payloads, const Alter& alter = {});
  std::size_t request(trace::Party from, wire::ExchangeType exchange, std::uint32_t message_id,
                      const Payloads& payloads, const Alter& alter = {}) {
    return send(from, exchange, false, message_id, payloads, alter);
  }
  std::size_t response(trace::Party from, wire::ExchangeType exchange, std::uint32_t message_id,
                       const Payloads& payloads, const Alter& alter = {}) {
    return send(from, exchange, true, message_id, payloads, alter);
  }
  /// In clear, whatever the exchange.
  std::size_t send_clear(trace::Party from, wire::ExchangeType exchange, bool response, std::uint32_t message_id,
                         const Payloads& payloads, const Alter& alter = {});
  /// A message of the trace once more, octet for octet.
  std::size_t again(std::size_t message);
  /// Any octets on the current path.
  void octets(trace::Party from, const Bytes& payload, trace::Fate fate = trace::Fate::Delivered);

  /// IKE_SA_INIT and IKE_AUTH with a pre-shared key and a first Child SA, all as it should be.
  void establish();
  void ike_sa_init();
  void ike_auth();
  /// An empty INFORMATIONAL exchange (RFC 7296 §2.4) begun by this side.
  void liveness(trace::Party from, std::uint32_t message_id);

  void wait(Duration time) { now_ += time; }
  Instant now() const { return now_; }
  std::size_t frames() const { return frame_; }
  void use_port(std::uint16_t port);  ///< 4500 adds the non-ESP marker
  void lose_next() { fate_ = trace::Fate::DroppedByScenario; }
  void say(trace::Event event) { builder_.add(trace::EventRecord{now_, std::move(event)}); }

  const trace::Trace& trace() const { return builder_.trace(); }
  IkeSpis spis{{0x1111111111111111}, {0x2222222222222222}};
  trace::Party initiator;
  trace::Party responder;
  Endpoint harness, dut;

 private:
  std::size_t put(trace::Party from, const wire::Message& message);

  PlainSk keys_;
  trace::TraceBuilder builder_{&keys_};
  Instant now_{std::chrono::seconds(1'000'000)};
  std::size_t frame_{};
  std::uint64_t iv_{};
  trace::Fate fate_ = trace::Fate::Delivered;
};

// Sound payloads, to be altered.
wire::SecurityAssociation ike_offer();   ///< AES-GCM-16-256 and AES-CBC-256 with HMAC-SHA2-256, CURVE25519 and ECP_256
wire::SecurityAssociation ike_choice();  ///< the first of them, with CURVE25519
wire::SecurityAssociation child_offer(std::uint32_t spi);
wire::SecurityAssociation child_choice(std::uint32_t spi);
wire::KeyExchange key_exchange(wire::DhGroup group = wire::DhGroup::CURVE25519);
wire::Nonce nonce(std::uint8_t fill, std::size_t size = 32);
wire::TSi tsi(const char* network = "10.1.0.0", unsigned prefix = 16);
wire::TSr tsr(const char* network = "10.2.0.0", unsigned prefix = 16);

}  // namespace ikevet::test
