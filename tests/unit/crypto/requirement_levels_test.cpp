#include "engine/crypto/requirement_levels.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;
using namespace ikevet::crypto;
using wire::ProtocolId;
using wire::TransformType;

namespace {

std::string ike(std::string_view encr) {
  return std::string(text(requirement(ProtocolId::IKE, *find_encr(encr)).level));
}
std::string esp(std::string_view encr) {
  return std::string(text(requirement(ProtocolId::ESP, *find_encr(encr)).level));
}
Requirement of(TransformType type, std::uint16_t id, ProtocolId protocol = ProtocolId::IKE) {
  return requirement(protocol, type, id);
}

}  // namespace

TEST_CASE("levels of ciphers: RFC 8247 §2.1, RFC 8221 §5", "[crypto][rfc8247-2.1][rfc8221-5]") {
  CHECK((ike("aes128") == "MUST" && ike("aes192") == "MAY" && ike("aes256") == "MUST"));
  CHECK((ike("aes256gcm16") == "SHOULD" && esp("aes256gcm16") == "MUST" && esp("aes192gcm16") == "MAY"));
  CHECK((ike("aes128ccm8") == "SHOULD" && ike("aes256ccm8") == "MAY"));
  CHECK((ike("3des") == "MAY" && esp("3des") == "SHOULD NOT"));
  CHECK((ike("null") == "MUST NOT" && esp("null") == "MUST"));
  CHECK(ike("aes128ccm12") == "-");
  CHECK(requirement(ProtocolId::IKE, *find_encr("aes128")).source == "RFC 8247 §2.1");
  CHECK(requirement(ProtocolId::ESP, *find_encr("aes128")).source == "RFC 8221 §5");
  CHECK(requirement(ProtocolId::ESP, *find_encr("aes128ccm12")).source.empty());
}

TEST_CASE("levels of prfs and integrity algorithms: RFC 8247 §2.2, §2.3, RFC 8221 §6", "[crypto][rfc8247-2.2]") {
  CHECK(text(requirement(*find_prf("prfsha256")).level) == "MUST");
  CHECK(text(requirement(*find_prf("prfsha512")).level) == "SHOULD+");
  CHECK(text(requirement(*find_prf("prfsha1")).level) == "MUST-");
  CHECK(requirement(*find_prf("prfmd5")).level == Level::MustNot);
  CHECK(requirement(ProtocolId::IKE, *find_integ("aesxcbc")).level == Level::Should);
  CHECK(requirement(ProtocolId::AH, *find_integ("aesxcbc")).level == Level::May);
  CHECK(requirement(ProtocolId::AH, *find_integ("sha256")).source == "RFC 8221 §6");
}

TEST_CASE("levels of groups hold for additional key exchanges as well: RFC 8247 §2.4, RFC 9370 §2.2.1",
          "[crypto][rfc8247-2.4][rfc9370-2.2.1]") {
  CHECK(requirement(ProtocolId::IKE, *find_group("modp2048")).level == Level::Must);
  CHECK(requirement(ProtocolId::IKE, *find_group("ecp256")).level == Level::Should);
  CHECK(requirement(ProtocolId::IKE, *find_group("x25519")).level == Level::Unlisted);
  for (const TransformType type : {TransformType::KE, TransformType::ADDKE1, TransformType::ADDKE7}) {
    CHECK(of(type, 22).level == Level::MustNot);
    CHECK(of(type, 24).level == Level::ShouldNot);
  }
  CHECK(of(TransformType::ESN, 22).level == Level::Unlisted);
}

TEST_CASE("deprecated algorithms: RFC 9395", "[crypto][rfc9395]") {
  for (const auto id : {1, 2, 4, 5, 6, 7, 8, 9})
    CHECK(of(TransformType::ENCR, static_cast<std::uint16_t>(id)).deprecated);
  for (const auto id : {1, 3}) CHECK(of(TransformType::PRF, static_cast<std::uint16_t>(id)).deprecated);
  for (const auto id : {1, 3, 4, 6, 7}) CHECK(of(TransformType::INTEG, static_cast<std::uint16_t>(id)).deprecated);
  for (const auto id : {1, 22}) CHECK(of(TransformType::KE, static_cast<std::uint16_t>(id)).deprecated);
  CHECK_FALSE(of(TransformType::ENCR, 3).deprecated);  // 3DES is discouraged, not deprecated
  CHECK_FALSE(of(TransformType::KE, 2).deprecated);
}
