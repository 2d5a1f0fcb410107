#include "engine/wire/checks.hpp"

#include <set>

#include "tests/support/paths.hpp"
#include "tests/unit/wire/captures.hpp"
#include "tests/unit/wire/octets.hpp"
#include "tests/unit/wire/sample_messages.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

namespace {

using Ids = std::multiset<std::string>;

Ids ids(const Findings& findings) {
  Ids out;
  for (const Finding& finding : findings) out.insert(finding.requirement);
  return out;
}

Ids found(const Message& message) {
  Findings findings;
  check(message, findings);
  return ids(findings);
}

Ids found(const Payload& payload, CheckContext context = {ExchangeType::IKE_AUTH, false}) {
  Findings findings;
  check(payload, context, findings);
  return ids(findings);
}

Ids found_in_proposal(const Proposal& proposal, ExchangeType exchange = ExchangeType::IKE_SA_INIT) {
  return found({SecurityAssociation{{proposal}}}, {exchange, false});
}

}  // namespace

TEST_CASE("checks: honest messages give no finding", "[wire][checks]") {
  CHECK(found(sa_init_request()).empty());
  CHECK(found(auth_request()).empty());
  Findings findings;
  check(auth_request_payloads(), {ExchangeType::IKE_AUTH, false}, findings);
  CHECK(findings.empty());
}

TEST_CASE("checks: each requirement is listed once", "[wire][checks]") {
  std::set<std::string_view> seen;
  for (const CheckedRequirement& requirement : kCheckedRequirements) {
    CHECK(seen.insert(requirement.id).second);
    CHECK(requirement.id.find("-" + std::string(requirement.section) + "-") != std::string_view::npos);
  }
}

TEST_CASE("checks: the IKE header", "[wire][checks][rfc7296-3.1]") {
  Message message = sa_init_request();
  message.header.spis = {{0}, {5}};
  message.header.version = 0x31;
  message.header.flags = 0xd0;  // three reserved bits, V
  message.header.flags |= kFlagResponse | kFlagInitiator;
  message.header.message_id.value = 9;
  CHECK(found(message) == Ids{"rfc7296-3.1-initiator-spi-nonzero", "rfc7296-3.1-major-version",
                              "rfc7296-3.1-minor-version", "rfc7296-3.1-reserved-flags-zero",
                              "rfc7296-3.1-version-flag-zero", "rfc7296-2.2-init-message-id-zero",
                              "rfc7296-3.1-init-initiator-flag"});
  message = sa_init_request();
  message.header.spis.r.value = 1;
  CHECK(found(message) == Ids{"rfc7296-3.1-responder-spi-zero-in-first-message"});
  message = auth_request();
  message.header.spis.r.value = 0;
  CHECK(found(message) == Ids{"rfc7296-3.1-responder-spi-nonzero"});
}

TEST_CASE("checks: N(INVALID_SPI) outside an IKE SA may have zero SPIs", "[wire][checks][rfc7296-1.5]") {
  Message message;
  message.header.exchange = ExchangeType::INFORMATIONAL;
  message.header.flags = kFlagInitiator;
  message.payloads = {{Notify::of(NotifyType::INVALID_SPI, hex("00000001"))}};
  CHECK(found(message).empty());
}

TEST_CASE("checks: the generic header", "[wire][checks][rfc7296-3.2]") {
  const Payload payload{Nonce{Bytes(32)}, true, 1};
  CHECK(found(payload) == Ids{"rfc7296-2.5-reserved-payload-bits-zero", "rfc7296-3.2-critical-bit-zero"});
  CHECK(found(payload, {ExchangeType::IKE_AUTH, true}).contains("rfc7296-2.5-critical-bit-in-response"));
  const Payload unknown{Unknown{static_cast<PayloadType>(200), {}}, true, 0};
  CHECK(found(unknown).empty());
}

TEST_CASE("checks: nonces of 16 to 256 octets", "[wire][checks][rfc7296-3.9]") {
  for (const std::size_t size : {16U, 32U, 256U}) CHECK(found({Nonce{Bytes(size)}}).empty());
  for (const std::size_t size : {0U, 15U, 257U}) CHECK(found({Nonce{Bytes(size)}}) == Ids{"rfc7296-3.9-nonce-length"});
}

