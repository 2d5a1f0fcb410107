// SAs that have lived long enough, RFC 7296 §2.8.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using namespace std::chrono_literals;
using trace::CloseReason;

namespace {

/// All that both sides want to do in this time; their datagrams arrive.
void pass(PeerPair& p, Duration time) {
  const Instant end = p.now + time;
  for (int n = 0; n < 1000; ++n) {
    Peer* next = nullptr;
    for (Peer* peer : {&p.initiator, &p.responder})
      if (peer->wake_at && *peer->wake_at <= end && (!next || *peer->wake_at < *next->wake_at)) next = peer;
    if (!next) break;
    p.now = std::max(p.now, *next->wake_at);
    p.settle(next->tick(p.now));
  }
  p.now = end;
}

}  // namespace

TEST_CASE("Lifetime: a Child SA is rekeyed in time", "[sa][rfc7296-2.8]") {
  auto config = initiator_config();
  config.rekey.child = {.rekey = 100s, .jitter = 20s, .end = 120s};
  PeerPair p(config);
  p.establish();
  const ChildSpi first = p.initiator.only_sa().children.at(0).inbound;
  pass(p, 79s);
  CHECK(p.initiator.only_sa().children.at(0).inbound == first);
  pass(p, 22s);
  const auto second = p.initiator.only_sa().children.at(0).inbound;
  CHECK(second != first);
  CHECK(p.responder.only_sa().children.at(0).outbound == second);
  // It goes on like that, and nothing ever reaches its end.
  pass(p, 1000s);
  CHECK(p.initiator.seen<trace::ChildSaEstablished>().size() >= 11);
  for (const auto& closed : p.initiator.seen<trace::ChildSaClosed>()) CHECK(closed.reason == CloseReason::Rekeyed);
  CHECK(p.initiator.only_sa().children.size() == 1);
}

TEST_CASE("Lifetime: a Child SA that cannot be rekeyed is deleted", "[sa][rfc7296-2.8]") {
  auto i = initiator_config();
  i.rekey.child = {.rekey = 100s, .jitter = {}, .end = 120s};
  auto r = responder_config();
  r.rekey.child_sa_limit = 0;  // refuses
  PeerPair p(i, r);
  p.establish();
  pass(p, 119s);
  CHECK(p.initiator.seen<trace::RequestRefused>().size() == 1);
  CHECK(p.initiator.only_sa().children.size() == 1);
  pass(p, 2s);
  CHECK(p.initiator.only_sa().children.empty());
  CHECK(p.responder.only_sa().children.empty());
  CHECK(p.initiator.seen<trace::ChildSaClosed>().at(0).reason == CloseReason::Expired);
}

TEST_CASE("Lifetime: the IKE SA, by both sides at once", "[sa][rfc7296-2.8][rfc7296-2.8.2]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.rekey.ike = r.rekey.ike = {.rekey = 1h, .jitter = {}, .end = 2h};
  PeerPair p(i, r);
  p.establish();
  const auto first = p.initiator.only_sa().spis;
  pass(p, 1h + 5min);
  CHECK(p.initiator.only_sa().spis != first);
  CHECK(p.initiator.only_sa().spis == p.responder.only_sa().spis);
  CHECK(p.initiator.only_sa().children.size() == 1);
  CHECK(p.initiator.seen<trace::ChildSaClosed>().empty());
  SECTION("a peer that refuses: the end") {
    pass(p, 24h);
    CHECK(p.initiator.engine.ike_sas().size() == 1);
    CHECK(p.initiator.seen<trace::IkeSaRekeyed>().size() >= 20);
  }
}

TEST_CASE("Lifetime: an IKE SA whose rekeying is refused ends", "[sa][rfc7296-2.8]") {
  auto i = initiator_config();
  i.rekey.ike = {.rekey = 1h, .jitter = {}, .end = 2h};
  auto r = responder_config();
  r.rekey.child_sa_limit = 0;
  PeerPair p(i, r);
  p.establish();
  pass(p, 3h);
  CHECK(p.initiator.engine.ike_sas().empty());
  CHECK(p.responder.engine.ike_sas().empty());
  CHECK(p.initiator.seen<trace::IkeSaClosed>().at(0).reason == CloseReason::Expired);
  CHECK(p.responder.seen<trace::IkeSaClosed>().at(0).reason == CloseReason::DeletedByPeer);
}

TEST_CASE("Lifetime: an IKE SA is rekeyed after so many messages", "[sa][rfc7296-2.2]") {
  auto i = initiator_config();
  i.rekey.ike_messages = 6;
  PeerPair p(i);
  p.establish();
  const auto first = p.initiator.only_sa().spis;
  for (int n = 0; n < 3; ++n) {
    CHECK(p.initiator.only_sa().spis == first);
    p.settle(p.initiator.command(sa::CheckLiveness{first}, p.now));
  }
  p.settle(p.responder.command(sa::CheckLiveness{p.responder.only_sa().spis}, p.now));
  CHECK(p.initiator.only_sa().spis != first);
  CHECK(p.initiator.only_sa().next_request == MessageId{0});
  CHECK(p.initiator.seen<trace::IkeSaRekeyed>().size() == 1);
}
