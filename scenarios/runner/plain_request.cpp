// The plain request of device_watch.hpp.
#include <algorithm>

#include "engine/base/random.hpp"
#include "engine/crypto/dh.hpp"
#include "engine/transport/udp_transport.hpp"
#include "engine/wire/message.hpp"
#include "scenarios/runner/device_watch.hpp"
#include "scenarios/runner/peer_setup.hpp"
#include "scenarios/runner/proposal_strings.hpp"

namespace ikevet::scenarios {
namespace {

using wire::Transform;

/// IANA leaves these to private use: nobody who does not know us accepts them.
constexpr std::uint16_t kPrivateUse = 65001;
constexpr int kTries = 3;
constexpr std::size_t kNonceSize = 32;

wire::Proposal refused_by_all() {
  wire::Proposal out;
  out.protocol = wire::ProtocolId::IKE;
  for (const wire::TransformType type :
       {wire::TransformType::ENCR, wire::TransformType::PRF, wire::TransformType::INTEG})
    out.transforms.push_back(Transform::of(type, kPrivateUse));
  out.transforms.push_back(Transform::of(wire::DhGroup::ECP_256));
  return out;
}

wire::DhGroup group_of(const wire::Proposal& proposal) {
  const auto group = std::ranges::find(proposal.transforms, wire::TransformType::KE, &Transform::type);
  return group == proposal.transforms.end() ? wire::DhGroup::ECP_256 : static_cast<wire::DhGroup>(group->id);
}

/// I -> R   HDR, SA, KE, Ni
wire::Message request(IkeSpi spi_i, wire::Proposal proposal, RandomSource& random) {
  wire::Message out;
  out.header.spis.i = spi_i;
  out.header.exchange = wire::ExchangeType::IKE_SA_INIT;
  out.header.flags = wire::kFlagInitiator;
  const wire::DhGroup group = group_of(proposal);
  const auto pair = crypto::KeyPair::generate(group, random);
  wire::KeyExchange key_exchange;
  key_exchange.group = group;
  if (pair) key_exchange.data.assign(pair->public_value().begin(), pair->public_value().end());
  wire::Nonce nonce;
  nonce.data.resize(kNonceSize);
  random.fill(nonce.data);
  wire::SecurityAssociation sa;
  sa.proposals.push_back(std::move(proposal));
  out.payloads.push_back({std::move(sa)});
  out.payloads.push_back({std::move(key_exchange)});
  out.payloads.push_back({std::move(nonce)});
  return out;
}

bool answered(transport::UdpTransport& transport, const Target& target, const wire::Message& ask, Duration patience) {
  Datagram datagram;
  datagram.source = transport.ike_endpoint();
  datagram.destination = {target.dut_address, target.dut_ike_port};
  datagram.payload = ask.octets();
  for (int i = 0; i < kTries; ++i) {
    transport.send(datagram);
    const Instant until = transport.now() + patience;
    while (const auto arrival = transport.receive(until)) {
      const auto message = wire::Message::parse(arrival->datagram.payload);
      if (message && message->header.spis.i == ask.header.spis.i && message->header.is_response()) return true;
    }
  }
  return false;
}

}  // namespace

bool answers_plain_request(const Target& target, double time_scale) {
  transport::UdpOptions options;
  options.local = target.harness_address;
  options.ike_port = 0;
  options.nat_t_port = 0;
  options.bare_esp = false;
  options.network_namespace = target.network_namespace;
  transport::UdpTransport transport(options);
  OsRandom random;
  const Duration patience = scale(target.answer_time, time_scale);
  if (answered(transport, target, request(IkeSpi{random.u64()}, refused_by_all(), random), patience)) return true;
  if (target.ike_proposals.empty()) return false;
  return answered(transport, target,
                  request(IkeSpi{random.u64()}, parse_ike_proposal(target.ike_proposals.front()), random), patience);
}

}  // namespace ikevet::scenarios
