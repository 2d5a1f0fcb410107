#include "engine/crypto/algorithms.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "engine/crypto/dh.hpp"
#include "engine/crypto/encr.hpp"
#include "engine/crypto/integ.hpp"
#include "engine/crypto/prf.hpp"
#include "engine/crypto/suite.hpp"

using namespace ikevet;
using namespace ikevet::crypto;

namespace {

template <class Rows>
void check_names_unique(const Rows& rows) {
  std::set<std::string_view> names;
  for (const auto& row : rows) CHECK(names.insert(row.name).second);
}

}  // namespace

TEST_CASE("algorithm tables: every row can be found by number and by name", "[crypto]") {
  for (const EncrInfo& row : encr_table()) {
    CHECK(find_encr(row.id, row.key_bits) == &row);
    CHECK(find_encr(row.name) == &row);
  }
  for (const PrfInfo& row : prf_table()) CHECK((find_prf(row.id) == &row && find_prf(row.name) == &row));
  for (const IntegInfo& row : integ_table()) CHECK((find_integ(row.id) == &row && find_integ(row.name) == &row));
  for (const GroupInfo& row : group_table()) CHECK((find_group(row.id) == &row && find_group(row.name) == &row));
  check_names_unique(encr_table());
  check_names_unique(prf_table());
  check_names_unique(integ_table());
  check_names_unique(group_table());
}

TEST_CASE("algorithm tables: what is not there is null", "[crypto]") {
  CHECK(find_encr(wire::EncrId::ENCR_AES_CBC, 0) == nullptr);
  CHECK(find_encr(wire::EncrId::ENCR_AES_CBC, 512) == nullptr);
  CHECK(find_encr("rot13") == nullptr);
  CHECK(find_group(wire::DhGroup::NONE) == nullptr);
  CHECK_FALSE(Prf::find(static_cast<wire::PrfId>(1024)));
  CHECK_FALSE(Integ::find(wire::IntegId::AUTH_DES_MAC));
  CHECK_FALSE(Cipher::find(wire::EncrId::ENCR_IDEA, 128));
  CHECK(public_value_size(wire::DhGroup::NONE) == 0);
}

TEST_CASE("algorithm tables: sizes of keys, salts and ICVs", "[crypto][rfc5282-7.1]") {
  CHECK(find_encr("aes128gcm16")->key_size() == 20);
  CHECK(find_encr("aes128ccm12")->key_size() == 19);
  CHECK(find_encr("aes256ctr")->key_size() == 36);
  CHECK(find_encr("chacha20poly1305")->key_size() == 36);
  CHECK(find_encr("aes192")->key_size() == 24);
  CHECK(find_integ("sha384")->icv_size == 24);
  CHECK(is_aead(wire::EncrId::ENCR_AES_CCM_8));
  CHECK_FALSE(is_aead(wire::EncrId::ENCR_AES_CBC));
}

TEST_CASE("suites: text, and why one cannot be used", "[crypto]") {
  IkeSuite ike{wire::EncrId::ENCR_AES_CBC, 256, wire::PrfId::PRF_HMAC_SHA2_256, wire::IntegId::AUTH_HMAC_SHA2_256_128,
               wire::DhGroup::CURVE25519};
  CHECK(text(ike) == "aes256-sha256-prfsha256-x25519");
  CHECK_FALSE(why_unsupported(ike));

  ike.integ = wire::IntegId::NONE;
  CHECK(why_unsupported(ike)->find("RFC 7296") != std::string::npos);  // AES-CBC alone does not protect an IKE SA
  IkeSuite in_clear = ike;
  in_clear.encr = wire::EncrId::ENCR_NULL;
  in_clear.key_bits = 0;
  in_clear.integ = wire::IntegId::AUTH_HMAC_SHA2_256_128;
  CHECK(why_unsupported(in_clear)->find("RFC 7296") != std::string::npos);
  ike.encr = wire::EncrId::ENCR_AES_GCM_16;
  CHECK_FALSE(why_unsupported(ike));
  ike.integ = wire::IntegId::AUTH_HMAC_SHA1_96;  // RFC 5282 §8
  CHECK(why_unsupported(ike)->find("RFC 5282") != std::string::npos);
  ike.integ = wire::IntegId::NONE;
  ike.group = wire::DhGroup::ML_KEM_768;
  CHECK_FALSE(why_unsupported(ike));
  IkeSuite unencrypted = ike;
  unencrypted.encr = wire::EncrId::ENCR_NULL_AUTH_AES_GMAC;
  CHECK(why_unsupported(unencrypted)->find("RFC 4543") != std::string::npos);
  ike.group = wire::DhGroup::GOST3410_2012_256;
  CHECK(why_unsupported(ike)->find("is not implemented") != std::string::npos);
  ike.key_bits = 127;
  CHECK(text(ike) == "encr:20/127-prfsha256-group:33");

  const ChildSuite child{wire::ProtocolId::ESP, wire::EncrId::ENCR_AES_GCM_16, 256,
                         wire::IntegId::NONE,   wire::DhGroup::ECP_256,        true};
  CHECK(text(child) == "aes256gcm16-ecp256-esn");
  CHECK_FALSE(why_unsupported(child));
  const ChildSuite ah{wire::ProtocolId::AH,
                      wire::EncrId::ENCR_NULL,
                      0,
                      wire::IntegId::AUTH_HMAC_SHA2_256_128,
                      wire::DhGroup::NONE,
                      false};
  CHECK(text(ah) == "ah-sha256");
  CHECK_FALSE(why_unsupported(ah));
}