TEST_CASE("checks: RESERVED fields", "[wire][checks][rfc7296-2.5]") {
  const Ids reserved{"rfc7296-2.5-reserved-fields-zero"};
  CHECK(found({KeyExchange{DhGroup::CURVE25519, 1, Bytes(32)}}) == reserved);
  CHECK(found({Authentication{AuthMethod::SHARED_KEY_MIC, {0, 0, 1}, Bytes(32)}}) == reserved);
  CHECK(found({IDi{{.id_type = IdType::ID_FQDN, .reserved = {1, 0, 0}, .data = hex("61")}}}) == reserved);
  CHECK(found({Configuration{CfgType::CFG_REQUEST, {0, 1, 0}, {}}}) == reserved);
  Proposal proposal = ike_proposal();
  proposal.reserved = 1;
  proposal.transforms[1].reserved1 = 1;
  proposal.transforms[2].reserved2 = 1;
  CHECK(found_in_proposal(proposal).count("rfc7296-2.5-reserved-fields-zero") == 3);
}

TEST_CASE("checks: proposal numbers", "[wire][checks][rfc7296-3.3.1]") {
  Proposal first = ike_proposal();
  Proposal second = ike_proposal();
  second.number = 2;
  const CheckContext request{ExchangeType::IKE_SA_INIT, false};
  const CheckContext response{ExchangeType::IKE_SA_INIT, true};
  CHECK(found({SecurityAssociation{{first, second}}}, request).empty());
  CHECK(found({SecurityAssociation{{second}}}, request) == Ids{"rfc7296-3.3.1-proposal-number-first"});
  CHECK(found({SecurityAssociation{{second}}}, response).empty());
  second.number = 3;
  CHECK(found({SecurityAssociation{{first, second}}}, request) == Ids{"rfc7296-3.3.1-proposal-number-increasing"});
  CHECK(found({SecurityAssociation{}}, request) == Ids{"rfc7296-3.3-proposals-present"});
}

TEST_CASE("checks: counts and Last Substruc", "[wire][checks][rfc7296-3.3.1]") {
  Proposal proposal = ike_proposal();
  proposal.transform_count = 9;
  proposal.last_substruc = 2;
  proposal.transforms[3].last_substruc = 3;
  CHECK(found_in_proposal(proposal) ==
        Ids{"rfc7296-3.3.1-num-transforms", "rfc7296-3.3.1-last-substruc", "rfc7296-3.3.2-last-substruc"});
}

TEST_CASE("checks: SPI sizes of proposals", "[wire][checks][rfc7296-3.3.1]") {
  const Ids wrong{"rfc7296-3.3.1-spi-size"};
  Proposal ike = ike_proposal();
  CHECK(found_in_proposal(ike, ExchangeType::CREATE_CHILD_SA) == wrong);
  ike.spi = Bytes(8, 1);
  CHECK(found_in_proposal(ike, ExchangeType::CREATE_CHILD_SA).empty());
  CHECK(found_in_proposal(ike, ExchangeType::IKE_SA_INIT) == wrong);
  Proposal esp = esp_proposal();
  CHECK(found_in_proposal(esp, ExchangeType::IKE_AUTH).empty());
  esp.spi.clear();
  CHECK(found_in_proposal(esp, ExchangeType::IKE_AUTH) == wrong);
}

TEST_CASE("checks: transform types by protocol", "[wire][checks][rfc7296-3.3.3]") {
  const std::string mandatory = "rfc7296-3.3.3-mandatory-transforms";
  Proposal ike = ike_proposal();
  ike.transforms.clear();
  CHECK(found_in_proposal(ike).count(mandatory) == 4);
  Proposal aead{.protocol = ProtocolId::IKE,
                .transforms = {Transform::of(EncrId::ENCR_AES_GCM_16, 256), Transform::of(PrfId::PRF_HMAC_SHA2_256),
                               Transform::of(DhGroup::ECP_256)}};
  CHECK(found_in_proposal(aead).empty());
  Proposal esp = esp_proposal();
  esp.transforms.push_back(Transform::of(PrfId::PRF_HMAC_SHA2_256));
  CHECK(found_in_proposal(esp, ExchangeType::IKE_AUTH) == Ids{"rfc7296-3.3.3-transform-type-for-protocol"});
  Proposal ah{.protocol = ProtocolId::AH, .spi = Bytes(4), .transforms = {Transform::of(EsnId::NoESN)}};
  CHECK(found_in_proposal(ah, ExchangeType::IKE_AUTH) == Ids{mandatory});
}

