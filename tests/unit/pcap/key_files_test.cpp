#include "pcap/key_files.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/unit/pcap/capture_support.hpp"
#include "engine/crypto/algorithms.hpp"
#include "pcap/json_lines.hpp"

using namespace ikevet;
using namespace ikevet::pcap;
using namespace ikevet::test;
using Catch::Contains;

namespace {

SecretBytes secret(std::size_t size, std::uint8_t fill) {
  SecretBytes out(size);
  std::ranges::fill(out.mutable_view(), fill);
  return out;
}

keys::KeySet some_keys() {
  keys::IkeSaKeySet ike{
      {{0x0102030405060708}, {0x1112131415161718}},
      {wire::EncrId::ENCR_AES_CBC, 256, wire::PrfId::PRF_HMAC_SHA2_256, wire::IntegId::AUTH_HMAC_SHA2_256_128,
       wire::DhGroup::CURVE25519},
      {secret(32, 1), secret(32, 2), secret(32, 3), secret(32, 4), secret(32, 5), secret(32, 6), secret(32, 7)}};
  keys::ChildSaKeySet child{
      ike.spis,
      {wire::ProtocolId::ESP, wire::EncrId::ENCR_AES_GCM_16, 128, wire::IntegId::NONE, wire::DhGroup::NONE, true},
      endpoint("10.0.0.1:4500"),
      endpoint("[fd00::2]:4500"),
      {0xc0ffee01},
      {0xc0ffee02},
      {secret(20, 8), {}, secret(20, 9), {}}};
  child.responder = endpoint("10.0.0.2:4500");
  return {{ike}, {child}};
}

std::vector<std::string> faults(const fs::path& file) {
  keys::KeyRing ring;
  std::vector<std::string> out;
  try {
    add_key_file(ring, file);
  } catch (const KeyFileError& error) {
    for (const KeyFileFault& fault : error.faults()) {
      CHECK(fault.file == file);
      CHECK_FALSE(fault.remedy.empty());
      out.push_back(std::to_string(fault.line) + ": " + fault.what);
    }
  }
  return out;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

}  // namespace

TEST_CASE("keys.json gives back what was written", "[pcap]") {
  CHECK(parse_keys_json(keys_json(some_keys()), "keys.json") == some_keys());
  CHECK(parse_keys_json(keys_json({}), "keys.json").empty());

  keys::KeySet unnamed = some_keys();  // numbers without a name travel as numbers
  unnamed.ike[0].suite.encr = static_cast<wire::EncrId>(1024);
  CHECK(parse_keys_json(keys_json(unnamed), "keys.json") == unnamed);
}

TEST_CASE("Key files are for the owner alone, and each kind opens the same SAs", "[pcap]") {
  const TempDir dir;
  write_file(dir / "keys.json", "stale");
  fs::permissions(dir / "keys.json", fs::perms::all);
  write_key_files(dir.path(), some_keys());
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(dir.path())) {
    INFO(entry.path());
    CHECK(entry.status().permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    ++files;
  }
  CHECK(files == 3);

  for (const char* file : {kKeysJson, kIkeTable}) {
    keys::KeyRing ring;
    add_key_file(ring, dir / file);
    CHECK(ring.has(some_keys().ike[0].spis));
  }
  for (const char* file : {kKeysJson, kEspTable}) {
    keys::KeyRing ring;
    add_key_file(ring, dir / file);
    const auto* to_responder = ring.find_child({0xc0ffee02}, IpAddress::parse("10.0.0.2").value());
    REQUIRE(to_responder != nullptr);
    CHECK(to_responder->encr_key == some_keys().children[0].keys.encr_i);
  }
  CHECK_THROWS_WITH(write_key_files(dir / "missing", {}), Contains("cannot be written: No such file"));
}

TEST_CASE("Every fault of keys.json is named, with its line", "[pcap]") {
  const TempDir dir;
  std::string text = keys_json(some_keys());
  const auto line_of = [&](const std::string& word) {
    return std::to_string(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find(word)), '\n') +
                          1);
  };
  text = replaced(text, "\"ENCR_AES_CBC\"", "\"ENCR_ROT13\"");
  text = replaced(text, "\"sk_er\": \"05", "\"sk_er\": \"zz");
  text = replaced(text, "\"spi_to_initiator\": \"c0ffee01\"", "\"spi_to_initiator\": \"c0ffee\"");
  text = replaced(text, "\"10.0.0.2:4500\"", "\"nowhere\"");
  text = replaced(text, "\"esn\": true", "\"esn\": 1");
  CHECK(faults(write_file(dir / "keys.json", text)) ==
        std::vector<std::string>{
            line_of("ENCR_ROT13") + ": /ike_sas/0/encr is not the name or number of an algorithm",
            line_of("\"sk_er\"") + ": /ike_sas/0/sk_er must be octets in hexadecimal",
            line_of("\"esn\"") + ": /child_sas/0/esn must be true or false",
            line_of("nowhere") + ": /child_sas/0/responder must be an endpoint such as 192.0.2.1:500",
            line_of("\"spi_to_initiator\"") + ": /child_sas/0/spi_to_initiator must be 8 hexadecimal digits",
        });
}

