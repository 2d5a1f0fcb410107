#include "tests/support/peer_pair.hpp"

#include <stdexcept>

#include "engine/trace/trace.hpp"

namespace ikevet::tests {

using wire::Transform;

wire::Proposal ike_proposal(std::vector<wire::DhGroup> groups) {
  wire::Proposal out;
  out.protocol = wire::ProtocolId::IKE;
  out.transforms = {Transform::of(wire::EncrId::ENCR_AES_GCM_16, 256), Transform::of(wire::PrfId::PRF_HMAC_SHA2_256)};
  for (const wire::DhGroup group : groups) out.transforms.push_back(Transform::of(group));
  return out;
}

wire::Proposal esp_proposal(std::vector<wire::DhGroup> groups) {
  wire::Proposal out;
  out.protocol = wire::ProtocolId::ESP;
  out.transforms = {Transform::of(wire::EncrId::ENCR_AES_GCM_16, 256)};
  for (const wire::DhGroup group : groups) out.transforms.push_back(Transform::of(group));
  out.transforms.push_back(Transform::of(wire::EsnId::NoESN));
  return out;
}

namespace {

sa::Config config(const char* us, const char* them, const char* our_net, const char* their_net) {
  sa::Config out;
  out.local_id = sa::Identity::fqdn(us);
  out.remote_id = sa::Identity::fqdn(them);
  out.psk = SecretBytes(as_bytes("a pre-shared key of the tests"));
  out.ike_proposals = {ike_proposal()};
  out.child_proposals = {esp_proposal()};
  out.local_ts = {wire::TrafficSelector::prefix(*IpAddress::parse(our_net), 24)};
  out.remote_ts = {wire::TrafficSelector::prefix(*IpAddress::parse(their_net), 24)};
  return out;
}

const Endpoint kInitiator{*IpAddress::parse("192.0.2.1"), 500};
const Endpoint kResponder{*IpAddress::parse("192.0.2.2"), 500};

}  // namespace

sa::Config initiator_config() { return config("initiator.test", "responder.test", "10.1.0.0", "10.2.0.0"); }
sa::Config responder_config() { return config("responder.test", "initiator.test", "10.2.0.0", "10.1.0.0"); }

Peer::Peer(sa::Config c, std::uint64_t seed, sa::Seams seams) : random(seed), engine(std::move(c), random, seams) {}

std::vector<Datagram> Peer::take(sa::Outputs out) {
  events.insert(events.end(), out.events.begin(), out.events.end());
  wake_at = out.wake_at;
  return std::move(out.datagrams);
}

sa::IkeSaView Peer::only_sa() const {
  const auto all = engine.ike_sas();
  if (all.size() != 1) throw std::logic_error(std::to_string(all.size()) + " IKE SAs, one wanted");
  return all.front();
}

sa::IkeSaView Peer::sa(IkeSpis spis) const {
  for (sa::IkeSaView& view : engine.ike_sas())
    if (view.spis == spis) return std::move(view);
  throw std::logic_error("no IKE SA with these SPIs");
}

PeerPair::PeerPair(sa::Config i, sa::Config r, sa::Seams seams_i, sa::Seams seams_r)
    : initiator(std::move(i), 1, seams_i), responder(std::move(r), 2, seams_r) {}

Instant PeerPair::start() { return Instant(std::chrono::seconds(1'767'225'600)); }  // 2026-01-01

Datagram PeerPair::initiate() {
  auto out = initiator.command(sa::Initiate{kInitiator, kResponder}, now);
  if (out.size() != 1) throw std::logic_error("Initiate gave " + std::to_string(out.size()) + " datagrams");
  return out.front();
}

std::vector<Datagram> PeerPair::wakes(Peer& peer) {
  if (!peer.wake_at) throw std::logic_error("nothing is pending");
  now = std::max(now, *peer.wake_at);
  return peer.tick(now);
}

void PeerPair::settle(std::vector<Datagram> first) {
  std::deque<Datagram> under_way(first.begin(), first.end());
  for (int deliveries = 0; !under_way.empty(); ++deliveries) {
    if (deliveries > 1000) throw std::logic_error("the two never fall silent");
    const Datagram d = under_way.front();
    under_way.pop_front();
    Peer& to = d.destination.address == kInitiator.address ? initiator : responder;
    for (Datagram& more : to.handle(d, now)) under_way.push_back(std::move(more));
  }
}

void PeerPair::establish() { settle({initiate()}); }

wire::Message message_in(const Datagram& d) {
  const auto framed = trace::find_ike_message(d);
  if (!framed) throw std::logic_error("no IKE message");
  auto message = wire::Message::parse(framed->message);
  if (!message) throw std::logic_error(message.error().text());
  return std::move(*message);
}

}  // namespace ikevet::tests
