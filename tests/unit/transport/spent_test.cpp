// A Child SA that has carried what its lifetime allows is replaced by the engine beside the data plane, RFC 7296 §2.8,
// RFC 4301 §4.4.2.1.
#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/transport/data_plane_link.hpp"
#include "engine/transport/memory_network.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::transport;
using std::chrono::seconds;

namespace {

const IpAddress kLeft = IpAddress::v4({192, 0, 2, 1});
const IpAddress kRight = IpAddress::v4({192, 0, 2, 2});

struct Side {
  Side(const sa::Config& config, const esp::Lifetime& lifetime, std::uint64_t seed)
      : random(seed),
        plane(limited(lifetime), random),
        keys(plane),
        engine(config, random, {nullptr, nullptr, nullptr, &keys}),
        host(engine, &plane) {}
  static esp::DataPlaneOptions limited(const esp::Lifetime& lifetime) {
    esp::DataPlaneOptions out;
    out.lifetime = lifetime;
    return out;
  }
  template <class E>
  std::vector<E> seen() {
    for (trace::Event& event : host.take_events()) events.push_back(std::move(event));
    std::vector<E> out;
    for (const trace::Event& event : events)
      if (const auto* e = std::get_if<E>(&event)) out.push_back(*e);
    return out;
  }

  SeededRandom random;
  esp::DataPlane plane;
  DataPlaneKeys keys;
  sa::Engine engine;
  EngineHost host;
  std::vector<trace::Event> events;
};

struct Pair {
  explicit Pair(const esp::Lifetime& lifetime)
      : left(tests::initiator_config(), lifetime, 1), right(tests::responder_config(), {}, 2) {
    network.attach(kLeft, left.host);
    network.attach(kRight, right.host);
    network.react(kLeft, left.host.command(sa::Initiate{{kLeft, kIkePort}, {kRight, kIkePort}}, network.now()));
    run();
  }
  void ping(std::uint16_t count) {
    esp::PingPlan plan;
    plan.count = count;
    network.react(kLeft, left.host.react(left.plane.ping(*left.plane.complete(plan), network.now()), network.now()));
    run();
  }
  void run() {
    const Instant limit = network.now() + seconds(30);
    while (network.step(limit)) {
    }
    network.advance_to(limit);
  }

  MemoryNetwork network;
  Side left;
  Side right;
};

}  // namespace

TEST_CASE("Child SA spent: it is rekeyed, and no packet is lost", "[transport][rfc7296-2.8]") {
  esp::Lifetime lifetime;
  lifetime.soft_packets = 6;
  Pair p(lifetime);
  const ChildSpi first = p.left.engine.ike_sas().at(0).children.at(0).inbound;
  p.ping(8);
  const auto spent = p.left.seen<trace::ChildSaSpent>();
  REQUIRE(spent.size() >= 1);
  CHECK(spent[0].inbound == first);
  const auto children = p.left.engine.ike_sas().at(0).children;
  REQUIRE(children.size() == 1);
  CHECK(children[0].inbound != first);
  CHECK(p.right.engine.ike_sas().at(0).children.at(0).outbound == children[0].inbound);
  const auto measured = p.left.seen<trace::TrafficMeasured>();
  REQUIRE(measured.size() == 1);
  CHECK(measured[0].answered == measured[0].sent);
}

TEST_CASE("Child SA spent: at the hard limit it is deleted", "[transport][rfc4301-4.4.2.1]") {
  esp::Lifetime lifetime;
  lifetime.hard_packets = 4;
  Pair p(lifetime);
  p.ping(5);
  CHECK(p.left.engine.ike_sas().at(0).children.empty());
  CHECK(p.right.engine.ike_sas().at(0).children.empty());
}