TEST_CASE("checks: combined-mode ciphers stand apart", "[wire][checks][rfc7296-3.3]") {
  Proposal proposal = ike_proposal();
  proposal.transforms.push_back(Transform::of(EncrId::ENCR_AES_GCM_16, 256));
  CHECK(found_in_proposal(proposal) == Ids{"rfc7296-3.3-aead-apart"});
  proposal.transforms.erase(proposal.transforms.begin());
  CHECK(found_in_proposal(proposal) == Ids{"rfc7296-3.3-aead-apart"});
  proposal.transforms[0] = Transform::of(IntegId::NONE);
  CHECK(found_in_proposal(proposal).empty());
}

TEST_CASE("checks: Key Length", "[wire][checks][rfc7296-3.3.5]") {
  const auto with_cipher = [](const Transform& cipher) {
    Proposal proposal = ike_proposal();
    proposal.transforms[0] = cipher;
    return found_in_proposal(proposal);
  };
  CHECK(with_cipher(Transform::of(EncrId::ENCR_3DES)).empty());
  CHECK(with_cipher(Transform::of(EncrId::ENCR_3DES, 192)) == Ids{"rfc7296-3.3.5-key-length-absent"});
  CHECK(with_cipher(Transform::of(EncrId::ENCR_AES_CBC)) == Ids{"rfc7296-3.3.5-key-length-present"});
  CHECK(with_cipher(Transform::of(EncrId::ENCR_AES_CBC, 129)) == Ids{"rfc7296-3.3.5-key-length-value"});
  CHECK(with_cipher(Transform::of(EncrId::ENCR_BLOWFISH)).empty());
  CHECK(with_cipher(Transform::of(EncrId::ENCR_BLOWFISH, 448)).empty());
  CHECK(with_cipher(Transform::of(static_cast<EncrId>(1024), 77)).empty());
  Transform long_form = Transform::of(EncrId::ENCR_AES_CBC);
  long_form.attributes.push_back({AttributeType::KeyLength, false, 0, hex("0100")});
  CHECK(with_cipher(long_form) == Ids{"rfc7296-3.3.5-key-length-format"});
  Transform twice = Transform::of(EncrId::ENCR_AES_CBC, 256);
  twice.attributes.push_back(twice.attributes[0]);
  CHECK(with_cipher(twice) == Ids{"rfc7296-3.3-attribute-once"});
  Proposal prf = ike_proposal();
  prf.transforms[2].attributes.push_back({AttributeType::KeyLength, true, 256, {}});
  CHECK(found_in_proposal(prf) == Ids{"rfc7296-3.3.5-key-length-absent"});
}

TEST_CASE("checks: Key Exchange Data has the group's length", "[wire][checks][rfc7296-3.4]") {
  CHECK(ke_data_size(DhGroup::MODP_2048, false) == 256);
  CHECK(ke_data_size(DhGroup::ECP_521, true) == 132);
  CHECK(ke_data_size(DhGroup::ML_KEM_768, false) == 1184);
  CHECK(ke_data_size(DhGroup::ML_KEM_768, true) == 1088);
  CHECK_FALSE(ke_data_size(static_cast<DhGroup>(1000), false));
  CHECK(found({KeyExchange{DhGroup::CURVE25519, 0, Bytes(31)}}) == Ids{"rfc7296-3.4-ke-data-length"});
  CHECK(found({KeyExchange{static_cast<DhGroup>(1000), 0, Bytes(31)}}).empty());
}

TEST_CASE("checks: identities", "[wire][checks][rfc7296-3.5]") {
  const auto id = [](IdType type, std::string_view data) { return found({IDr{{.id_type = type, .data = hex(data)}}}); };
  CHECK(id(IdType::ID_IPV4_ADDR, "0a000001").empty());
  CHECK(id(IdType::ID_IPV4_ADDR, "0a0000") == Ids{"rfc7296-3.5-id-data-length"});
  CHECK(id(IdType::ID_IPV6_ADDR, "0a000001") == Ids{"rfc7296-3.5-id-data-length"});
  CHECK(id(IdType::ID_FQDN, "612e7465737400") == Ids{"rfc7296-3.5-id-string-terminator"});
  CHECK(id(IdType::ID_KEY_ID, "00").empty());
  CHECK(id(IdType::ID_NULL, "00") == Ids{"rfc7619-2.2-id-null-empty"});
}

