#include "engine/transport/data_plane_link.hpp"

#include <catch2/catch.hpp>

#include "engine/transport/memory_network.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::transport;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const IpAddress kLeft = IpAddress::v4({192, 0, 2, 1});
const IpAddress kRight = IpAddress::v4({192, 0, 2, 2});
const IpAddress kLeftOther = IpAddress::v4({198, 51, 100, 1});
const IpAddress kMapped = IpAddress::v4({203, 0, 113, 7});

/// Counts what passes of ESP, by how it is carried.
struct Counter final : Fault {
  explicit Counter(int& bare_packets, int& udp_packets) : bare(bare_packets), udp(udp_packets) {}
  std::vector<Onward> pass(Datagram datagram, Instant) override {
    if (datagram.source.port == 0)
      ++bare;
    else if (datagram.payload.size() > 4 &&
             (datagram.payload[0] | datagram.payload[1] | datagram.payload[2] | datagram.payload[3]) != 0 &&
             datagram.destination.port == kNatTPort)
      ++udp;
    return {{std::move(datagram), {}}};
  }
  int& bare;
  int& udp;
};

/// An engine and a data plane as one host.
struct Peer {
  Peer(MemoryNetwork& net, const IpAddress& address, const sa::Config& config, std::uint64_t seed)
      : network(net),
        at(address),
        random(seed),
        plane({}, random),
        keys(plane),
        engine(config, random, {nullptr, nullptr, nullptr, &keys}),
        host(engine, &plane) {
    network.attach(address, host);
  }
  void command(const sa::Command& command) { network.react(at, host.command(command, network.now())); }
  bool ping(std::uint16_t count = 3) {
    esp::PingPlan plan;
    plan.count = count;
    const auto complete = plane.complete(plan);
    if (complete) network.react(at, host.react(plane.ping(*complete, network.now()), network.now()));
    return complete.has_value();
  }
  template <class E>
  std::vector<E> seen() {
    for (trace::Event& event : host.take_events()) events.push_back(std::move(event));
    std::vector<E> out;
    for (const trace::Event& event : events)
      if (const auto* e = std::get_if<E>(&event)) out.push_back(*e);
    return out;
  }

  MemoryNetwork& network;
  IpAddress at;
  SeededRandom random;
  esp::DataPlane plane;
  DataPlaneKeys keys;
  sa::Engine engine;
  EngineHost host;
  std::vector<trace::Event> events;
};

struct World {
  explicit World(const sa::Config& i = tests::initiator_config(), const sa::Config& r = tests::responder_config())
      : left(network, kLeft, i, 1), right(network, kRight, r, 2) {
    network.add(std::make_unique<Counter>(bare, udp));
  }
  void run(Duration length = seconds(5)) {
    const Instant end = network.now() + length;
    while (network.step(end)) {
    }
    network.advance_to(end);
  }
  void establish() {
    left.command(sa::Initiate{{kLeft, 500}, {kRight, 500}});
    run();
    REQUIRE(left.plane.size() == 1);
    REQUIRE(right.plane.size() == 1);
  }
  /// Pings from one side, and whether all came back.
  bool echo(Peer& from) {
    const std::size_t before = from.seen<trace::TrafficMeasured>().size();
    if (!from.ping()) return false;
    run();
    const auto after = from.seen<trace::TrafficMeasured>();
    return after.size() == before + 1 && after.back().sent == 3 && after.back().answered == 3;
  }
  bool nothing_discarded() {
    return left.seen<trace::EspDiscarded>().empty() && right.seen<trace::EspDiscarded>().empty();
  }
  IkeSpis ike() { return left.engine.ike_sas().at(0).spis; }

  int bare{}, udp{};
  MemoryNetwork network;
  Peer left, right;
};

std::pair<sa::Config, sa::Config> mobile() {
  std::pair out{tests::initiator_config(), tests::responder_config()};
  out.first.mobike.supported = out.second.mobike.supported = true;
  return out;
}

}  // namespace

TEST_CASE("engines with data planes: echo both ways, before and after the rekeying of a Child SA", "[transport][esp]") {
  World w;
  w.establish();
  CHECK(w.echo(w.left));
  CHECK(w.echo(w.right));
  CHECK(w.bare == 12);
  CHECK(w.udp == 0);

  // RFC 7296 §1.3.3, by either side.
  for (Peer* by : {&w.left, &w.right}) {
    const ChildSpi old = by->engine.ike_sas().at(0).children.at(0).inbound;
    by->command(sa::RekeyChildSa{w.ike(), old});
    w.run();
    CHECK(by->plane.size() == 1);
    CHECK(by->plane.find(old) == nullptr);
    CHECK(w.echo(w.left));
    CHECK(w.echo(w.right));
  }
  CHECK(w.nothing_discarded());

  w.left.command(sa::DeleteIkeSa{w.ike()});
  w.run();
  CHECK(w.left.plane.size() == 0);
  CHECK(w.right.plane.size() == 0);
  CHECK_FALSE(w.left.ping());
}

TEST_CASE("engines with data planes: no request is lost while a Child SA is rekeyed", "[transport][esp][rfc7296-2.8]") {
  World w;
  w.establish();
  REQUIRE(w.left.ping(40));  // four seconds
  w.network.advance_to(w.network.now() + milliseconds(1));
  w.run(seconds(1));
  w.left.command(sa::RekeyChildSa{w.ike(), w.left.engine.ike_sas().at(0).children.at(0).inbound});
  w.run(seconds(1));
  w.right.command(sa::RekeyChildSa{w.ike(), w.right.engine.ike_sas().at(0).children.at(0).inbound});
  w.run();
  REQUIRE(w.left.seen<trace::TrafficMeasured>().size() == 1);
  CHECK(w.left.seen<trace::TrafficMeasured>().back().answered == 40);
  CHECK(w.nothing_discarded());
}

TEST_CASE("engines with data planes: traffic follows a move and comes back", "[transport][esp][rfc4555-3.5]") {
  const auto [i, r] = mobile();
  World w(i, r);
  w.establish();
  CHECK(w.echo(w.left));
  for (const IpAddress& to : {kLeftOther, kLeft}) {
    w.network.detach(w.left.at);
    w.network.attach(to, w.left.host);
    w.left.at = to;
    w.left.command(sa::Move{w.ike(), to, kRight});
    w.run();
    CHECK(w.right.seen<trace::ChildSaMoved>().back().remote.address == to);
    CHECK(w.echo(w.left));
    CHECK(w.echo(w.right));
  }
  // RFC 7296 §2.23: IKE is on port 4500 because of MOBIKE alone; without a NAT ESP needs no UDP.
  CHECK(w.udp == 0);
  CHECK(w.nothing_discarded());
}

TEST_CASE("engines with data planes: ESP goes in UDP when a NAT was detected", "[transport][esp][rfc7296-2.23]") {
  sa::Config i = tests::initiator_config();
  i.nat.force_encapsulation = true;
  World w(i, tests::responder_config());
  w.establish();
  CHECK(w.echo(w.left));
  CHECK(w.echo(w.right));
  CHECK(w.bare == 0);
  CHECK(w.udp == 12);
}
