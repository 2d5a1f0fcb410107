#include "pcap/live_capture.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/unit/pcap/capture_support.hpp"
#include "pcap/pcapng_writer.hpp"

using namespace ikevet;
using namespace ikevet::pcap;
using namespace ikevet::test;
using Catch::Contains;

namespace {

/// A UDP socket on 127.0.0.1 with a port of the system's choice.
class LoopbackSocket {
 public:
  LoopbackSocket() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~LoopbackSocket() { ::close(socket_); }
  LoopbackSocket(const LoopbackSocket&) = delete;
  LoopbackSocket& operator=(const LoopbackSocket&) = delete;

  void send(const LoopbackSocket& to, std::string_view text) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(to.port_);
    REQUIRE(::sendto(socket_, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                     sizeof address) == static_cast<ssize_t>(text.size()));
  }
  std::uint16_t port() const { return port_; }

 private:
  int socket_;
  std::uint16_t port_{};
};

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

}  // namespace

TEST_CASE("The filter keeps the two sides and what belongs to IPsec", "[pcap]") {
  LiveCaptureOptions options;
  options.harness = {address("10.0.0.1")};
  options.peers = {address("10.0.0.2"), address("fd00::2")};
  CHECK(capture_filter(options) ==
        "(esp or ah or icmp or icmp6 or ip6 proto 44 or udp) and (host 10.0.0.1) and (host 10.0.0.2 or host fd00::2)");
  options.harness = {IpAddress{}};
  options.peers.clear();
  options.ports = {500, 4500};
  CHECK(capture_filter(options) ==
        "(esp or ah or icmp or icmp6 or ip6 proto 44 or (ip[6:2] & 0x1fff != 0) or udp port 500 or udp port 4500)");
}

TEST_CASE("Why capture is not possible is said with the remedy", "[pcap]") {
  LiveCaptureOptions options;
  options.harness = {address("203.0.113.77")};
  options.network_namespace = "ikevet-no-such-namespace";
  const auto no_namespace = LiveCapture::why_not(options);
  REQUIRE(no_namespace);
  CHECK_THAT(*no_namespace, Contains("network namespace /run/netns/ikevet-no-such-namespace: No such file"));
  CHECK_THAT(*no_namespace, Contains("create it first"));

  options.network_namespace.clear();
  const auto no_address = LiveCapture::why_not(options);
  REQUIRE(no_address);
  CHECK_THAT(*no_address, Contains("no interface has the address 203.0.113.77") || Contains("CAP_NET_RAW"));
}

TEST_CASE("What goes over an interface is recorded, and nothing else", "[pcap][live]") {
  const LoopbackSocket harness;
  const LoopbackSocket dut;
  const LoopbackSocket stranger;
  LiveCaptureOptions options;
  options.harness = {address("127.0.0.1")};
  options.peers = {address("127.0.0.1")};
  options.ports = {harness.port()};
  if (const auto why = LiveCapture::why_not(options)) {
    WARN("SKIPPED: " << *why);
    return;
  }

  LiveCapture capture(options);
  CHECK(capture.interface_name() == "lo");
  harness.send(dut, "ask");
  stranger.send(dut, "noise");
  dut.send(harness, "answer");
  capture.stop(2);

  CHECK(capture.lost() == 0);
  CHECK_FALSE(capture.trouble());
  const TempDir dir;
  write_recorded(dir / "a.pcapng", {capture.link_type(), capture.interface_name(), {}, {}}, capture.frames(),
                 options.harness);
  const auto packets = read_all(dir / "a.pcapng");
  REQUIRE(packets.size() == 2);
  CHECK(equal(packets[0].datagram.payload, as_bytes("ask")));
  CHECK(packets[0].datagram.source.port == harness.port());
  CHECK(equal(packets[1].datagram.payload, as_bytes("answer")));
  CHECK(packets[1].at >= packets[0].at);
  capture.stop(2);  // a second time: nothing to do
}

TEST_CASE("A recording has a bound", "[pcap][live]") {
  const LoopbackSocket harness;
  const LoopbackSocket dut;
  LiveCaptureOptions options;
  options.harness = {address("127.0.0.1")};
  options.ports = {harness.port()};
  options.max_octets = 4000;
  if (const auto why = LiveCapture::why_not(options)) {
    WARN("SKIPPED: " << *why);
    return;
  }
  LiveCapture capture(options);
  for (int i = 0; i < 10; ++i) harness.send(dut, std::string(1000, 'x'));
  capture.stop(10);
  CHECK(capture.frames().size() == 3);
  CHECK(capture.lost() == 7);
}

TEST_CASE("An interface in a network namespace is recorded from outside it", "[pcap][live]") {
  const std::string name = "ikevet-pcap-" + std::to_string(::getpid());
  const std::string in = "ip netns exec " + name + " ";
  if (::geteuid() != 0 || output_of("ip netns add " + name + " && echo made").empty()) {
    WARN("SKIPPED: a network namespace takes root and iproute2");
    return;
  }
  output_of(in + "ip link set lo up; echo");
  LiveCaptureOptions options;
  options.harness = {address("127.0.0.1")};
  options.network_namespace = name;
  try {
    LiveCapture capture(options);
    output_of(in + "bash -c 'echo -n inside > /dev/udp/127.0.0.1/4500; echo'");
    capture.stop(1);
    Dissector dissector;
    std::vector<CapturedPacket> datagrams;
    for (const RawFrame& frame : capture.frames()) {
      auto packet = dissector.dissect(capture.link_type(), 1, frame.at, frame.octets, frame.original_length);
      if (packet.kind == PacketKind::Udp) datagrams.push_back(std::move(packet));
    }
    REQUIRE(datagrams.size() == 1);
    CHECK(equal(datagrams[0].datagram.payload, as_bytes("inside")));
  } catch (const CaptureError& error) {
    WARN("SKIPPED: " << error.what());
  }
  output_of("ip netns del " + name + "; echo");
}
