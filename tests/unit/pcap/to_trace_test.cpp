#include "pcap/to_trace.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/pcap/capture_support.hpp"
#include "engine/keys/key_ring.hpp"
#include "pcap/key_files.hpp"
#include "pcap/pcapng_writer.hpp"

using namespace ikevet;
using namespace ikevet::pcap;
using namespace ikevet::test;
using trace::Party;
using trace::Protection;

namespace {

/// The header of an IKE message without payloads.
std::string message(std::uint8_t version, std::uint8_t exchange, std::uint8_t flags) {
  const Bytes octets =
      Writer().u64(0x0102030405060708U).u64(0U).u8(0).u8(version).u8(exchange).u8(flags).u32(0U).u32(28U).take();
  return {octets.begin(), octets.end()};
}

const std::string kMarker(4, '\0');
const std::string kRequest = message(0x20, 34, 0x08);
const std::string kResponse = message(0x20, 34, 0x20);

}  // namespace

TEST_CASE("What a UDP datagram is for", "[pcap]") {
  const auto use = [](std::string_view source, std::string_view destination, std::string_view payload) {
    return use_of(datagram(source, destination, payload));
  };
  CHECK(use("10.0.0.1:500", "10.0.0.2:500", kRequest) == UdpUse::Ike);
  CHECK(use("10.0.0.1:33000", "10.0.0.2:500", kRequest) == UdpUse::Ike);
  CHECK(use("10.0.0.1:4500", "10.0.0.2:4500", kMarker + kRequest) == UdpUse::Ike);
  CHECK(use("10.0.0.1:14500", "10.0.0.2:14500", kMarker + kRequest) == UdpUse::Ike);
  CHECK(use("10.0.0.1:4500", "10.0.0.2:4500", "\xc0\xff\xee\x01 and so on") == UdpUse::EspInUdp);
  CHECK(use("10.0.0.1:4500", "10.0.0.2:4500", "\xff") == UdpUse::Keepalive);
  CHECK(use("10.0.0.1:500", "10.0.0.2:500", message(0x10, 2, 0)) == UdpUse::IkeV1);
  // An exchange of IKEv2 that says "version 1" is a fault of IKEv2, not IKEv1.
  CHECK(use("10.0.0.1:500", "10.0.0.2:500", message(0x10, 34, 8)) == UdpUse::Ike);
  CHECK(use("10.0.0.1:5353", "10.0.0.2:5353", "mdns") == UdpUse::Other);
}

TEST_CASE("A capture becomes the trace that the run had", "[pcap]") {
  const TempDir dir;
  std::vector<trace::Packet> run;
  const auto add = [&](Party from, const std::string& payload) {
    const bool ours = from == Party::Harness;
    run.push_back({0,
                   Instant(std::chrono::milliseconds(run.size())),
                   from,
                   datagram(ours ? "10.0.0.1:500" : "10.0.0.2:500", ours ? "10.0.0.2:500" : "10.0.0.1:500", payload),
                   {}});
  };
  add(Party::Harness, kRequest);
  add(Party::Harness, kRequest);
  add(Party::Dut, kResponse);
  add(Party::Dut, "not a message");
  write_reconstructed(dir / "a.pcapng", run);

  const CaptureTrace read = to_trace(dir / "a.pcapng", nullptr, std::array{endpoint("10.0.0.1:0")});
  CHECK_FALSE(read.trouble);
  CHECK(read.counts.frames == 4);
  CHECK(read.counts.ike == 3);
  CHECK(read.counts.not_ike() == "1 other UDP");

  trace::TraceBuilder live(nullptr);
  for (const trace::Packet& packet : run) live.add(packet);
  REQUIRE(read.trace.packets.size() == live.trace().packets.size());
  REQUIRE(read.trace.messages.size() == live.trace().messages.size());
  for (std::size_t i = 0; i < read.trace.messages.size(); ++i) {
    const trace::MessageRecord& a = read.trace.messages[i];
    const trace::MessageRecord& b = live.trace().messages[i];
    CHECK(a.frame == b.frame);
    CHECK(a.at == b.at);
    CHECK(a.from == b.from);
    CHECK(a.octets == b.octets);
    CHECK(a.repeats == b.repeats);
    CHECK(a.request == b.request);
  }
  CHECK(read.trace.messages[1].repeats == 0);
  CHECK(read.trace.messages[2].request == 1);
}

TEST_CASE("Whose packet it is goes by endpoint, with or without port", "[pcap]") {
  const TempDir dir;
  std::vector<trace::Packet> run{
      {0, {}, {}, datagram("127.0.0.1:5500", "127.0.0.1:500", kRequest), {}},
      {0, {}, {}, datagram("127.0.0.1:500", "127.0.0.1:5500", kResponse), {}},
      {0, {}, {}, datagram("10.9.9.9:500", "10.9.9.8:500", kRequest), {}},
  };
  write_reconstructed(dir / "a.pcapng", run);
  const CaptureTrace read = to_trace(dir / "a.pcapng", nullptr, std::array{endpoint("127.0.0.1:5500")});
  REQUIRE(read.trace.messages.size() == 2);
  CHECK(read.trace.messages[0].from == Party::Harness);
  CHECK(read.trace.messages[1].from == Party::Dut);
  CHECK(read.third_party == 1);
}

TEST_CASE("Datagrams that the capture cut are not held against anybody", "[pcap]") {
  const TempDir dir;
  const Bytes whole = udp_packet(datagram("10.0.0.1:500", "10.0.0.2:500", kRequest));
  PcapBuilder builder(101);
  builder.frame(BytesView(whole).first(whole.size() - 1), 0, 0, whole.size());
  const CaptureTrace read =
      to_trace(write_file(dir / "a.pcap", builder.octets()), nullptr, std::array{endpoint("10.0.0.1:0")});
  CHECK(read.trace.packets.empty());
  CHECK(read.counts.cut == 1);
  CHECK(read.counts.not_ike() == "1 UDP cut off in the capture");
}

TEST_CASE("A real rekeying run: sides, messages, all of them opened", "[pcap][shared]") {
  const fs::path capture = shared_captures() / "peers" / "ss-ss-rekey.pcap";
  if (!fs::exists(capture)) {
    WARN("SKIPPED: " << capture << " is not here");
    return;
  }
  const std::vector<Side> found = sides(capture);
  REQUIRE(found.size() == 2);
  const auto initiator = std::ranges::find_if(found, &Side::looks_like_initiator);
  REQUIRE(initiator != found.end());
  CHECK(initiator->address.text() == "10.99.0.1");
  CHECK(initiator->initiated == 1);

  keys::KeyRing ring;
  for (const fs::path& file : key_files_beside(capture)) add_key_file(ring, file);
  const CaptureTrace read = to_trace(capture, &ring, std::array{Endpoint{initiator->address, 0}});
  CHECK(read.counts.frames == 36);
  CHECK(read.trace.messages.size() == 28);
  CHECK(read.counts.not_ike() == "8 ESP in UDP");
  std::size_t opened = 0;
  for (const trace::MessageRecord& one : read.trace.messages) opened += one.protection == Protection::Opened ? 1 : 0;
  CHECK(opened == 26);
}
