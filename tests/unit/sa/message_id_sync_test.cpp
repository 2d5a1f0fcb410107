// IKEV2_MESSAGE_ID_SYNC between two engines, RFC 6311 §5.
#include <catch2/catch.hpp>

#include "engine/sa/extension/synchronisation.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using namespace std::chrono_literals;
using wire::NotifyType;

namespace {

Datagram only(const std::vector<Datagram>& all) {
  REQUIRE(all.size() == 1);
  return all.front();
}

sa::Config clustered(sa::Config config) {
  config.extensions.synchronisation.message_ids = true;
  return config;
}

struct Cluster : PeerPair {
  Cluster() : PeerPair(clustered(initiator_config()), clustered(responder_config())) {
    establish();
    ike = a.only_sa().spis;
  }
  Peer& a = initiator;
  Peer& b = responder;
  IkeSpis ike;
};

}  // namespace

TEST_CASE("IKEV2_MESSAGE_ID_SYNC: both go on with the higher numbers", "[sa][rfc6311-5.1]") {
  Cluster c;
  // The member does not know of what the other member has sent and received lately.
  c.settle(c.a.command(sa::CheckLiveness{c.ike}, c.now));
  const auto before = c.b.only_sa();
  // M -> P   HDR(Message ID 0), SK {N(IKEV2_MESSAGE_ID_SYNC)}
  const Datagram ask = only(c.a.command(sa::SynchroniseMessageIds{c.ike, 10}, c.now));
  CHECK(message_in(ask).header.message_id == MessageId{0});
  const Datagram answer = only(c.to_responder(ask));
  CHECK(message_in(answer).header.message_id == MessageId{0});
  CHECK(c.b.only_sa().next_peer_request.value == before.next_peer_request.value + 10);
  // A repetition gets the same octets, RFC 7296 §2.1.
  CHECK(only(c.to_responder(ask)).payload == answer.payload);
  CHECK(c.to_initiator(answer).empty());
  CHECK(c.a.only_sa().next_request == c.b.only_sa().next_peer_request);
  CHECK(c.b.only_sa().next_request == c.a.only_sa().next_peer_request);
  for (Peer* peer : {&c.a, &c.b}) {
    const auto n = peer->seen<trace::RequestAnswered>().size();
    c.settle(peer->command(sa::CheckLiveness{c.ike}, c.now));
    CHECK(peer->seen<trace::RequestAnswered>().size() == n + 1);
  }
  // Replayed when other requests have been seen: dropped silently.
  CHECK(c.to_responder(ask).empty());
  CHECK(c.b.seen<trace::Discarded>().back().section == "RFC 6311 §5.1");
}

TEST_CASE("IKEV2_MESSAGE_ID_SYNC: a request of the peer's was open", "[sa][rfc6311-5.1]") {
  Cluster c;
  // P -> M   D(Child SA), lost with the member that failed
  c.b.command(sa::DeleteChildSa{c.ike, c.b.only_sa().children.at(0).inbound}, c.now);
  const Datagram ask = only(c.a.command(sa::SynchroniseMessageIds{c.ike}, c.now));
  const auto out = c.to_responder(ask);
  REQUIRE(out.size() == 2);  // the answer, and the deletion under its new Message ID
  CHECK(message_in(out[0]).header.is_response());
  CHECK(message_in(out[1]).header.is_request());
  c.settle(out);
  CHECK(c.a.only_sa().children.empty());
  CHECK(c.b.only_sa().children.empty());
}

TEST_CASE("IKEV2_MESSAGE_ID_SYNC: without agreement it is an ordinary request", "[sa][rfc6311-5]") {
  PeerPair p(clustered(initiator_config()));
  p.establish();
  const auto ike = p.initiator.only_sa().spis;
  CHECK_THROWS_AS(p.initiator.command(sa::SynchroniseMessageIds{ike}, p.now), std::invalid_argument);
}

TEST_CASE("IKEV2_MESSAGE_ID_SYNC: an answer with another nonce is dropped", "[sa][rfc6311-5.1]") {
  struct Liar final : sa::OutboundTap {
    void on_payloads(sa::OutboundMessage& message) override {
      if (!message.header.is_response()) return;
      for (wire::Payload& p : message.payloads)
        if (auto* n = std::get_if<wire::Notify>(&p.body); n && n->type == NotifyType::IKEV2_MESSAGE_ID_SYNC)
          n->data.front() ^= 1;
    }
  } liar;
  PeerPair p(clustered(initiator_config()), clustered(responder_config()), {}, {.outbound = &liar});
  p.establish();
  const auto ike = p.initiator.only_sa().spis;
  const Datagram answer = only(p.to_responder(only(p.initiator.command(sa::SynchroniseMessageIds{ike}, p.now))));
  CHECK(p.to_initiator(answer).empty());
  CHECK(p.initiator.seen<trace::RequestAnswered>().empty());
  CHECK(p.initiator_wakes().size() == 1);  // it goes on asking
}