TEST_CASE("checks: CERT, CERTREQ, AUTH", "[wire][checks]") {
  CHECK(found({Certificate{CertEncoding::X509_SIGNATURE, {}}}) == Ids{"rfc7296-3.6-certificate-present"});
  CHECK(found({CertificateRequest{CertEncoding::X509_SIGNATURE, Bytes(40)}}).empty());
  CHECK(found({CertificateRequest{CertEncoding::X509_SIGNATURE, Bytes(41)}}) == Ids{"rfc7296-3.7-certreq-hash-length"});
  CHECK(found({CertificateRequest{CertEncoding::CRL, Bytes(41)}}).empty());
  CHECK(found({Authentication{AuthMethod::SHARED_KEY_MIC, {}, {}}}) == Ids{"rfc7296-3.8-auth-data-present"});
}

TEST_CASE("checks: Notify", "[wire][checks][rfc7296-3.10]") {
  const Bytes spi = hex("00000001");
  CHECK(found({Notify{ProtocolId::ESP, spi, NotifyType::REKEY_SA, {}}}).empty());
  CHECK(found({Notify{ProtocolId::IKE, spi, NotifyType::REKEY_SA, {}}}) == Ids{"rfc7296-3.10-notify-protocol"});
  CHECK(found({Notify{ProtocolId::ESP, {}, NotifyType::REKEY_SA, {}}}) == Ids{"rfc7296-3.10-notify-spi-size"});
  CHECK(found({Notify{ProtocolId::IKE, {}, NotifyType::INITIAL_CONTACT, {}}}) == Ids{"rfc7296-3.10-notify-protocol"});
  CHECK(found({Notify{ProtocolId::ESP, spi, NotifyType::CHILD_SA_NOT_FOUND, {}}}).empty());
  CHECK(found({Notify{ProtocolId::None, {}, NotifyType::CHILD_SA_NOT_FOUND, {}}}) ==
        Ids{"rfc7296-2.25-child-sa-not-found-spi"});
  CHECK(found({Notify{ProtocolId::ESP, {}, NotifyType::CHILD_SA_NOT_FOUND, {}}}) ==
        Ids{"rfc7296-2.25-child-sa-not-found-spi", "rfc7296-3.10-notify-protocol"});
  CHECK(found({Notify{ProtocolId::IKE, Bytes(8), NotifyType::COOKIE, Bytes(8)}}) ==
        Ids{"rfc7296-3.10-notify-spi-size"});
  const auto data = [](NotifyType type, std::size_t size) { return found({Notify::of(type, Bytes(size))}); };
  CHECK(data(NotifyType::COOKIE, 64).empty());
  CHECK(data(NotifyType::COOKIE, 65) == Ids{"rfc7296-2.6-cookie-length"});
  CHECK(data(NotifyType::COOKIE, 0) == Ids{"rfc7296-2.6-cookie-length"});
  CHECK(data(NotifyType::INVALID_KE_PAYLOAD, 4) == Ids{"rfc7296-3.10.1-notify-data"});
  CHECK(data(NotifyType::COOKIE2, 7) == Ids{"rfc4555-4.2-notify-data"});
  CHECK(data(NotifyType::SIGNATURE_HASH_ALGORITHMS, 3) == Ids{"rfc7427-4-hash-list"});
  CHECK(data(static_cast<NotifyType>(40000), 1000).empty());
}

TEST_CASE("checks: Delete", "[wire][checks][rfc7296-3.11]") {
  CHECK(found({Delete::ike_sa()}).empty());
  CHECK(found({Delete{static_cast<ProtocolId>(9), 0, {}, {}}}) == Ids{"rfc7296-3.11-delete-protocol"});
  CHECK(found({Delete{ProtocolId::IKE, 8, {}, Bytes(8)}}) ==
        Ids{"rfc7296-3.11-delete-spi-size", "rfc7296-3.11-delete-spi-count"});
  CHECK(found({Delete{ProtocolId::IKE, 0, 1, {}}}) == Ids{"rfc7296-3.11-delete-spi-count"});
  CHECK(found({Delete{ProtocolId::ESP, 4, {}, {}}}) == Ids{"rfc7296-3.11-delete-spi-count"});
}

