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

TEST_CASE("engine servers ping each other through the Child SA", "[transport][esp]") {
  // Loopback addresses have no IP protocol 50: ESP goes inside UDP, with a NAT as without.
  class Watcher final : public DriverObserver {
   public:
    void on_event(const trace::Event& event, Instant) override {
      const auto* measured = std::get_if<trace::TrafficMeasured>(&event);
      if (measured != nullptr && measured->answered == 3) ++complete;
    }
    std::atomic<int> complete{};
  };
  Watcher left, right;
  EngineServer responder(tests::responder_config(), loopback(), std::make_unique<OsRandom>(), {}, &right);
  sa::Config config = tests::initiator_config();
  config.peer_nat_t_port = responder.nat_t_endpoint().port;
  config.nat.force_encapsulation = GENERATE(false, true);
  EngineServer initiator(config, loopback(), std::make_unique<OsRandom>(), {}, &left);
  esp::PingPlan plan;
  plan.interval = {};
  CHECK_FALSE(initiator.ping(plan));  // there is no Child SA
  initiator.command(sa::Initiate{initiator.ike_endpoint(), responder.ike_endpoint()});
  REQUIRE(eventually([&] { return established(initiator) && established(responder); }));
  CHECK(initiator.ping(plan));
  CHECK(eventually([&] { return left.complete == 1; }));
  CHECK(responder.ping(plan));
  CHECK(eventually([&] { return right.complete == 1; }));
}

TEST_CASE("a stopped server says so", "[transport]") {
  EngineServer server(tests::responder_config(), loopback(), std::make_unique<OsRandom>());
  server.stop();
  CHECK_FALSE(server.running());
  CHECK_THROWS_AS(server.ike_sas(), std::logic_error);
}
