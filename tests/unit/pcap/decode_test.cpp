#include "bindings/cli/decode.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "bindings/cli/printable.hpp"
#include "pcap/pcapng_writer.hpp"
#include "tests/unit/pcap/capture_support.hpp"

using namespace ikevet;
using namespace ikevet::cli;
using namespace ikevet::test;
using Catch::Contains;
using nlohmann::json;

namespace {

struct Shown {
  int exit_code{};
  std::string out;
  std::string err;
};

Shown show(const DecodeOptions& options) {
  std::ostringstream out;
  std::ostringstream err;
  const int exit_code = decode(options, out, err);
  return {exit_code, out.str(), err.str()};
}

DecodeOptions of(const fs::path& capture) {
  DecodeOptions options;
  options.capture = capture.string();
  return options;
}

json show_json(const fs::path& capture) {
  DecodeOptions options = of(capture);
  options.json = true;
  options.hex = true;
  return json::parse(show(options).out);
}

/// The captures of the shared folder; a test of this name is skipped where it is absent.
std::vector<fs::path> all_captures() {
  std::vector<fs::path> out;
  std::error_code absent;
  for (const auto& entry : fs::recursive_directory_iterator(shared_captures(), absent)) {
    const std::string extension = entry.path().extension().string();
    for (const char* known : {".pcap", ".pcapng", ".cap", ".bin"})
      if (extension == known) out.push_back(entry.path());
  }
  std::ranges::sort(out);
  if (out.empty()) WARN("SKIPPED: " << shared_captures() << " is not here");
  return out;
}

}  // namespace

TEST_CASE("decode reads every capture in every form", "[pcap][decode][shared]") {
  for (const fs::path& capture : all_captures()) {
    INFO(capture);
    DecodeOptions options = of(capture);
    const Shown lines = show(options);
    CHECK(lines.exit_code == 0);
    CHECK(lines.err.empty());
    CHECK_THAT(lines.out, Contains("frame"));
    options.tree = true;
    options.hex = true;
    CHECK(show(options).exit_code == 0);
    CHECK(show_json(capture)["summary"]["frames"] == pcap::CaptureFile(capture).frames() + read_all(capture).size());
  }
}

TEST_CASE("decode opens everything for which keys lie beside the capture", "[pcap][decode][shared]") {
  std::size_t with_keys = 0;
  for (const fs::path& capture : all_captures()) {
    const bool own_table = fs::exists(fs::path(capture).replace_extension("ikev2_decryption_table"));
    const bool in_folder =
        capture.parent_path().filename() == "ncp-natt" || capture.filename().string().starts_with("ikev2-decrypt-");
    if (!own_table && !in_folder) continue;
    INFO(capture);
    ++with_keys;
    const json summary = show_json(capture)["summary"];
    CHECK(summary["decrypted"] > 0);
    CHECK(summary["not_decrypted"] == 0);
  }
  if (fs::exists(shared_captures())) CHECK(with_keys == 26);
}

TEST_CASE("The decrypted AUTH data is what Wireshark's own tests expect", "[pcap][decode][shared]") {
  const fs::path folder = shared_captures() / "wireshark";
  if (!fs::exists(folder / "expected.json")) {
    WARN("SKIPPED: " << folder << " is not here");
    return;
  }
  for (const json& wanted : json::parse(read_file(folder / "expected.json"))) {
    INFO(wanted["title"]);
    REQUIRE(wanted["tshark_field"] == "isakmp.auth.data");
    bool found = false;
    const json shown = show_json(folder / wanted["capture"].get<std::string>());
    for (const json& packet : shown["packets"]) {
      const json message = packet.value("message", json::object());
      const json inner = message.value("inner_payloads", json::array());
      if (std::ranges::find(inner, json("AUTH")) == inner.end()) continue;
      found = found || message["inner_octets"].get<std::string>().find(wanted["must_contain"].get<std::string>()) !=
                           std::string::npos;
    }
    CHECK(found);
  }
}

TEST_CASE("Captures that are broken on purpose are described", "[pcap][decode][shared]") {
  const fs::path folder = shared_captures() / "tcpdump";
  if (!fs::exists(folder)) {
    WARN("SKIPPED: " << folder << " is not here");
    return;
  }
  const auto [file, what] = GENERATE(table<std::string, std::string>({
      {"ikev2-id-short.pcap", "! RESERVED at octet 33: 1 octets wanted, 0 left"},
      {"ikev2pI2-segfault.pcapng", "! Proposal Length at octet 74: 43690, but 200 left"},
      {"isakmp-3948-oobr-2.pcap", "UDP announces 12328 octets, the capture has 0"},
      {"isakmp-delete-segfault.pcap", "! Length at octet 24: 1126274970, but 138 octets came"},
      {"isakmp-pointer-loop.pcap", "IKEv1 Base HDR(0000000000000000, 0000000000000000, ID=00000000), HASH!"},
      {"isakmp-rfc3948-oobr.pcap", "22 not IP"},
      {"isakmp-various-oobr.pcap", "2 IP fragment"},
      {"isakmp-no-none-np.pcapng", "IKEv1 Informational HDR("},
      {"isakmp-identification-segfault.pcap", "IKEv1 Identity Protection"},
  }));
  INFO(file);
  CHECK_THAT(show(of(folder / file)).out, Contains(what));
}

TEST_CASE("Messages are counted as their sources count them", "[pcap][decode][shared]") {
  const auto [file, messages] = GENERATE(table<std::string, int>({
      {"wireshark/ipsec.cap", 245},
      {"ndpi/ipsec_isakmp_esp.pcap", 519},
      {"ndpi/esp.pcapng", 4},
      {"ndpi/ah.pcapng", 4},
      {"tcpdump/ikev2four.pcap", 21},
  }));
  const fs::path capture = shared_captures() / file;
  if (!fs::exists(capture)) {
    WARN("SKIPPED: " << capture << " is not here");
    return;
  }
  CHECK(show_json(capture)["summary"]["ike"] == messages);
}