TEST_CASE("checks: traffic selectors", "[wire][checks][rfc7296-3.13]") {
  const auto with = [](const TrafficSelector& selector) {
    TSi ts;
    ts.selectors = {selector};
    return found({ts});
  };
  const IpAddress low = IpAddress::v4({10, 0, 0, 1});
  const IpAddress high = IpAddress::v4({10, 0, 0, 9});
  CHECK(with(TrafficSelector::range(low, high)).empty());
  CHECK(with(TrafficSelector::range(high, low)) == Ids{"rfc7296-3.13.1-ts-address-order"});
  CHECK(with(TrafficSelector::range(low, high, 6, 80, 79)) == Ids{"rfc7296-3.13.1-ts-port-order"});
  CHECK(with(TrafficSelector::range(low, high, 17, 65535, 0)).empty());
  CHECK(with(TrafficSelector::range(low, high, 0, 80, 80)) == Ids{"rfc7296-3.13.1-ts-ports-any"});
  CHECK(found({TSr{}}) == Ids{"rfc7296-3.13-ts-present"});
}

TEST_CASE("checks: fragments, SK last", "[wire][checks]") {
  CHECK(found({EncryptedFragment{PayloadType::IDi, 1, 2, {}}}).empty());
  CHECK(found({EncryptedFragment{PayloadType::IDi, 2, 2, {}}}) == Ids{"rfc7383-2.5-next-payload"});
  CHECK(found({EncryptedFragment{PayloadType::None, 3, 2, {}}}) == Ids{"rfc7383-2.5-fragment-number"});
  CHECK(found({EncryptedFragment{PayloadType::None, 0, 0, {}}}) == Ids{"rfc7383-2.5-fragment-number"});
  Message message = auth_request();
  message.payloads.push_back({VendorId{}});
  CHECK(found(message) == Ids{"rfc7296-3.14-sk-last"});
}

TEST_CASE("checks: configuration and EAP", "[wire][checks]") {
  const auto with = [](CfgAttribute type, std::size_t size, bool reserved = false) {
    return found({Configuration{CfgType::CFG_REQUEST, {}, {{reserved, type, Bytes(size)}}}});
  };
  CHECK(with(CfgAttribute::INTERNAL_IP4_ADDRESS, 0).empty());
  CHECK(with(CfgAttribute::INTERNAL_IP4_ADDRESS, 4).empty());
  CHECK(with(CfgAttribute::INTERNAL_IP4_ADDRESS, 5) == Ids{"rfc7296-3.15.1-cfg-attribute-length"});
  CHECK(with(CfgAttribute::INTERNAL_IP6_ADDRESS, 17).empty());
  CHECK(with(CfgAttribute::SUPPORTED_ATTRIBUTES, 3) == Ids{"rfc7296-3.15.1-cfg-attribute-length"});
  CHECK(with(CfgAttribute::APPLICATION_VERSION, 5, true) == Ids{"rfc7296-3.15.1-cfg-reserved-bit"});
  CHECK(found({Eap{EapCode::Request, 1, {}, {}}}) == Ids{"rfc7296-3.16-eap-type"});
  CHECK(found({Eap{EapCode::Success, 1, {}, Bytes(1)}}) == Ids{"rfc7296-3.16-eap-type"});
  CHECK(found({Eap{EapCode::Success, 1, {}, {}}}).empty());
}

TEST_CASE("checks: third-party implementations in good standing give no finding", "[wire][checks][captures]") {
  const auto messages = ike_messages_below(test::shared_dir() / "captures/peers");
  if (messages.empty()) WARN("skipped: no captures in " << test::shared_dir() / "captures/peers");
  for (const auto& [where, octets] : messages) {
    const auto message = Message::parse(octets);
    REQUIRE(message);
    Findings findings;
    check(*message, findings);
    for (const Finding& finding : findings) FAIL_CHECK(where << ": " << finding.requirement << " " << finding.detail);
  }
}
