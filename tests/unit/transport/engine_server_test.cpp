#include "engine/transport/engine_server.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::transport;

namespace {

UdpOptions loopback() { return {*IpAddress::parse("127.0.0.1"), 0, 0, {}}; }

/// Waits in real time, for at most five seconds.
template <class Condition>
bool eventually(Condition holds) {
  for (int i = 0; i < 500; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

bool established(EngineServer& server) {
  const auto views = server.ike_sas();
  return views.size() == 1 && views[0].stage == sa::IkeSaView::Stage::Established;
}

}  // namespace

TEST_CASE("two engine servers set up an IKE SA over loopback sockets", "[transport]") {
  EngineServer responder(tests::responder_config(), loopback(), std::make_unique<OsRandom>());
  EngineServer initiator(tests::initiator_config(), loopback(), std::make_unique<OsRandom>());
  initiator.command(sa::Initiate{initiator.ike_endpoint(), responder.ike_endpoint()});
  REQUIRE(eventually([&] { return established(initiator) && established(responder); }));

  SECTION("a command from another thread") {
    std::thread([&] { initiator.command(sa::DeleteIkeSa{initiator.ike_sas()[0].spis}); }).join();
    CHECK(eventually([&] { return initiator.ike_sas().empty() && responder.ike_sas().empty(); }));
  }
  SECTION("reset forgets") {
    responder.reset();
    CHECK(responder.ike_sas().empty());
    CHECK(established(initiator));
  }
  SECTION("a command that makes no sense is the caller's mistake") {
    CHECK_THROWS_AS(initiator.command(sa::DeleteIkeSa{IkeSpis{IkeSpi{1}, IkeSpi{2}}}), std::invalid_argument);
    CHECK(initiator.running());
  }
}

TEST_CASE("a stopped server says so", "[transport]") {
  EngineServer server(tests::responder_config(), loopback(), std::make_unique<OsRandom>());
  server.stop();
  CHECK_FALSE(server.running());
  CHECK_THROWS_AS(server.ike_sas(), std::logic_error);
}