TEST_CASE("Damaged captures never harm the reader", "[pcap][decode][shared]") {
  // Octets are changed anywhere, lengths and link layers included; the seed makes a failure repeatable.
  const TempDir dir;
  std::mt19937 random(20240229);
  for (const fs::path& capture : all_captures()) {
    const std::string sound = read_file(capture);
    if (sound.size() > 20'000) continue;  // the small ones have the same code to go through
    for (int round = 0; round < 8; ++round) {
      std::string damaged = sound;
      for (int change = 0; change < 1 << round / 2; ++change)
        damaged[random() % damaged.size()] = static_cast<char>(random());
      if (round % 3 == 0) damaged.resize(random() % damaged.size());
      const fs::path file = write_file(dir / "damaged", damaged);
      INFO(capture << ", round " << round);
      DecodeOptions options = of(file);
      options.tree = true;
      options.key_files.clear();
      const Shown shown = show(options);
      CHECK((shown.exit_code == 0 || shown.exit_code == 2));
      CHECK((shown.exit_code == 0) == shown.err.empty());
      options.json = true;
      const std::string document = show(options).out;
      if (!document.empty()) CHECK_NOTHROW(json::parse(document));
    }
  }
}

TEST_CASE("A line says who, when, what, and why it is closed", "[pcap][decode]") {
  const TempDir dir;
  const Bytes request =
      hex("0102030405060708 1112131415161718 2e202308 00000001 00000040 00000024" + std::string(64, 'a'));
  trace::Packet packet{0,
                       Instant(std::chrono::seconds(1700000000)),
                       trace::Party::Harness,
                       {endpoint("10.0.0.1:500"), endpoint("10.0.0.2:500"), request},
                       {}};
  trace::Packet again = packet;
  again.at += std::chrono::milliseconds(1500);
  std::vector<trace::Packet> run{packet, again};
  pcap::write_reconstructed(dir / "a.pcapng", run);
  pcap::annotate(dir / "a.pcapng", {{2, "fail \x1b[31mred"}});
  const Shown shown = show(of(dir / "a.pcapng"));
  CHECK(shown.exit_code == 0);
  CHECK(shown.out ==
        "    1     0.000000  10.0.0.1:500 > 10.0.0.2:500  IKE_AUTH HDR(0102030405060708, 1112131415161718, ID=1, I), "
        "SK {32 octets} (not decrypted: no keys)\n"
        "    2     1.500000  10.0.0.1:500 > 10.0.0.2:500  IKE_AUTH HDR(0102030405060708, 1112131415161718, ID=1, I), "
        "SK {32 octets} (retransmission of frame 1) (not decrypted: no keys)\n"
        "         # ikevet: fail \\x1b[31mred\n"
        "\n"
        "2 frames: 2 with IKE (0 decrypted, 2 not)\n");
}

TEST_CASE("Files that cannot be used give exit code 2 and say why", "[pcap][decode]") {
  const TempDir dir;
  const Shown missing = show(of(dir / "missing.pcap"));
  CHECK(missing.exit_code == 2);
  CHECK(missing.out.empty());
  CHECK_THAT(missing.err, Contains("missing.pcap: cannot be opened: No such file"));

  std::vector<trace::Packet> run{{1, {}, {}, datagram("10.0.0.1:500", "10.0.0.2:500", "x"), {}}};
  pcap::write_reconstructed(dir / "a.pcapng", run);
  DecodeOptions options = of(dir / "a.pcapng");
  options.key_files = {write_file(dir / "keys", "a,b\nc,d\n").string(), (dir / "none").string()};
  const Shown bad_keys = show(options);
  CHECK(bad_keys.exit_code == 2);
  CHECK(bad_keys.out.empty());
  CHECK_THAT(bad_keys.err, Contains("keys:1: ") && Contains("keys:2: ") && Contains("none: cannot be opened"));

  // Keys that merely lie there are no reason to show nothing.
  write_file(dir / "ikev2_decryption_table", "a,b\n");
  const Shown warned = show(of(dir / "a.pcapng"));
  CHECK(warned.exit_code == 0);
  CHECK_THAT(warned.err, Contains("warning: ") && Contains("ikev2_decryption_table:1: "));
  options = of(dir / "a.pcapng");
  options.search_keys = false;
  CHECK(show(options).err.empty());

  const std::string whole = read_file(dir / "a.pcapng");
  write_file(dir / "a.pcapng", whole + whole.substr(0, 40));
  const Shown cut = show(options);
  CHECK(cut.exit_code == 2);
  CHECK_THAT(cut.out, Contains("other UDP: 1 octets, too short for an IKE header"));
  CHECK_THAT(cut.err, Contains("frame 1: the capture cannot be read beyond this frame"));
}

TEST_CASE("Hostile text is made harmless", "[pcap][decode]") {
  CHECK(printable("plain, äöü, 漢字") == "plain, äöü, 漢字");
  CHECK(printable("\x1b[2J\r\n\t\x7f") == "\\x1b[2J\\x0d\\x0a\\x09\\x7f");
  CHECK(printable("\xff\xc0\x80\xed\xa0\x80\xf5") == "\\xff\\xc0\\x80\\xed\\xa0\\x80\\xf5");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\u{9b}31m");  // the one-character form of ESC [
  CHECK(printable("a\xe2\x80\xae"
                  "b") == "a\\u{202e}b");        // right-to-left override
  CHECK(printable("\xe2\x82") == "\\xe2\\x82");  // cut off
}
