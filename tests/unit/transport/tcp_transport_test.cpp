#include "engine/transport/tcp_transport.hpp"

#include <catch2/catch.hpp>
#include <memory>

#include "engine/base/tcp_stream.hpp"
#include "engine/transport/driver.hpp"
#include "engine/transport/memory_network.hpp"
#include "engine/transport/tcp_segments.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::transport;
using namespace ikevet::tests;

namespace {

const IpAddress kLoopback = *IpAddress::parse("127.0.0.1");

struct Side {
  Side(sa::Config config, Transport& t, std::uint64_t seed)
      : random(seed), engine(std::move(config), random), driver(t, engine, observer) {}
  SeededRandom random;
  DriverObserver observer;
  sa::Engine engine;
  Driver driver;

  bool established() const {
    const auto all = engine.ike_sas();
    return all.size() == 1 && all[0].stage == sa::IkeSaView::Stage::Established;
  }
};

sa::Config on_port(sa::Config config, std::uint16_t port, std::uint16_t peer_port) {
  config.ike_port = config.nat_t_port = port;
  config.peer_nat_t_port = peer_port;
  return config;
}

}  // namespace

TEST_CASE("TCP: an IKE SA over a connection of the loopback", "[transport][rfc9329-6.1]") {
  TcpTransport server({.local = kLoopback, .port = 0, .connect_to = std::nullopt, .network_namespace = {}});
  TcpTransport client({.local = kLoopback, .port = 0, .connect_to = server.endpoint(), .network_namespace = {}});
  Side initiator(on_port(initiator_config(), client.endpoint().port, server.endpoint().port), client, 1);
  Side responder(on_port(responder_config(), server.endpoint().port, client.endpoint().port), server, 2);

  initiator.driver.command(sa::Initiate{client.endpoint(), server.endpoint()});
  const auto turn = [&](const auto& done) {
    for (int n = 0; n < 2000 && !done(); ++n) {
      responder.driver.run_once(server.now() + std::chrono::milliseconds(1));
      initiator.driver.run_once(client.now() + std::chrono::milliseconds(1));
    }
    return done();
  };
  REQUIRE(turn([&] { return initiator.established() && responder.established(); }));
  CHECK(server.connections() == 1);
  // No NAT: the hashes are made over the TCP ports (§6.5).
  CHECK(initiator.engine.ike_sas()[0].local == client.endpoint());
  initiator.driver.command(sa::DeleteIkeSa{initiator.engine.ike_sas()[0].spis});
  CHECK(turn([&] { return initiator.engine.ike_sas().empty() && responder.engine.ike_sas().empty(); }));
}

TEST_CASE("TCP: a stream without IKETCP is closed", "[transport][rfc9329-4]") {
  TcpTransport server({.local = kLoopback, .port = 0, .connect_to = std::nullopt, .network_namespace = {}});
  // The second server is the stranger: it is connected to, and so sends no prefix of its own.
  TcpTransport client({.local = kLoopback, .port = 0, .connect_to = server.endpoint(), .network_namespace = {}});
  client.send({client.endpoint(), server.endpoint(), Bytes{1, 2, 3, 4, 5}});
  std::optional<Arrival> got;
  for (int n = 0; n < 1000 && !got; ++n) {
    (void)client.receive(client.now());
    got = server.receive(server.now() + std::chrono::milliseconds(1));
  }
  REQUIRE(got);
  CHECK(got->datagram.payload == Bytes{1, 2, 3, 4, 5});
  CHECK(got->datagram.source == client.endpoint());
  // An answer travels without prefix.
  server.send({got->datagram.destination, got->datagram.source, Bytes{9, 9, 9, 9}});
  std::optional<Arrival> back;
  for (int n = 0; n < 1000 && !back; ++n) {
    (void)server.receive(server.now());
    back = client.receive(client.now() + std::chrono::milliseconds(1));
  }
  REQUIRE(back);
  CHECK(back->datagram.payload == Bytes{9, 9, 9, 9});
  // Nobody is there: what is sent is lost.
  CHECK_NOTHROW(server.send({server.endpoint(), Endpoint{kLoopback, 9}, Bytes{1}}));
}

TEST_CASE("TCP: nobody listens, and the error says what to do", "[transport]") {
  TcpTransport taken({.local = kLoopback, .port = 0, .connect_to = std::nullopt, .network_namespace = {}});
  CHECK_THROWS_AS(
      TcpTransport({.local = kLoopback, .port = 0, .connect_to = Endpoint{kLoopback, 1}, .network_namespace = {}}),
      TransportError);
}

TEST_CASE("TCP in memory: a stream cut anywhere carries IKE", "[transport][rfc9329-3]") {
  const std::uint64_t seed = GENERATE(1, 2, 3);
  SeededRandom cuts(seed), random_i(1), random_r(2);
  const Endpoint i{*IpAddress::parse("192.0.2.1"), 4500}, r{*IpAddress::parse("192.0.2.2"), 4500};
  sa::Engine initiator(initiator_config(), random_i), responder(responder_config(), random_r);
  EngineHost host_i(initiator), host_r(responder);
  MemoryNetwork network;
  network.attach(i.address, host_i);
  network.attach(r.address, host_r);
  network.add(std::make_unique<TcpSegments>(cuts));
  network.react(i.address, host_i.command(sa::Initiate{i, r}, network.now()));
  while (network.step(network.now() + std::chrono::seconds(1))) {
  }
  REQUIRE(initiator.ike_sas().size() == 1);
  CHECK(initiator.ike_sas()[0].stage == sa::IkeSaView::Stage::Established);
  CHECK(responder.ike_sas()[0].children.size() == 1);
}
