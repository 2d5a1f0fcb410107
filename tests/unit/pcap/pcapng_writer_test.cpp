#include "pcap/pcapng_writer.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/pcap/capture_support.hpp"
#include "pcap/pcapng_encoder.hpp"

using namespace ikevet;
using namespace ikevet::pcap;
using namespace ikevet::test;
using Catch::Contains;
using trace::Fate;
using trace::Party;

namespace {

Instant at(std::int64_t nanoseconds) { return Instant(std::chrono::nanoseconds(nanoseconds)); }

std::vector<trace::Packet> a_run() {
  return {
      {0, at(1'700'000'000'000'000'001), Party::Harness, datagram("10.0.0.1:500", "10.0.0.2:500", "ask"), {}},
      {0, at(1'700'000'000'000'500'000), Party::Harness, datagram("10.0.0.1:500", "10.0.0.2:500", "never left"),
       Fate::DroppedByScenario},
      {0, at(1'700'000'000'001'000'000), Party::Dut, datagram("10.0.0.2:500", "10.0.0.1:500", "answer"),
       Fate::DroppedByScenario},
      {0, at(1'700'000'001'000'000'000), Party::Harness, datagram("[fd00::1]:4500", "[fd00::2]:4500", "more"),
       Fate::Injected},
  };
}

std::vector<std::vector<std::string>> comments_of(const fs::path& path) {
  CaptureFile file(path);
  std::vector<std::vector<std::string>> out;
  while (file.next()) out.push_back(file.comments());
  return out;
}

}  // namespace

TEST_CASE("A run's datagrams come back from the file that was written of them", "[pcap]") {
  const TempDir dir;
  std::vector<trace::Packet> run = a_run();
  write_reconstructed(dir / "a.pcapng", run);
  CHECK(run[0].frame == 1);
  CHECK(run[1].frame == 0);  // was never on the wire
  CHECK(run[2].frame == 2);
  CHECK(run[3].frame == 3);

  const auto packets = read_all(dir / "a.pcapng");
  REQUIRE(packets.size() == 3);
  for (const trace::Packet& packet : run) {
    if (packet.frame == 0) continue;
    const CapturedPacket& frame = packets.at(packet.frame - 1);
    CHECK(frame.at == packet.at);
    CHECK(frame.datagram == packet.datagram);
    CHECK_FALSE(frame.truncated);
  }
  const std::string octets = read_file(dir / "a.pcapng");
  CHECK_THAT(octets, Contains("Reconstructed from datagrams as sent and received"));
  CHECK_THAT(octets, Contains("ikevet 0."));
}

TEST_CASE("The same run gives the same octets", "[pcap]") {
  const TempDir dir;
  std::vector<trace::Packet> run = a_run();
  write_reconstructed(dir / "a.pcapng", run);
  write_reconstructed(dir / "b.pcapng", run);
  CHECK(read_file(dir / "a.pcapng") == read_file(dir / "b.pcapng"));
}

TEST_CASE("Comments are added later, replaced, and taken away", "[pcap]") {
  const TempDir dir;
  const fs::path path = dir / "a.pcapng";
  std::vector<trace::Packet> run = a_run();
  write_reconstructed(path, run);
  const std::string before = read_file(path);

  annotate(path, {{1, "pass rfc7296-2.1-retransmission-identical"}, {2, "fail rfc7296-2.5-critical-unknown"}});
  const auto first = comments_of(path);
  REQUIRE(first.size() == 3);
  CHECK(first[0] == std::vector<std::string>{"ikevet: pass rfc7296-2.1-retransmission-identical"});
  CHECK(first[1] == std::vector<std::string>{"received, then dropped by the scenario",
                                             "ikevet: fail rfc7296-2.5-critical-unknown"});
  CHECK(first[2] == std::vector<std::string>{"injected by the scenario"});

  annotate(path, {{3, "pass"}});
  const auto second = comments_of(path);
  CHECK(second[0].empty());
  CHECK(second[1] == std::vector<std::string>{"received, then dropped by the scenario"});
  CHECK(second[2].back() == "ikevet: pass");

  annotate(path, {});
  CHECK(read_file(path) == before);
  CHECK_FALSE(fs::exists(dir / "a.pcapng.new"));
}

