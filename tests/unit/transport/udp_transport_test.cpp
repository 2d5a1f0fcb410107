#include "engine/transport/udp_transport.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <thread>

using namespace ikevet;
using namespace ikevet::transport;
using Catch::Matchers::Contains;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

UdpOptions loopback(std::string_view address) { return {*IpAddress::parse(address), 0, 0, {}}; }

bool has_ipv6() {
  try {
    UdpTransport probe(loopback("::1"));
    return true;
  } catch (const TransportError&) {
    return false;
  }
}

template <class Make>
std::string message_of(Make make) {
  try {
    make();
  } catch (const TransportError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("UDP: datagrams over IPv4 and IPv6, from the port they name", "[transport]") {
  const std::string address = GENERATE("127.0.0.1", "::1");
  if (address == "::1" && !has_ipv6()) {
    WARN("no IPv6 loopback on this machine");
    return;
  }
  UdpTransport a(loopback(address));
  UdpTransport b(loopback(address));
  CHECK(a.ike_endpoint().port != 0);
  CHECK(a.ike_endpoint().port != a.nat_t_endpoint().port);

  const Instant before = b.now();
  const Datagram plain{a.ike_endpoint(), b.ike_endpoint(), to_bytes(as_bytes("one"))};
  const Datagram marked{a.nat_t_endpoint(), b.nat_t_endpoint(), to_bytes(as_bytes("two"))};
  a.send(plain);
  a.send(marked);
  const auto first = b.receive(b.now() + seconds(5));
  const auto second = b.receive(b.now() + seconds(5));
  REQUIRE(first);
  REQUIRE(second);
  CHECK((first->datagram == plain || first->datagram == marked));
  CHECK((second->datagram == plain || second->datagram == marked));
  CHECK(first->at >= before - milliseconds(50));
  CHECK(first->at <= b.now());
  CHECK_FALSE(b.receive(b.now()));
}

TEST_CASE("UDP: a socket for all addresses says where a datagram came to, and answers from there", "[transport]") {
  UdpTransport all(loopback("0.0.0.0"));
  UdpTransport peer(loopback("127.0.0.1"));
  const Endpoint there{*IpAddress::parse("127.0.0.5"), all.ike_endpoint().port};
  peer.send({peer.ike_endpoint(), there, Bytes(1, 1)});
  const auto arrival = all.receive(all.now() + seconds(5));
  REQUIRE(arrival);
  CHECK(arrival->datagram.destination == there);
  all.send({arrival->datagram.destination, arrival->datagram.source, Bytes(1, 2)});
  const auto answer = peer.receive(peer.now() + seconds(5));
  REQUIRE(answer);
  CHECK(answer->datagram.source == there);
}

TEST_CASE("UDP: waiting ends at the time given, by wake() and by interrupt()", "[transport]") {
  UdpTransport transport(loopback("127.0.0.1"));
  const Instant before = transport.now();
  CHECK_FALSE(transport.receive(before + milliseconds(30)));
  CHECK(transport.now() - before >= milliseconds(30));

  std::thread([&] { transport.wake(); }).join();
  CHECK_FALSE(transport.receive(transport.now() + seconds(60)));
  CHECK_FALSE(transport.interrupted());
  CHECK_FALSE(transport.receive(transport.now() + milliseconds(1)));

  std::thread([&] { transport.interrupt(); }).join();
  CHECK_FALSE(transport.receive(transport.now() + seconds(60)));
  CHECK(transport.interrupted());
  CHECK_FALSE(transport.receive(transport.now() + seconds(60)));
}

namespace {
UdpTransport* interrupted_by_signal = nullptr;
}

TEST_CASE("UDP: a signal handler may interrupt", "[transport]") {
  UdpTransport transport(loopback("127.0.0.1"));
  interrupted_by_signal = &transport;
  const auto previous = std::signal(SIGUSR1, [](int) { interrupted_by_signal->interrupt(); });
  std::thread killer([] {
    std::this_thread::sleep_for(milliseconds(20));
    ::kill(::getpid(), SIGUSR1);
  });
  CHECK_FALSE(transport.receive(transport.now() + seconds(60)));
  CHECK(transport.interrupted());
  killer.join();
  std::signal(SIGUSR1, previous);
}

TEST_CASE("UDP: nobody behind a port is no error, and port 0 gets no answer", "[transport]") {
  UdpTransport transport(loopback("127.0.0.1"));
  std::uint16_t closed_port = 0;
  {
    UdpTransport gone(loopback("127.0.0.1"));
    closed_port = gone.ike_endpoint().port;
  }
  transport.send({transport.ike_endpoint(), {*IpAddress::parse("127.0.0.1"), closed_port}, Bytes(1, 1)});
  CHECK_FALSE(transport.receive(transport.now() + milliseconds(20)));
  CHECK_NOTHROW(transport.send({transport.ike_endpoint(), {*IpAddress::parse("127.0.0.1"), 0}, Bytes(1, 1)}));
  CHECK_THROWS_AS(transport.send({{*IpAddress::parse("127.0.0.1"), 1}, transport.ike_endpoint(), Bytes(1, 1)}),
                  std::invalid_argument);
}

TEST_CASE("UDP: what the machine denies is named with its remedy", "[transport]") {
  UdpTransport holder(loopback("127.0.0.1"));
  UdpOptions taken = loopback("127.0.0.1");
  taken.ike_port = holder.ike_endpoint().port;
  const std::string in_use = message_of([&] { UdpTransport second(taken); });
  CHECK_THAT(in_use, Contains("cannot open UDP " + holder.ike_endpoint().text()) && Contains("ss -ulpn"));

  const std::string elsewhere = message_of([&] { UdpTransport t(loopback("192.0.2.77")); });
  CHECK_THAT(elsewhere, Contains("ip address"));

  UdpOptions nowhere = loopback("127.0.0.1");
  nowhere.network_namespace = "ikevet-no-such-namespace";
  CHECK_THAT(message_of([&] { UdpTransport t(nowhere); }), Contains("ip netns list"));
}
