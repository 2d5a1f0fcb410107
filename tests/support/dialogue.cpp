#include "tests/support/dialogue.hpp"

#include <algorithm>
#include <chrono>

namespace ikevet::test {

using namespace std::chrono_literals;
using trace::Party;
using wire::DhGroup;
using wire::EncrId;
using wire::EsnId;
using wire::ExchangeType;
using wire::IntegId;
using wire::NotifyType;
using wire::PrfId;
using wire::Transform;

namespace {

constexpr std::size_t kIvSize = 8, kIcvSize = 16;
constexpr std::uint8_t kIcv = 0xaa;

std::vector<wire::Payload> payloads_of(const Dialogue::Payloads& bodies) {
  std::vector<wire::Payload> out;
  for (const wire::PayloadBody& body : bodies) out.push_back({body, false, 0});
  return out;
}

Bytes filled(std::uint8_t value, std::size_t size) { return Bytes(size, value); }

}  // namespace

Result<wire::OpenedSk, wire::OpenFailure> PlainSk::open(const wire::IkeHeader&, BytesView message,
                                                        std::size_t sk_offset, wire::PayloadType type) const {
  const std::size_t header = type == wire::PayloadType::SKF ? 8 : 4;
  const std::size_t length = static_cast<std::size_t>(message[sk_offset + 2] << 8 | message[sk_offset + 3]);
  if (length < header + kIvSize + 1 + kIcvSize || sk_offset + length > message.size())
    return Unexpected<wire::OpenFailure>(wire::OpenFailure::TooShort);
  const BytesView body = message.subspan(sk_offset + header, length - header);
  const BytesView icv = body.last(kIcvSize);
  if (std::ranges::any_of(icv, [](std::uint8_t octet) { return octet != kIcv; }))
    return Unexpected<wire::OpenFailure>(wire::OpenFailure::BadIntegrity);
  wire::OpenedSk out;
  out.iv = to_bytes(body.first(kIvSize));
  out.plaintext = to_bytes(body.subspan(kIvSize, body.size() - kIvSize - 1 - kIcvSize));
  out.icv = to_bytes(icv);
  return out;
}

Bytes PlainSk::seal(std::uint64_t iv, BytesView plaintext) {
  Writer out;
  out.u64(iv).bytes(plaintext).u8(0);
  out.bytes(filled(kIcv, kIcvSize));
  return out.take();
}

Dialogue::Dialogue(Party original_initiator)
    : initiator(original_initiator),
      responder(original_initiator == Party::Dut ? Party::Harness : Party::Dut),
      harness{IpAddress::v4({192, 0, 2, 1}), kIkePort},
      dut{IpAddress::v4({192, 0, 2, 2}), kIkePort} {}

void Dialogue::use_port(std::uint16_t port) { harness.port = dut.port = port; }

std::size_t Dialogue::put(Party from, const wire::Message& message) {
  Bytes octets;
  if (harness.port == kNatTPort) octets = Bytes(kNonEspMarkerSize, 0);
  append(octets, message.octets());
  this->octets(from, octets, fate_);
  fate_ = trace::Fate::Delivered;
  return trace().messages.size() - 1;
}

void Dialogue::octets(Party from, const Bytes& payload, trace::Fate fate) {
  now_ += 10ms;
  const bool to_dut = from == Party::Harness;
  builder_.add(trace::Packet{++frame_, now_, from, {to_dut ? harness : dut, to_dut ? dut : harness, payload}, fate});
}

std::size_t Dialogue::send_clear(Party from, ExchangeType exchange, bool response, std::uint32_t message_id,
                                 const Payloads& payloads, const Alter& alter) {
  wire::Message message;
  message.header.spis = spis;
  if (exchange == ExchangeType::IKE_SA_INIT && !response) message.header.spis.r = IkeSpi{};
  message.header.exchange = exchange;
  message.header.message_id = MessageId{message_id};
  message.header.flags =
      static_cast<std::uint8_t>((from == initiator ? wire::kFlagInitiator : 0) | (response ? wire::kFlagResponse : 0));
  message.payloads = payloads_of(payloads);
  if (alter) alter(message);
  return put(from, message);
}

std::size_t Dialogue::send(Party from, ExchangeType exchange, bool response, std::uint32_t message_id,
                           const Payloads& payloads, const Alter& alter) {
  if (exchange == ExchangeType::IKE_SA_INIT) return send_clear(from, exchange, response, message_id, payloads, alter);
  const auto inner = payloads_of(payloads);
  const wire::Encrypted sk{wire::first_type(inner), PlainSk::seal(++iv_, wire::serialise_chain(inner))};
  return send_clear(from, exchange, response, message_id, {sk}, alter);
}

std::size_t Dialogue::again(std::size_t message) {
  const trace::MessageRecord record = trace().messages[message];
  octets(record.from, trace().packets[record.packet].datagram.payload, fate_);
  fate_ = trace::Fate::Delivered;
  return trace().messages.size() - 1;
}

void Dialogue::establish() {
  ike_sa_init();
  ike_auth();
}

void Dialogue::ike_sa_init() {
  const auto nat_s = wire::Notify::of(NotifyType::NAT_DETECTION_SOURCE_IP, filled(1, 20));
  const auto nat_d = wire::Notify::of(NotifyType::NAT_DETECTION_DESTINATION_IP, filled(2, 20));
  request(initiator, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(3), nat_s, nat_d});
  response(responder, ExchangeType::IKE_SA_INIT, 0, {ike_choice(), key_exchange(), nonce(4), nat_s, nat_d});
}

