#include <catch2/catch.hpp>

#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using trace::CloseReason;
using wire::NotifyType;

TEST_CASE("INFORMATIONAL: liveness", "[sa][rfc7296-2.4]") {
  PeerPair p;
  p.establish();
  p.settle(p.initiator.command(sa::CheckLiveness{p.initiator.only_sa().spis}, p.now));
  CHECK(p.initiator.seen<trace::RequestAnswered>().back().exchange == wire::ExchangeType::INFORMATIONAL);
}

TEST_CASE("INFORMATIONAL: silence is noticed, and the SA given up when nobody answers", "[sa][rfc7296-2.4]") {
  auto config = initiator_config();
  config.liveness_after = std::chrono::seconds(10);
  PeerPair p(config);
  p.establish();
  const Instant then = p.now;
  const auto ask = p.initiator_wakes();
  REQUIRE(ask.size() == 1);
  CHECK(p.now - then == std::chrono::seconds(10));
  int repeated = 0;
  while (!p.initiator_wakes().empty()) ++repeated;
  CHECK(repeated == 5);
  CHECK(p.initiator.engine.ike_sas().empty());
  CHECK(p.initiator.seen<trace::IkeSaClosed>().at(0).reason == CloseReason::PeerDead);
  CHECK(p.initiator.seen<trace::ChildSaClosed>().size() == 1);
}

TEST_CASE("INFORMATIONAL: deletion of a Child SA closes both halves", "[sa][rfc7296-1.4.1]") {
  PeerPair p;
  p.establish();
  const auto view = p.responder.only_sa();
  p.settle(p.responder.command(sa::DeleteChildSa{view.spis, view.children.at(0).inbound}, p.now));
  CHECK(p.initiator.only_sa().children.empty());
  CHECK(p.responder.only_sa().children.empty());
  CHECK(p.initiator.seen<trace::ChildSaClosed>().at(0).reason == CloseReason::DeletedByPeer);
  CHECK(p.responder.seen<trace::ChildSaClosed>().at(0).reason == CloseReason::DeletedByUs);
}

TEST_CASE("INFORMATIONAL: both delete the same Child SA at once", "[sa][rfc7296-1.4.1]") {
  PeerPair p;
  p.establish();
  const auto i = p.initiator.only_sa();
  const auto r = p.responder.only_sa();
  auto from_i = p.initiator.command(sa::DeleteChildSa{i.spis, i.children.at(0).inbound}, p.now);
  const auto from_r = p.responder.command(sa::DeleteChildSa{r.spis, r.children.at(0).inbound}, p.now);
  from_i.insert(from_i.end(), from_r.begin(), from_r.end());
  p.settle(from_i);
  CHECK(p.initiator.only_sa().children.empty());
  CHECK(p.responder.only_sa().children.empty());
}

TEST_CASE("INFORMATIONAL: deletion of the IKE SA", "[sa][rfc7296-1.4.1]") {
  PeerPair p;
  p.establish();
  const IkeSpis spis = p.initiator.only_sa().spis;
  const auto ask = p.initiator.command(sa::DeleteIkeSa{spis}, p.now);
  const auto lost = p.to_responder(ask.at(0));
  CHECK(p.responder.engine.ike_sas().empty());
  // The answer never arrives: it is repeated although the IKE SA is gone.
  const auto again = p.initiator_wakes();
  const auto repeated = p.to_responder(again.at(0));
  CHECK(repeated.at(0).payload == lost.at(0).payload);
  p.settle(p.to_initiator(repeated.at(0)));
  CHECK(p.initiator.engine.ike_sas().empty());
  CHECK(p.initiator.seen<trace::IkeSaClosed>().at(0).reason == CloseReason::DeletedByUs);
  // Nothing stays behind for ever.
  while (p.responder.wake_at) p.responder_wakes();
  while (p.initiator.wake_at) p.initiator_wakes();
}

TEST_CASE("INFORMATIONAL: requests wait for each other", "[sa][rfc7296-2.3]") {
  PeerPair p;
  p.establish();
  const IkeSpis spis = p.initiator.only_sa().spis;
  const auto first = p.initiator.command(sa::CheckLiveness{spis}, p.now);
  CHECK(first.size() == 1);
  CHECK(p.initiator.command(sa::CheckLiveness{spis}, p.now).empty());
  const auto second = p.to_initiator(p.to_responder(first.at(0)).at(0));
  REQUIRE(second.size() == 1);
  CHECK(message_in(second[0]).header.message_id == message_in(first[0]).header.message_id.next());
}

TEST_CASE("Commands that name nothing are the caller's mistake", "[sa]") {
  PeerPair p;
  p.establish();
  CHECK_THROWS_AS(p.initiator.command(sa::DeleteIkeSa{{{1}, {2}}}, p.now), std::invalid_argument);
  CHECK_THROWS_AS(p.initiator.command(sa::RekeyChildSa{p.initiator.only_sa().spis, {7}}, p.now), std::invalid_argument);
}
