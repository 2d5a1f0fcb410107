// Repeated authentication, RFC 4478.
#include <catch2/catch.hpp>

#include "engine/base/writer.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using namespace std::chrono_literals;
using wire::NotifyType;

namespace {

sa::Config limiting(Duration lifetime) {
  auto config = responder_config();
  config.credentials.auth_lifetime = lifetime;
  return config;
}

}  // namespace

TEST_CASE("AUTH_LIFETIME: the initiator sets up a new IKE SA in time and deletes the old one", "[sa][rfc4478-2]") {
  PeerPair p(initiator_config(), limiting(600s));
  p.establish();
  const auto before = p.initiator.only_sa().spis;
  p.settle(p.initiator_wakes());
  CHECK(p.now == PeerPair::start() + 540s);
  CHECK(p.initiator.only_sa().spis != before);
  CHECK(p.responder.only_sa().spis == p.initiator.only_sa().spis);
  CHECK(p.responder.only_sa().children.size() == 1);
  CHECK(p.responder.seen<trace::IkeSaClosed>().at(0).reason == trace::CloseReason::DeletedByPeer);
  // And once more.
  p.initiator_wakes();  // the old IKE SA lingers for retransmissions, and is gone
  p.settle(p.initiator_wakes());
  CHECK(p.initiator.seen<trace::IkeSaEstablished>().size() == 3);
}

TEST_CASE("AUTH_LIFETIME: the responder deletes what was not renewed", "[sa][rfc4478-2]") {
  PeerPair p(initiator_config(), limiting(600s));
  p.establish();
  const auto asks = p.responder_wakes();
  CHECK(p.now == PeerPair::start() + 600s);
  p.settle(asks);
  CHECK(p.responder.engine.ike_sas().empty());
  CHECK(p.initiator.engine.ike_sas().empty());
}

TEST_CASE("AUTH_LIFETIME in INFORMATIONAL: zero means at once", "[sa][rfc4478-2]") {
  PeerPair p;
  p.establish();
  const auto before = p.initiator.only_sa().spis;
  const auto limit = [&](const Bytes& data) {
    wire::Payload body{wire::Notify::of(NotifyType::AUTH_LIFETIME, data), false, 0};
    p.settle(p.responder.command(sa::SendInformational{before, {body}}, p.now));
  };
  SECTION("zero") {
    limit(Bytes(4));
    p.settle(p.initiator_wakes());
    CHECK(p.now == PeerPair::start());
    CHECK(p.initiator.only_sa().spis != before);
  }
  SECTION("another length") {
    limit(Bytes(3));
    CHECK(p.initiator.seen<trace::PeerFault>().at(0).section == "RFC 4478 §3");
    CHECK(p.initiator.only_sa().spis == before);
  }
}

TEST_CASE("AUTH_LIFETIME of the original initiator says nothing", "[sa][rfc4478-2]") {
  PeerPair p;
  p.establish();
  wire::Payload body{wire::Notify::of(NotifyType::AUTH_LIFETIME, Bytes(4)), false, 0};
  p.settle(p.initiator.command(sa::SendInformational{p.initiator.only_sa().spis, {body}}, p.now));
  CHECK(p.responder.seen<trace::ExtensionUsed>().empty());
  CHECK_FALSE(p.responder.wake_at);
}