void Dialogue::ike_auth() {
  wire::IDi idi;
  idi.id_type = wire::IdType::ID_FQDN;
  idi.data = to_bytes(as_bytes("initiator.test"));
  wire::IDr idr;
  idr.id_type = wire::IdType::ID_FQDN;
  idr.data = to_bytes(as_bytes("responder.test"));
  const wire::Authentication auth{wire::AuthMethod::SHARED_KEY_MIC, {}, filled(5, 32)};
  request(initiator, ExchangeType::IKE_AUTH, 1, {idi, auth, child_offer(0xc0000001), tsi(), tsr()});
  response(responder, ExchangeType::IKE_AUTH, 1, {idr, auth, child_choice(0xc0000002), tsi(), tsr()});
}

void Dialogue::liveness(Party from, std::uint32_t message_id) {
  request(from, ExchangeType::INFORMATIONAL, message_id, {});
  response(from == Party::Dut ? Party::Harness : Party::Dut, ExchangeType::INFORMATIONAL, message_id, {});
}

wire::SecurityAssociation ike_offer() {
  wire::Proposal aead;
  aead.number = 1;
  aead.protocol = wire::ProtocolId::IKE;
  aead.transforms = {Transform::of(EncrId::ENCR_AES_GCM_16, 256), Transform::of(PrfId::PRF_HMAC_SHA2_256),
                     Transform::of(DhGroup::CURVE25519), Transform::of(DhGroup::ECP_256)};
  wire::Proposal cbc = aead;
  cbc.number = 2;
  cbc.transforms = {Transform::of(EncrId::ENCR_AES_CBC, 256), Transform::of(PrfId::PRF_HMAC_SHA2_256),
                    Transform::of(IntegId::AUTH_HMAC_SHA2_256_128), Transform::of(DhGroup::CURVE25519),
                    Transform::of(DhGroup::ECP_256)};
  return {{aead, cbc}};
}

wire::SecurityAssociation ike_choice() {
  wire::SecurityAssociation out = ike_offer();
  out.proposals.pop_back();
  out.proposals.front().transforms.pop_back();
  return out;
}

wire::SecurityAssociation child_offer(std::uint32_t spi) {
  wire::Proposal proposal;
  proposal.protocol = wire::ProtocolId::ESP;
  proposal.spi = Writer().u32(spi).take();
  proposal.transforms = {Transform::of(EncrId::ENCR_AES_GCM_16, 256), Transform::of(EncrId::ENCR_AES_GCM_16, 128),
                         Transform::of(EsnId::NoESN)};
  return {{proposal}};
}

wire::SecurityAssociation child_choice(std::uint32_t spi) {
  wire::SecurityAssociation out = child_offer(spi);
  out.proposals.front().transforms.erase(out.proposals.front().transforms.begin() + 1);
  return out;
}

wire::KeyExchange key_exchange(DhGroup group) { return {group, 0, filled(7, group == DhGroup::ECP_256 ? 64 : 32)}; }

wire::Nonce nonce(std::uint8_t fill, std::size_t size) { return {filled(fill, size)}; }

wire::TSi tsi(const char* network, unsigned prefix) {
  wire::TSi out;
  out.selectors.push_back(wire::TrafficSelector::prefix(*IpAddress::parse(network), prefix));
  return out;
}

wire::TSr tsr(const char* network, unsigned prefix) {
  wire::TSr out;
  out.selectors.push_back(wire::TrafficSelector::prefix(*IpAddress::parse(network), prefix));
  return out;
}

}  // namespace ikevet::test