TEST_CASE("keys.json that is something else is refused", "[pcap]") {
  const TempDir dir;
  const auto only = [&](std::string_view text) {
    const auto found = faults(write_file(dir / "k", text));
    return found.size() == 1 ? found[0] : std::to_string(found.size()) + " faults";
  };
  CHECK(only("{\n\n\"format\": oops}") == "3: is not JSON from here on");
  CHECK(only("[]") == "1: the document must be an object");
  CHECK(only(R"({"format":"other","version":1,"ike_sas":[],"child_sas":[]})") == "1: /format must be \"ikevet-keys\"");
  CHECK(only("{\"format\":\"ikevet-keys\",\n\"version\":2,\"ike_sas\":[],\"child_sas\":[]}") ==
        "2: is of a version that is not known here");
  CHECK(only(R"({"format":"ikevet-keys","version":1,"child_sas":[]})") == "1: /ike_sas must be an array");
  CHECK(only(R"({"format":"ikevet-keys","version":1,"ike_sas":[7],"child_sas":[]})") ==
        "1: /ike_sas/0 must be an object");
  CHECK_THAT(only(replaced(keys_json(some_keys()), "\"sk_ei\": \"04", "\"sk_ei\": \"")),
             Contains("/ike_sas/0/sk_ei has 31 octets, aes256 takes 32"));
}

TEST_CASE("Faults of Wireshark's tables name their lines; the good lines are used", "[pcap]") {
  const TempDir dir;
  write_key_files(dir.path(), some_keys());
  const std::string good = read_file(dir / kIkeTable);
  const fs::path table = write_file(dir / "table", "# comment\n\nnonsense\n" + good + "0102,0304\n");
  keys::KeyRing ring;
  try {
    add_key_file(ring, table);
    FAIL("no fault was found");
  } catch (const KeyFileError& error) {
    REQUIRE(error.faults().size() == 2);
    CHECK(error.faults()[0].line == 3);
    CHECK(error.faults()[1].line == 5);
  }
  CHECK(ring.has(some_keys().ike[0].spis));

  CHECK(faults(dir / "missing") == std::vector<std::string>{"0: cannot be opened: No such file or directory"});
  CHECK(faults(dir.path()) == std::vector<std::string>{"0: is a directory"});
  CHECK(faults(write_file(dir / "binary", std::string_view("\0\1\2\n\n\n", 6))) ==
        std::vector<std::string>{"0: is not a text file"});
}

TEST_CASE("Keys are looked for beside the capture", "[pcap]") {
  const TempDir dir;
  write_file(dir / "keys.json", "");
  write_file(dir / "esp_sa", "");
  write_file(dir / "a.ikev2_decryption_table", "");
  write_file(dir / "b.ikev2_decryption_table", "");
  CHECK(key_files_beside(dir / "a.pcapng") ==
        std::vector<fs::path>{dir / "keys.json", dir / "a.ikev2_decryption_table", dir / "esp_sa"});
}

TEST_CASE("JSON lines are known by pointer", "[pcap]") {
  const JsonLines lines("{\n \"a\": [\n  1,\n  {\"b\":\n 2}\n ]\n}");
  CHECK(lines.of("") == 1);
  CHECK(lines.of("/a") == 2);
  CHECK(lines.of("/a/1") == 4);
  CHECK(lines.of("/a/1/b") == 4);
  CHECK(lines.of("/a/1/missing") == 4);
}
