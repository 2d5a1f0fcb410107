#include "engine/wire/constants.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace ikevet::wire;

namespace {

template <class E>
void check_registry() {
  const auto rows = registry<E>();
  CHECK(std::ranges::is_sorted(rows, {}, &Named<E>::value));
  for (const Named<E>& row : rows) {
    INFO(row.name);
    CHECK_FALSE(row.name.empty());
    CHECK(from_name<E>(row.name) == row.value);
    CHECK(from_name<E>(name(row.value)) == row.value);
  }
}

}  // namespace

TEST_CASE("registries: each name leads back to its value", "[wire][constants]") {
  check_registry<PayloadType>();
  check_registry<ExchangeType>();
  check_registry<NotifyType>();
  check_registry<ProtocolId>();
  check_registry<TransformType>();
  check_registry<EncrId>();
  check_registry<PrfId>();
  check_registry<IntegId>();
  check_registry<DhGroup>();
  check_registry<EsnId>();
  check_registry<AttributeType>();
  check_registry<IdType>();
  check_registry<CertEncoding>();
  check_registry<AuthMethod>();
  check_registry<HashAlgorithm>();
  check_registry<TsType>();
  check_registry<CfgType>();
  check_registry<CfgAttribute>();
  check_registry<IpcompTransform>();
  check_registry<GatewayIdType>();
  check_registry<EapCode>();
  check_registry<EapType>();
}

TEST_CASE("registries: names as IANA spells them", "[wire][constants]") {
  CHECK(name(ExchangeType::CREATE_CHILD_SA) == "CREATE_CHILD_SA");
  CHECK(name(NotifyType::IKEV2_FRAGMENTATION_SUPPORTED) == "IKEV2_FRAGMENTATION_SUPPORTED");
  CHECK(static_cast<int>(NotifyType::IKEV2_FRAGMENTATION_SUPPORTED) == 16430);    // RFC 7383 §6
  CHECK(static_cast<int>(NotifyType::SIGNATURE_HASH_ALGORITHMS) == 16431);        // RFC 7427 §7
  CHECK(static_cast<int>(NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED) == 16438);  // RFC 9242 §5
  CHECK(static_cast<int>(NotifyType::REDIRECT_SUPPORTED) == 16406);               // RFC 5685 §10
  CHECK(static_cast<int>(NotifyType::CHILDLESS_IKEV2_SUPPORTED) == 16418);        // RFC 6023 §6
  CHECK(static_cast<int>(NotifyType::USE_PPK) == 16435);                          // RFC 8784 §7
  CHECK(static_cast<int>(DhGroup::CURVE25519) == 31);                             // RFC 8031 §4
}

TEST_CASE("registries: a value without a name is shown as its number", "[wire][constants]") {
  const auto unknown = static_cast<EncrId>(1024);
  CHECK(name(unknown).empty());
  CHECK(name_or_number(unknown) == "1024");
  CHECK(name_and_number(unknown) == "1024");
  CHECK(name_and_number(EncrId::ENCR_AES_CBC) == "ENCR_AES_CBC (12)");
}

TEST_CASE("registries: names are found whatever their case and separators", "[wire][constants]") {
  CHECK(from_name<EncrId>("encr-aes-cbc") == EncrId::ENCR_AES_CBC);
  CHECK(from_name<PayloadType>("Ni") == PayloadType::Nonce);
  CHECK(from_name<DhGroup>("2048-bit MODP group") == DhGroup::MODP_2048);
  CHECK_FALSE(from_name<EncrId>("ENCR_AES"));
  CHECK_FALSE(from_name<EncrId>(""));
}

TEST_CASE("registries: Transform IDs are named by their type", "[wire][constants]") {
  CHECK(transform_id_name(TransformType::PRF, 5) == "PRF_HMAC_SHA2_256");
  CHECK(transform_id_name(TransformType::ADDKE3, 36) == "ML_KEM_768");
  CHECK(transform_id_name(TransformType::KWA, 1).empty());
  CHECK(transform_id_name(static_cast<TransformType>(99), 1).empty());
  CHECK(transform_id_from_name(TransformType::INTEG, "AUTH_HMAC_SHA2_512_256") == 14);
  CHECK_FALSE(transform_id_from_name(TransformType::PRF, "ENCR_AES_CBC"));
}
