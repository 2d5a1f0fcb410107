// Real IKE SAs of other implementations, with the keys they wrote down: every SK and SKF payload must open.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "engine/keys/key_ring.hpp"
#include "engine/wire/ike_header.hpp"
#include "pcap/capture_file.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::keys;

namespace {

struct Count {
  int opened{};
  int no_keys{};
  std::map<std::string, int> failed;
};

/// The IKE message of a packet; empty for anything else.
std::optional<Bytes> ike_message(const pcap::CapturedPacket& packet) {
  if (packet.kind != pcap::PacketKind::Udp || packet.truncated) return std::nullopt;
  BytesView octets = packet.datagram.payload;
  const auto on = [&](std::uint16_t port) {
    return packet.datagram.source.port == port || packet.datagram.destination.port == port;
  };
  if (on(kNatTPort)) {
    if (octets.size() < 4 || !equal(octets.first(4), Bytes(4))) return std::nullopt;
    octets = octets.subspan(4);
  } else if (!on(kIkePort)) {
    return std::nullopt;
  }
  if (octets.size() < wire::kIkeHeaderSize || octets[17] >> 4 != 2) return std::nullopt;
  return to_bytes(octets);
}

/// Where the SK or SKF payload starts, and which it is.
std::optional<std::pair<std::size_t, wire::PayloadType>> find_sk(const wire::IkeHeader& header, const Bytes& octets) {
  auto type = header.next_payload;
  std::size_t at = wire::kIkeHeaderSize;
  while (at + 4 <= octets.size() && type != wire::PayloadType::None) {
    if (type == wire::PayloadType::SK || type == wire::PayloadType::SKF) return std::pair(at, type);
    const std::size_t length = static_cast<std::size_t>(octets[at + 2]) << 8 | octets[at + 3];
    if (length < 4) break;
    type = static_cast<wire::PayloadType>(octets[at]);
    at += length;
  }
  return std::nullopt;
}

KeyRing ring_of(const std::string& table_path) {
  const auto text = test::read_shared(table_path);
  REQUIRE(text);
  const auto table = parse_ikev2_decryption_table(*text);
  for (const KeyTableFault& fault : table.faults) FAIL_CHECK(table_path + ": " + fault.text());
  KeyRing ring;
  for (const IkeKeyEntry& entry : table.entries) CHECK(ring.add(entry));
  return ring;
}

Count open_all(const std::string& capture, const KeyRing& ring) {
  Count count;
  pcap::CaptureFile file((test::shared_dir() / capture).string());
  while (const auto packet = file.next()) {
    const auto octets = ike_message(*packet);
    if (!octets) continue;
    Reader in(*octets);
    const wire::IkeHeader header = *wire::IkeHeader::parse(in);
    const auto sk = find_sk(header, *octets);
    if (!sk) continue;
    const auto opened = ring.open(header, *octets, sk->first, sk->second);
    if (opened) {
      ++count.opened;
    } else if (opened.error() == wire::OpenFailure::NoKeys) {
      ++count.no_keys;
    } else {
      ++count.failed["frame " + std::to_string(packet->frame) + ": " + wire::text(opened.error())];
    }
  }
  return count;
}

bool have_captures() {
  if (std::filesystem::is_directory(test::shared_dir() / "captures")) return true;
  WARN("skipped: no ../shared/captures");
  return false;
}

void report(const std::string& capture, const Count& count) {
  for (const auto& [what, times] : count.failed) {
    FAIL_CHECK(capture + " " + what + " (" + std::to_string(times) + " times)");
  }
}

}  // namespace

TEST_CASE("strongSwan, Libreswan and OpenIKED: every SK and SKF payload opens", "[keys][captures]") {
  if (!have_captures()) return;
  int files = 0;
  int opened = 0;
  const std::filesystem::path folder = test::shared_dir() / "captures/peers";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".ikev2_decryption_table") continue;
    const std::string stem = "captures/peers/" + file.path().stem().string();
    INFO(stem);
    const Count count = open_all(stem + ".pcap", ring_of(stem + ".ikev2_decryption_table"));
    report(stem, count);
    CHECK(count.no_keys == 0);
    CHECK(count.opened > 0);
    ++files;
    opened += count.opened;
  }
  CHECK(files >= 20);
  CHECK(opened >= 100);
}

TEST_CASE("Wireshark's captures: AES-CCM, AES-GCM, AES-CTR, AES-CBC", "[keys][captures]") {
  if (!have_captures()) return;
  const KeyRing ring = ring_of("captures/wireshark/ikev2_decryption_table");
  for (const char* name :
       {"ikev2-decrypt-aes128ccm12.pcap", "ikev2-decrypt-aes256gcm16.pcap", "ikev2-decrypt-aes256cbc.pcapng"}) {
    INFO(name);
    const Count count = open_all(std::string("captures/wireshark/") + name, ring);
    report(name, count);
    CHECK(count.no_keys == 0);
    CHECK(count.opened > 0);
  }
  const KeyRing ncp = ring_of("captures/wireshark/ncp-natt/ikev2_decryption_table");
  const Count count = open_all("captures/wireshark/ncp-natt/capture.pcapng", ncp);
  report("ncp-natt", count);
  CHECK(count.no_keys == 0);
  CHECK(count.opened >= 12);
}

TEST_CASE("esp_sa files of others are read without a fault", "[keys][captures]") {
  if (!have_captures()) return;
  int files = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(test::shared_dir() / "captures")) {
    const std::string name = file.path().filename().string();
    if (!name.ends_with(".esp_sa") && !name.starts_with("esp_sa")) continue;
    INFO(file.path().string());
    const auto text = test::read_shared(std::filesystem::relative(file.path(), test::shared_dir()).string());
    REQUIRE(text);
    const auto table = parse_esp_sa(*text);
    for (const KeyTableFault& fault : table.faults) FAIL_CHECK(fault.text());
    CHECK_FALSE(table.entries.empty());
    ++files;
  }
  CHECK(files >= 8);
}
