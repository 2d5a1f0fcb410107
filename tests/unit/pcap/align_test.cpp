#include "pcap/align.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/pcap/capture_support.hpp"

using namespace ikevet;
using namespace ikevet::pcap;
using ikevet::test::datagram;
using trace::Fate;
using trace::Party;

namespace {

constexpr const char* kHarness = "10.0.0.1:500";
constexpr const char* kDut = "10.0.0.2:500";

CapturedPacket frame(std::size_t number, const Datagram& datagram) {
  return {number, {}, PacketKind::Udp, datagram, false, {}, {}};
}
trace::Packet packet(Party from, const Datagram& datagram, Fate fate = {}) { return {0, {}, from, datagram, fate}; }

}  // namespace

TEST_CASE("Packets find their frames by endpoints, payload and order", "[pcap]") {
  const Datagram ask = datagram(kHarness, kDut, "ask");
  const Datagram answer = datagram(kDut, kHarness, "answer");
  std::vector<trace::Packet> packets{
      packet(Party::Harness, ask),
      packet(Party::Dut, answer),
      packet(Party::Harness, ask),  // retransmitted: the same octets
      packet(Party::Harness, datagram(kHarness, kDut, "dropped"), Fate::DroppedByScenario),
      packet(Party::Harness, datagram(kHarness, kDut, "lost")),
  };
  const std::vector<CapturedPacket> frames{
      frame(1, ask),
      {2, {}, PacketKind::Icmp, {}, false, {}, {}},
      frame(3, datagram(kHarness, kDut, "dropped")),  // somebody else's
      frame(4, ask),
      frame(5, answer),
  };
  const Alignment result = align(packets, frames);
  CHECK(packets[0].frame == 1);
  CHECK(packets[1].frame == 5);
  CHECK(packets[2].frame == 4);
  CHECK(packets[3].frame == 0);
  CHECK(packets[4].frame == 0);
  CHECK(result.matched == 3);
  CHECK(result.unseen == std::vector<std::size_t>{3, 4});
  CHECK(result.foreign == std::vector<std::size_t>{3});
}

TEST_CASE("A socket bound to all addresses fits the address on the wire", "[pcap]") {
  std::vector<trace::Packet> packets{packet(Party::Harness, datagram("0.0.0.0:500", kDut, "ask"))};
  align(packets,
        std::vector{frame(1, datagram("10.0.0.9:501", kDut, "ask")), frame(2, datagram("10.0.0.9:500", kDut, "ask"))});
  CHECK(packets[0].frame == 2);
}
