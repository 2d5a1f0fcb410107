#include "engine/transport/memory_network.hpp"

#include <catch2/catch.hpp>

#include "engine/transport/driver.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::transport;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const IpAddress kHere = IpAddress::v4({192, 0, 2, 1});
const IpAddress kThere = IpAddress::v4({192, 0, 2, 2});

Datagram to_there(std::uint8_t octet) { return {{kHere, 500}, {kThere, 500}, Bytes(1, octet)}; }

/// Sends everything back, and once a second a datagram of its own.
class Echo final : public Host {
 public:
  Reaction handle(const Datagram& d, Instant) override { return {{{d.destination, d.source, d.payload}}, wake_}; }
  Reaction tick(Instant now) override {
    wake_ = now + seconds(1);
    return {{{{kThere, 500}, {kHere, 500}, Bytes(1, 0xff)}}, wake_};
  }
  std::optional<Instant> wake_;
};

/// An engine with its own host on a network.
struct Peer {
  Peer(MemoryNetwork& network, const IpAddress& address, const sa::Config& config, std::uint64_t seed)
      : random(seed), engine(config, random), host(engine) {
    network.attach(address, host);
  }
  SeededRandom random;
  sa::Engine engine;
  EngineHost host;
};

}  // namespace

TEST_CASE("virtual time jumps to what happens next", "[transport]") {
  MemoryNetwork network(kVirtualEpoch, milliseconds(10));
  MemoryTransport transport(network, kHere);
  Echo echo;
  network.attach(kThere, echo);

  transport.send(to_there(1));
  transport.send(to_there(2));
  const auto first = transport.receive(kVirtualEpoch + seconds(60));
  REQUIRE(first);
  CHECK(first->at == kVirtualEpoch + milliseconds(20));
  CHECK(first->datagram.payload[0] == 1);
  CHECK(transport.receive(kVirtualEpoch + seconds(60))->datagram.payload[0] == 2);

  CHECK_FALSE(transport.receive(kVirtualEpoch + seconds(60)));
  CHECK(transport.now() == kVirtualEpoch + seconds(60));
}

TEST_CASE("hosts are woken when they asked for it", "[transport]") {
  MemoryNetwork network;
  MemoryTransport transport(network, kHere);
  Echo echo;
  network.attach(kThere, echo);
  network.react(kThere, {{}, kVirtualEpoch + seconds(2)});
  const auto arrival = transport.receive(kVirtualEpoch + seconds(60));
  REQUIRE(arrival);
  CHECK(arrival->at == kVirtualEpoch + seconds(2) + milliseconds(1));
  CHECK(transport.receive(kVirtualEpoch + seconds(60))->at == kVirtualEpoch + seconds(3) + milliseconds(1));
}

TEST_CASE("a host that asks to be woken in the past does not stop the clock", "[transport]") {
  class Restless final : public Host {
   public:
    Reaction handle(const Datagram&, Instant) override { return {}; }
    Reaction tick(Instant now) override { return {{}, now}; }
  };
  MemoryNetwork network;
  MemoryTransport transport(network, kHere);
  Restless host;
  network.attach(kThere, host);
  network.react(kThere, {{}, kVirtualEpoch});
  CHECK_FALSE(transport.receive(kVirtualEpoch + seconds(1)));
}

TEST_CASE("an interrupted transport waits for nothing", "[transport]") {
  MemoryNetwork network;
  MemoryTransport transport(network, kHere);
  transport.interrupt();
  CHECK_FALSE(transport.receive(kVirtualEpoch + seconds(60)));
  CHECK(transport.now() == kVirtualEpoch);
}

TEST_CASE("two engines set up an IKE SA over a bad network", "[transport][rfc7296-2.1]") {
  SeededRandom dice(GENERATE(1, 2, 3, 4, 5));
  MemoryNetwork network;
  network.add(std::make_unique<Drop>(with_probability(0.2, dice)));
  network.add(std::make_unique<Duplicate>(with_probability(0.2, dice), milliseconds(300)));
  network.add(std::make_unique<Reorder>(with_probability(0.2, dice), milliseconds(700)));
  Peer initiator(network, kHere, tests::initiator_config(), 1);
  Peer responder(network, kThere, tests::responder_config(), 2);
  network.react(kHere, initiator.host.command(sa::Initiate{{kHere, 500}, {kThere, 500}}, network.now()));

  const auto established = [](const Peer& peer) {
    const auto views = peer.engine.ike_sas();
    return std::ranges::any_of(views, [](const auto& v) { return v.stage == sa::IkeSaView::Stage::Established; });
  };
  while (!(established(initiator) && established(responder)) && network.step(kVirtualEpoch + seconds(120))) {
  }
  CHECK(established(initiator));
  CHECK(established(responder));
}

TEST_CASE("the driver joins an engine to a transport and shows what passes", "[transport]") {
  class Log final : public DriverObserver {
   public:
    std::vector<Datagram> on_send(const Datagram& d, Instant) override {
      ++sent;
      return lose ? std::vector<Datagram>{} : std::vector<Datagram>{d};
    }
    void on_receive(const Arrival&) override { ++received; }
    void on_event(const trace::Event& event, Instant) override { events.push_back(event); }
    int sent = 0, received = 0;
    bool lose = false;
    std::vector<trace::Event> events;
  };
  MemoryNetwork network;
  MemoryTransport transport(network, kHere);
  Peer responder(network, kThere, tests::responder_config(), 2);
  SeededRandom random(1);
  sa::Engine engine(tests::initiator_config(), random);
  Log log;
  Driver driver(transport, engine, log);

  log.lose = true;
  driver.command(sa::Initiate{{kHere, 500}, {kThere, 500}});
  CHECK(log.sent == 1);
  CHECK_FALSE(driver.wait(driver.now() + milliseconds(900)));  // lost: nothing comes
  log.lose = false;
  while (engine.ike_sas().front().stage != sa::IkeSaView::Stage::Established &&
         driver.now() < kVirtualEpoch + seconds(30))
    driver.run_once(kVirtualEpoch + seconds(30));
  CHECK(log.sent == 3);  // IKE_SA_INIT twice, IKE_AUTH
  CHECK(log.received == 2);
  CHECK(std::ranges::any_of(log.events, [](const auto& e) { return std::holds_alternative<trace::Retransmitted>(e); }));

  SECTION("listen() leaves the engine alone") {
    const int before = log.sent;
    driver.command(sa::CheckLiveness{engine.ike_sas().front().spis});
    REQUIRE(driver.listen(driver.now() + seconds(1)));
    CHECK_FALSE(driver.listen(driver.now() + seconds(30)));
    CHECK(log.sent == before + 1);  // no retransmission
  }
}