TEST_CASE("Annotating leaves foreign blocks and byte orders alone", "[pcap]") {
  using pcapng::BlockType;
  using pcapng::Encoder;
  const TempDir dir;
  const Bytes octets = udp_packet(datagram("10.0.0.1:500", "10.0.0.2:500", "ask"));
  const auto size = static_cast<std::uint32_t>(octets.size());
  const auto head = cat(
      Encoder(BlockType::SectionHeader, true).u32(pcapng::kByteOrderMagic).u16(1).u16(0).u64(~std::uint64_t{0}).take(),
      Encoder(BlockType::InterfaceDescription, true).u16(101).u16(0).u32(0).take(),
      Encoder(static_cast<BlockType>(0x0bad), true).padded(as_bytes("custom")).take());
  const auto packet = Encoder(BlockType::EnhancedPacket, true).u32(0).u32(0).u32(0).u32(size).u32(size).padded(octets);
  const fs::path path = write_file(dir / "a.pcapng", cat(head, Encoder(packet).take()));
  annotate(path, {{1, "x"}});
  const auto commented = Encoder(packet).option(pcapng::option::kComment, "ikevet: x").end_of_options().take();
  CHECK(read_file(path) == read_file(write_file(dir / "b", cat(head, commented))));
}

TEST_CASE("A file that cannot be annotated stays as it is", "[pcap]") {
  const TempDir dir;
  PcapBuilder builder(101);
  const fs::path classic = write_file(dir / "a.pcap", builder.octets());
  CHECK_THROWS_AS(annotate(classic, {{1, "x"}}), CaptureError);
  CHECK_THROWS_AS(annotate(dir / "missing", {}), CaptureError);

  std::vector<trace::Packet> run = a_run();
  write_reconstructed(dir / "b.pcapng", run);
  const std::string whole = read_file(dir / "b.pcapng");
  const fs::path cut = write_file(dir / "cut.pcapng", whole.substr(0, whole.size() - 3));
  CHECK_THROWS_AS(annotate(cut, {{1, "x"}}), CaptureError);
  CHECK(read_file(cut) == whole.substr(0, whole.size() - 3));
  CHECK_FALSE(fs::exists(dir / "cut.pcapng.new"));
}

TEST_CASE("Recorded frames keep their link layer and get their direction", "[pcap]") {
  const TempDir dir;
  const Bytes ethernet = hex("020000000001020000000002 0800");
  const Datagram ask = datagram("10.0.0.1:500", "10.0.0.2:500", "ask");
  const Datagram answer = datagram("10.0.0.2:500", "10.0.0.1:500", "answer");
  const std::vector<RawFrame> frames{{at(1), 45, cat(ethernet, udp_packet(ask))},
                                     {at(2), 48, cat(ethernet, udp_packet(answer))},
                                     {at(3), 60, cat(hex("ffffffffffff020000000002 0806"), hex("0001"))}};
  write_recorded(dir / "a.pcapng", {LinkType::Ethernet, "veth0", "the harness's interface", {}}, frames,
                 std::array{ask.source.address});
  CaptureFile file(dir / "a.pcapng");
  for (const RawFrame& frame : frames) {
    REQUIRE(file.next());
    CHECK(equal(file.raw().octets, frame.octets));
    CHECK(file.raw().at == frame.at);
    CHECK(file.raw().original_length == frame.original_length);
  }
  if (!is_installed("tshark")) {
    WARN("SKIPPED: tshark is not installed, directions are not checked with it");
    return;
  }
  CHECK(output_of("tshark -r " + (dir / "a.pcapng").string() +
                  " -T fields -e frame.packet_flags_direction -e frame.interface_name") ==
        "0x00000002\tveth0\n0x00000001\tveth0\n\tveth0\n");
}

TEST_CASE("A folder that is not there is named", "[pcap]") {
  std::vector<trace::Packet> run = a_run();
  CHECK_THROWS_WITH(write_reconstructed("/nowhere/a.pcapng", run),
                    Contains("/nowhere/a.pcapng: cannot be written: No such file") && Contains("check permissions"));
}

TEST_CASE("Another implementation reads what was written: tshark", "[pcap][tshark]") {
  if (!is_installed("tshark")) {
    WARN("SKIPPED: tshark is not installed");
    return;
  }
  const TempDir dir;
  std::vector<trace::Packet> run = a_run();
  write_reconstructed(dir / "a.pcapng", run);
  annotate(dir / "a.pcapng", {{1, "first"}});
  const std::string command = "tshark -r " + (dir / "a.pcapng").string() +
                              " -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -T fields -E separator=,";
  // Checksum status 1 is "good"; IPv6 has no header checksum.
  CHECK(output_of(command + " -e frame.time_epoch -e ip.checksum.status -e udp.checksum.status -e udp.srcport "
                            "-e frame.packet_flags_direction") ==
        "1700000000.000000001,1,1,500,0x00000002\n"
        "1700000000.001000000,1,1,500,0x00000001\n"
        "1700000001.000000000,,1,4500,0x00000002\n");
  CHECK_THAT(output_of(command + " -e frame.comment"), Contains("ikevet: first"));
}
