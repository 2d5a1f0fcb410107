#include "engine/keys/key_export.hpp"

#include <catch2/catch.hpp>

#include "engine/crypto/algorithms.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::keys;
using ikevet::test::hex;

namespace {

// A line of ../shared/captures/wireshark/ikev2_decryption_table (Wireshark 4.0.17, test/captures), made by others.
constexpr const char* kForeignIke =
    "191ccd371a7a1f7b,bc123d15e4af593f,9096ddd2933620e8f48122c53a3f562cb0222c1cf97ce41fcc874ea2582a89ac,"
    "6718c6b2bbef2f234eac4c13832f885d87b574afd2af0111161e99b5dc61b4d4,\"AES-CBC-256 [RFC3602]\","
    "12d532c3e83c757906af548dfe1ccf223ca5507af77898454e2d55c8ace57a17,"
    "30c4ead18c93024b58a86c1e3db60f550221801026853170b4cb0248d3a95329,\"HMAC_SHA2_256_128 [RFC4868]\"";
// From Wireshark's sample capture ncp-natt.
constexpr const char* kForeignEsp = R"("IPv4","*","*","0xc1a9656b","AES-GCM with 16 octet ICV [RFC4106]",)"
                                    R"("0x167fc4915921b24f27f71e7498b1978c238398d6","NULL","")";

const crypto::ChildSuite kChild{wire::ProtocolId::ESP,
                                wire::EncrId::ENCR_AES_CBC,
                                128,
                                wire::IntegId::AUTH_HMAC_SHA2_256_128,
                                wire::DhGroup::NONE,
                                false};

ChildKeys some_child_keys() {
  return {SecretBytes(Bytes(16, 0x11)), SecretBytes(Bytes(32, 0x22)), SecretBytes(Bytes(16, 0x33)),
          SecretBytes(Bytes(32, 0x44))};
}

/// The only fault of a one-line table.
template <class Parse>
KeyTableFault fault_of(Parse parse, const std::string& line) {
  const auto table = parse(line);
  CHECK(table.entries.empty());
  REQUIRE(table.faults.size() == 1);
  CHECK_FALSE(table.faults.front().remedy.empty());
  return table.faults.front();
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

}  // namespace

TEST_CASE("ikev2_decryption_table: a foreign line is read and written back unchanged", "[keys]") {
  const auto table = parse_ikev2_decryption_table(kForeignIke);
  REQUIRE(table.faults.empty());
  REQUIRE(table.entries.size() == 1);
  const IkeKeyEntry& entry = table.entries.front();
  CHECK(entry.spis == IkeSpis{{0x191ccd371a7a1f7bU}, {0xbc123d15e4af593fU}});
  CHECK(entry.encr == wire::EncrId::ENCR_AES_CBC);
  CHECK(entry.key_bits == 256);
  CHECK(entry.integ == wire::IntegId::AUTH_HMAC_SHA2_256_128);
  CHECK(entry.ai.reveal_hex().starts_with("12d532c3"));
  CHECK(ikev2_decryption_table_line(entry) == kForeignIke);
}

TEST_CASE("esp_sa: a foreign line is read and written back unchanged", "[keys]") {
  const auto table = parse_esp_sa(kForeignEsp);
  REQUIRE(table.faults.empty());
  REQUIRE(table.entries.size() == 1);
  const EspKeyEntry& entry = table.entries.front();
  CHECK_FALSE(entry.source);
  CHECK(entry.spi == ChildSpi{0xc1a9656bU});
  CHECK(entry.encr == wire::EncrId::ENCR_AES_GCM_16);
  CHECK(entry.key_bits == 128);
  CHECK(entry.encr_key.size() == 20);
  CHECK(esp_sa_line(entry) == kForeignEsp);
}

TEST_CASE("every algorithm that Wireshark has a name for survives writing and reading", "[keys]") {
  for (const crypto::EncrInfo& row : crypto::encr_table()) {
    const bool aead = row.is_aead();
    INFO(row.name);
    const SecretBytes key(Bytes(row.key_size(), 0x5a));
    const auto integ = aead ? wire::IntegId::NONE : wire::IntegId::AUTH_HMAC_SHA2_512_256;
    const SecretBytes integ_key(Bytes(aead ? 0 : 64, 0xa5));
    const IkeKeyEntry ike{{{1}, {2}}, row.id, row.key_bits, integ, key, key, integ_key, integ_key};
    const auto ike_table = parse_ikev2_decryption_table(ikev2_decryption_table({&ike, 1}));
    CHECK(ike_table.faults.empty());
    if (row.wireshark_ike.empty()) {
      CHECK(ike_table.entries.empty());
      CHECK(ikev2_decryption_table_line(ike).starts_with("# "));
    } else {
      CHECK(ike_table.entries == std::vector{ike});
    }

    const EspKeyEntry esp{IpAddress::parse("2001:db8::1"),
                          IpAddress::parse("2001:db8::2"),
                          true,
                          {0x00000101},
                          row.id,
                          row.key_bits,
                          integ,
                          0,
                          key,
                          integ_key};
    const auto esp_table = parse_esp_sa(esp_sa({&esp, 1}));
    CHECK(esp_table.faults.empty());
    if (row.wireshark_esp.empty()) {
      CHECK(esp_sa_line(esp).starts_with("# "));
    } else {
      CHECK(esp_table.entries == std::vector{esp});
    }
  }
}

TEST_CASE("esp_sa: each SPI goes with the traffic its chooser receives", "[keys][rfc7296-2.17]") {
  const auto entries = esp_key_entries(kChild, some_child_keys(), {0xaaaaaaaa}, {0xbbbbbbbb},
                                       *IpAddress::parse("192.0.2.1"), *IpAddress::parse("192.0.2.2"));
  REQUIRE(entries.size() == 2);
  CHECK(esp_sa_line(entries[0]) ==
        R"("IPv4","192.0.2.1","192.0.2.2","0xbbbbbbbb","AES-CBC [RFC3602]","0x11111111111111111111111111111111",)"
        R"("HMAC-SHA-256-128 [RFC4868]","0x2222222222222222222222222222222222222222222222222222222222222222")");
  CHECK(entries[1].spi == ChildSpi{0xaaaaaaaa});
  CHECK(entries[1].source == IpAddress::parse("192.0.2.2"));
  CHECK(entries[1].encr_key == SecretBytes(Bytes(16, 0x33)));
}

TEST_CASE("key tables: comments, blank lines, blanks, quotes and 0x are no obstacle", "[keys]") {
  const std::string text = "# This file is automatically generated, DO NOT MODIFY.\r\n\r\n  \t\n" +
                           replaced(kForeignIke, ",bc123d15e4af593f,9096", " , \"0xbc123d15e4af593f\" , 0x9096") +
                           "\r\n# end";
  const auto table = parse_ikev2_decryption_table(text);
  CHECK(table.faults.empty());
  CHECK(table.entries == parse_ikev2_decryption_table(kForeignIke).entries);
  CHECK(parse_ikev2_decryption_table("").entries.empty());
}

TEST_CASE("esp_sa: Wireshark's older ways of naming AES-GCM and of leaving integrity unchecked", "[keys]") {
  const std::string old = replaced(kForeignEsp, "AES-GCM with 16 octet ICV [RFC4106]", "AES-GCM [RFC4106]");
  CHECK(parse_esp_sa(old).entries.at(0).encr == wire::EncrId::ENCR_AES_GCM_16);
  const std::string eight = replaced(old, "\"NULL\"", "\"ANY 64 bit authentication [no checking]\"");
  CHECK(parse_esp_sa(eight).entries.at(0).encr == wire::EncrId::ENCR_AES_GCM_8);

  const std::string unchecked =
      R"("IPv4","192.0.2.1","192.0.2.2","0x00001000","AES-CBC [RFC3602]","0x11111111111111111111111111111111",)"
      R"("ANY 128 bit authentication [no checking]","")";
  const auto table = parse_esp_sa(unchecked);
  REQUIRE(table.entries.size() == 1);
  CHECK(table.entries.front().unchecked_icv == 16);
  CHECK(esp_sa_line(table.entries.front()) == unchecked);
}

TEST_CASE("ikev2_decryption_table: each fault names its line, what is wrong and what to do", "[keys]") {
  const auto fault = [](const std::string& line) { return fault_of(parse_ikev2_decryption_table, line).what; };
  CHECK(fault("1,2,3") == "3 fields, an entry has 8");
  CHECK(fault(replaced(kForeignIke, "191ccd371a7a1f7b", "191ccd371a7a1f7bff")).find("initiator's SPI") !=
        std::string::npos);
  CHECK(fault(replaced(kForeignIke, "bc123d15e4af593f", "xyz")).find("responder's SPI") != std::string::npos);
  CHECK(fault(replaced(kForeignIke, "9096", "90")) == "SK_ei has 31 octets, AES-CBC-256 [RFC3602] takes 32");
  CHECK(fault(replaced(kForeignIke, "9096", "90zz")) == "SK_ei is not hexadecimal");
  CHECK(fault(replaced(kForeignIke, "12d532", "")) == "SK_ai has 29 octets, HMAC_SHA2_256_128 [RFC4868] takes 32");
  CHECK(fault(replaced(kForeignIke, "RFC4868]\"", "RFC4868]")) == "a quotation mark is not closed");
  CHECK(fault(replaced(kForeignIke, "AES-CBC-256", "AES-CBC-512")).find("is unknown") != std::string::npos);
  CHECK(fault_of(parse_ikev2_decryption_table, replaced(kForeignIke, "HMAC_SHA2_256_128", "HMAC"))
            .remedy.find("\"HMAC_SHA2_256_128 [RFC4868]\"") != std::string::npos);

  const auto mixed =
      parse_ikev2_decryption_table("# table\n" + std::string(kForeignIke) + "\n\nnonsense\n" + kForeignIke);
  CHECK(mixed.entries.size() == 2);
  REQUIRE(mixed.faults.size() == 1);
  CHECK(mixed.faults.front().line == 4);
  CHECK(mixed.faults.front().text().starts_with("line 4: 1 fields"));
}

TEST_CASE("esp_sa: faults", "[keys]") {
  const auto fault = [](const std::string& line) { return fault_of(parse_esp_sa, line).what; };
  CHECK(fault(replaced(kForeignEsp, "IPv4", "IPv5")) == "\"IPv5\" is not a protocol");
  CHECK(fault(replaced(kForeignEsp, "\"*\"", "\"10.0.0.x\"")).find("source") != std::string::npos);
  CHECK(fault(replaced(kForeignEsp, "0xc1a9656b", "*")).find("SPI") != std::string::npos);
  CHECK(fault(replaced(kForeignEsp, "0x167fc4", "0x167f")).find("19 octets") != std::string::npos);
  CHECK(fault(replaced(kForeignEsp, "AES-GCM", "AES-XYZ")).find("is unknown") != std::string::npos);
  CHECK(fault(replaced(kForeignEsp, "\"NULL\"", "\"HMAC-SHA-1-96 [RFC2404]\"")).find("takes 20") != std::string::npos);
}
