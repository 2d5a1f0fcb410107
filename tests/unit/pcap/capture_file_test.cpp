#include "pcap/capture_file.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <thread>

#include "tests/unit/pcap/capture_support.hpp"
#include "pcap/pcapng_encoder.hpp"

using namespace ikevet;
using namespace ikevet::pcap;
using namespace ikevet::test;
using Catch::Contains;
using pcapng::BlockType;
using pcapng::Encoder;

namespace {

const Datagram kAsk = datagram("192.0.2.1:500", "192.0.2.2:500", "ask");
const Datagram kAnswer = datagram("192.0.2.2:500", "192.0.2.1:500", "answer");

std::vector<std::uint8_t> section(bool big_endian) {
  return Encoder(BlockType::SectionHeader, big_endian)
      .u32(pcapng::kByteOrderMagic)
      .u16(1)
      .u16(0)
      .u64(~std::uint64_t{0})
      .take();
}

std::vector<std::uint8_t> interface(bool big_endian, std::uint16_t link_type, std::uint8_t resolution,
                                    std::uint32_t snapshot_length = 0) {
  return Encoder(BlockType::InterfaceDescription, big_endian)
      .u16(link_type)
      .u16(0)
      .u32(snapshot_length)
      .option(pcapng::option::kIfTsResol, std::array{resolution})
      .end_of_options()
      .take();
}

std::vector<std::uint8_t> packet(bool big_endian, std::uint32_t interface, std::uint64_t timestamp, BytesView octets) {
  const auto size = static_cast<std::uint32_t>(octets.size());
  return Encoder(BlockType::EnhancedPacket, big_endian)
      .u32(interface)
      .u32(static_cast<std::uint32_t>(timestamp >> 32))
      .u32(static_cast<std::uint32_t>(timestamp))
      .u32(size)
      .u32(size)
      .padded(octets)
      .take();
}

template <class... Blocks>
fs::path pcapng_file(const fs::path& path, const Blocks&... blocks) {
  return write_file(path, cat(blocks...));
}

std::string refusal(const fs::path& path) {
  try {
    read_all(path);
  } catch (const CaptureError& error) {
    CHECK(error.file() == path);
    CHECK_FALSE(error.remedy().empty());
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("A pcap file gives its datagrams with numbers and times", "[pcap]") {
  const TempDir dir;
  const auto [magic, unit] = GENERATE(table<std::uint32_t, Duration>(
      {{0xa1b2c3d4, std::chrono::microseconds(1)}, {0xa1b23c4d, std::chrono::nanoseconds(1)}}));
  PcapBuilder builder(static_cast<std::uint32_t>(LinkType::Raw), magic);
  builder.frame(udp_packet(kAsk), 1700000000, 250).frame(udp_packet(kAnswer), 1700000001, 0);
  CaptureFile file(write_file(dir / "a.pcap", builder.octets()));
  CHECK(file.format() == "pcap");
  const auto packets = read_all(file);
  REQUIRE(packets.size() == 2);
  CHECK(packets[0].frame == 1);
  CHECK(packets[0].at == Instant(std::chrono::seconds(1700000000) + 250 * unit));
  CHECK(packets[0].datagram == kAsk);
  CHECK(packets[1].frame == 2);
  CHECK(packets[1].datagram == kAnswer);
  CHECK_FALSE(file.trouble());
}

TEST_CASE("A pcapng file may have sections and interfaces of all kinds", "[pcap]") {
  // libpcap refuses a file whose interfaces differ in link type or snapshot length.
  const TempDir dir;
  const bool big = GENERATE(false, true);
  const Bytes ethernet = cat(hex("020000000001020000000002 0800"), udp_packet(kAnswer));
  const fs::path path =
      pcapng_file(dir / "a.pcapng", section(big), interface(big, 101, 9), interface(big, 1, 6, 1500),
                  interface(big, 105, 6), packet(big, 0, 1'700'000'000'000'000'001, udp_packet(kAsk)),
                  packet(big, 1, 1'700'000'000'000'002, ethernet), packet(big, 2, 0, hex("00")), section(!big),
                  interface(!big, 101, 0x80 | 10), packet(!big, 0, 1700000000ULL << 10 | 512, udp_packet(kAsk)));
  CaptureFile file(path);
  CHECK(file.format() == "pcapng");
  const auto packets = read_all(file);
  REQUIRE(packets.size() == 4);
  CHECK(packets[0].datagram == kAsk);
  CHECK(packets[0].at == Instant(std::chrono::nanoseconds(1'700'000'000'000'000'001)));
  CHECK(packets[1].datagram == kAnswer);
  CHECK(packets[1].at == Instant(std::chrono::microseconds(1'700'000'000'000'002)));
  CHECK(packets[2].kind == PacketKind::Unreadable);
  CHECK_THAT(packets[2].note, Contains("link type 105 is not known"));
  CHECK(packets[3].datagram == kAsk);
  CHECK(packets[3].at == Instant(std::chrono::milliseconds(1'700'000'000'500)));
  CHECK_FALSE(file.trouble());
}

TEST_CASE("Simple and obsolete packet blocks are read", "[pcap]") {
  const TempDir dir;
  const Bytes octets = udp_packet(kAsk);
  const auto size = static_cast<std::uint32_t>(octets.size());
  const auto simple = Encoder(BlockType::SimplePacket, false).u32(size).padded(octets).take();
  const auto obsolete = Encoder(BlockType::ObsoletePacket, false)
                            .u16(0)
                            .u16(0)
                            .u32(0)
                            .u32(5'000'000)
                            .u32(size)
                            .u32(size)
                            .padded(octets)
                            .take();
  const auto names = Encoder(static_cast<BlockType>(4), false).u32(0).take();
  const auto packets =
      read_all(pcapng_file(dir / "a", section(false), interface(false, 101, 6), simple, names, obsolete));
  REQUIRE(packets.size() == 2);
  CHECK(packets[0].datagram == kAsk);
  CHECK(packets[1].at == Instant(std::chrono::seconds(5)));
}

TEST_CASE("Timestamps of hostile resolutions stay within bounds", "[pcap]") {
  const auto resolution = static_cast<std::uint8_t>(GENERATE(range(0, 256)));
  pcapng::Interface interface;
  interface.resolution = resolution;
  interface.offset_seconds =
      GENERATE(std::numeric_limits<std::int64_t>::min(), 0, std::numeric_limits<std::int64_t>::max());
  CHECK(interface.instant(~std::uint64_t{0}) >= interface.instant(0));
}

TEST_CASE("What precedes a break is given, then the break is named", "[pcap]") {
  const TempDir dir;
  PcapBuilder builder(static_cast<std::uint32_t>(LinkType::Raw));
  builder.frame(udp_packet(kAsk)).frame(udp_packet(kAnswer));
  const auto ng = cat(section(false), interface(false, 101, 9), packet(false, 0, 0, udp_packet(kAsk)),
                      packet(false, 0, 0, udp_packet(kAnswer)));
  const Bytes pcap = to_bytes(builder.octets());
  const auto [what, octets] = GENERATE_COPY(table<std::string, Bytes>({{"pcap", pcap}, {"pcapng", ng}}));
  INFO(what);
  CaptureFile file(write_file(dir / "cut", BytesView(octets).first(octets.size() - 5)));
  CHECK(read_all(file).size() == 1);
  REQUIRE(file.trouble());
  CHECK(file.trouble()->frame() == 1);
  CHECK_THAT(file.trouble()->what(), Contains("cannot be read beyond this frame"));
  CHECK_THAT(file.trouble()->remedy(), Contains("what comes before it is used"));
}

TEST_CASE("pcapng blocks that lie about themselves stop the reading", "[pcap]") {
  const TempDir dir;
  const auto head = cat(section(false), interface(false, 101, 9), packet(false, 0, 0, udp_packet(kAsk)));
  const auto trouble = [&](const Bytes& tail) {
    CaptureFile file(write_file(dir / "bad", cat(head, tail)));
    CHECK(read_all(file).size() == 1);
    return file.trouble() ? std::string(file.trouble()->what()) : "no trouble";
  };
  CHECK_THAT(trouble(hex("06000000 ffffffff")), Contains("impossible length"));
  CHECK_THAT(trouble(hex("06000000 0d000000 00")), Contains("impossible length 13"));
  CHECK_THAT(trouble(hex("06000000 10000000 00000000 14000000")), Contains("two lengths"));
  CHECK_THAT(trouble(hex("0a0d0d0a 1c000000 00000000")), Contains("byte-order magic"));
  CHECK_THAT(trouble(to_bytes(packet(false, 7, 0, hex("00")))), Contains("interface 7, which is not described"));
  CHECK_THAT(trouble(to_bytes(Encoder(BlockType::EnhancedPacket, false).u32(0).u32(0).take())), Contains("too short"));
}

TEST_CASE("A file that is no capture is refused with a remedy", "[pcap]") {
  const TempDir dir;
  CHECK_THAT(refusal(dir / "missing"), Contains("cannot be opened: No such file"));
  CHECK_THAT(refusal(dir.path()), Contains("is a directory"));
  CHECK_THAT(refusal(write_file(dir / "empty", "")), Contains("the file is empty"));
  CHECK_THAT(refusal(write_file(dir / "text", "hello, world")), Contains("neither pcap nor pcapng"));
  CHECK_THAT(refusal(write_file(dir / "gz", "\x1f\x8b\x08")), Contains("gzip"));
  CHECK_THAT(refusal(write_file(dir / "stub", hex("a1b2c3d4 0002"))), Contains("no readable pcap file"));
  CHECK_THAT(refusal(write_file(dir / "ngstub", hex("0a0d0d0a 1c00"))), Contains("block header"));
  CHECK_THAT(refusal(write_file(dir / "wifi", PcapBuilder(105).octets())), Contains("link type 105 (IEEE802_11)"));
}

TEST_CASE("A file that is one IKE message is read as one", "[pcap]") {
  const TempDir dir;
  const Bytes message = hex("0102030405060708 0000000000000000 00202208 00000000 0000001c");
  const auto [port, octets] =
      GENERATE_COPY(table<std::uint16_t, Bytes>({{kIkePort, message}, {kNatTPort, cat(hex("00000000"), message)}}));
  CaptureFile file(write_file(dir / "message.bin", octets));
  CHECK(file.format() == "bare IKE message");
  const auto packets = read_all(file);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].datagram.payload == octets);
  CHECK(packets[0].datagram.destination.port == port);

  Bytes wrong_length = message;
  wrong_length.back() = 0x1d;
  CHECK_THAT(refusal(write_file(dir / "wrong.bin", wrong_length)), Contains("neither pcap"));
}

TEST_CASE("A capture may come through a pipe", "[pcap]") {
  const TempDir dir;
  const fs::path fifo = dir / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  PcapBuilder builder(static_cast<std::uint32_t>(LinkType::Raw));
  builder.frame(udp_packet(kAsk));
  std::thread writer([&] { write_file(fifo, builder.octets()); });
  const auto packets = read_all(fifo);
  writer.join();
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].datagram == kAsk);
}
