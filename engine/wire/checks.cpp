#include "engine/wire/checks.hpp"

#include <algorithm>

#include "engine/wire/check_support.hpp"
#include "engine/wire/rules.hpp"

namespace ikevet::wire {
namespace {

using detail::check_reserved;
using detail::note;

std::string octets(std::size_t count) { return std::to_string(count) + " octets"; }

/// RFC 7296 defines the payload types 33 to 48.
bool defined_by_rfc7296(PayloadType type) { return type >= PayloadType::SA && type <= PayloadType::EAP; }

/// RFC 7296 §1.5: the one message that is no part of any IKE SA and may have zero SPIs.
bool is_unprotected_invalid_spi(const Message& message) {
  return message.header.exchange == ExchangeType::INFORMATIONAL && !find<Encrypted>(message.payloads) &&
         find_notify(message.payloads, NotifyType::INVALID_SPI);
}

bool begins_ike_sa(ExchangeType exchange) {
  return exchange == ExchangeType::IKE_SA_INIT || exchange == ExchangeType::IKE_SESSION_RESUME;
}

void check_version_and_flags(const IkeHeader& header, Findings& findings) {
  if (header.major() != 2)
    note(findings, "rfc7296-3.1-major-version", "Major Version is " + std::to_string(header.major()));
  if (header.minor() != 0)
    note(findings, "rfc7296-3.1-minor-version", "Minor Version is " + std::to_string(header.minor()));
  if (header.reserved_flags() != 0)
    note(findings, "rfc7296-3.1-reserved-flags-zero", "reserved flags are " + std::to_string(header.reserved_flags()));
  if (header.offers_higher_version()) note(findings, "rfc7296-3.1-version-flag-zero", "the V flag is set");
}

void check_spis(const IkeHeader& header, Findings& findings) {
  if (header.spis.i.is_zero()) note(findings, "rfc7296-3.1-initiator-spi-nonzero", "IKE SA Initiator's SPI is zero");
  const bool first = begins_ike_sa(header.exchange) && header.is_request();
  if (first && !header.spis.r.is_zero())
    note(findings, "rfc7296-3.1-responder-spi-zero-in-first-message",
         "IKE SA Responder's SPI is not zero in an " + name_or_number(header.exchange) + " request");
  // RFC 7296 §2.6: a responder that keeps no state answers with a zero SPI of its own.
  if (!begins_ike_sa(header.exchange) && header.spis.r.is_zero())
    note(findings, "rfc7296-3.1-responder-spi-nonzero",
         "IKE SA Responder's SPI is zero in an " + name_or_number(header.exchange) + " message");
}

void check_initial_exchange(const IkeHeader& header, Findings& findings) {
  if (!begins_ike_sa(header.exchange)) return;
  if (header.message_id.value != 0)
    note(findings, "rfc7296-2.2-init-message-id-zero", "Message ID is " + std::to_string(header.message_id.value));
  if (header.is_from_original_initiator() == header.is_response())
    note(findings, "rfc7296-3.1-init-initiator-flag",
         header.is_response() ? "the I flag is set in a response" : "the I flag is clear in a request");
}

void check_address_data(const Identification& id, std::size_t size, Findings& findings) {
  if (id.data.size() != size)
    note(findings, "rfc7296-3.5-id-data-length", name_or_number(id.id_type) + " with " + octets(id.data.size()));
}

void check_address_order(const TrafficSelector& ts, Findings& findings) {
  if (std::ranges::lexicographical_compare(ts.end_address, ts.start_address))
    note(findings, "rfc7296-3.13.1-ts-address-order", "Starting Address above Ending Address: " + ts.text());
}

void check_ports(const TrafficSelector& ts, Findings& findings) {
  if (ts.has_opaque_ports()) return;
  if (ts.start_port > ts.end_port)
    note(findings, "rfc7296-3.13.1-ts-port-order", "Start Port above End Port: " + ts.text());
  if (ts.ip_protocol == 0 && (ts.start_port != 0 || ts.end_port != 65535))
    note(findings, "rfc7296-3.13.1-ts-ports-any", "any protocol, but not all ports: " + ts.text());
}

/// RFC 7296 §3.15.1, the column "Length" of its table: the lengths besides 0 that a value may have.
std::optional<std::size_t> configuration_value_size(CfgAttribute type) {
  switch (type) {
    case CfgAttribute::INTERNAL_IP4_ADDRESS:
    case CfgAttribute::INTERNAL_IP4_NETMASK:
    case CfgAttribute::INTERNAL_IP4_DNS:
    case CfgAttribute::INTERNAL_IP4_NBNS:
    case CfgAttribute::INTERNAL_IP4_DHCP:
      return 4;
    case CfgAttribute::INTERNAL_IP4_SUBNET:
      return 8;
    case CfgAttribute::INTERNAL_IP6_DNS:
    case CfgAttribute::INTERNAL_IP6_DHCP:
      return 16;
    case CfgAttribute::INTERNAL_IP6_ADDRESS:
    case CfgAttribute::INTERNAL_IP6_SUBNET:
      return 17;
    default:
      return std::nullopt;
  }
}

void check_attribute(const ConfigurationAttribute& attribute, Findings& findings) {
  const std::string what = name_or_number(attribute.type) + " with " + octets(attribute.value.size());
  if (attribute.reserved) note(findings, "rfc7296-3.15.1-cfg-reserved-bit", "R bit set in " + what);
  const auto size = configuration_value_size(attribute.type);
  const bool wrong_size = size && !attribute.value.empty() && attribute.value.size() != *size;
  const bool half_a_type = attribute.type == CfgAttribute::SUPPORTED_ATTRIBUTES && attribute.value.size() % 2 != 0;
  if (wrong_size || half_a_type) note(findings, "rfc7296-3.15.1-cfg-attribute-length", what);
}

}  // namespace

void check(const IkeHeader& header, Findings& findings) {
  check_version_and_flags(header, findings);
  check_spis(header, findings);
  check_initial_exchange(header, findings);
}

void check(const Certificate& cert, Findings& findings) {
  if (cert.data.empty()) note(findings, "rfc7296-3.6-certificate-present", "CERT without certificate data");
}

void check(const CertificateRequest& certreq, Findings& findings) {
  // RFC 7296 §3.7: a list of hashes for these encodings; for others its form is open.
  const bool hashes = certreq.encoding == CertEncoding::X509_SIGNATURE ||
                      certreq.encoding == CertEncoding::HASH_AND_URL_X509 ||
                      certreq.encoding == CertEncoding::HASH_AND_URL_BUNDLE;
  if (hashes && certreq.data.size() % CertificateRequest::kHashSize != 0)
    note(findings, "rfc7296-3.7-certreq-hash-length", "Certification Authority has " + octets(certreq.data.size()));
}

void check(const Identification& id, Findings& findings) {
  check_reserved(id.reserved, "ID", findings);
  switch (id.id_type) {
    case IdType::ID_IPV4_ADDR:
      return check_address_data(id, 4, findings);
    case IdType::ID_IPV6_ADDR:
      return check_address_data(id, 16, findings);
    case IdType::ID_FQDN:
    case IdType::ID_RFC822_ADDR:
      if (std::ranges::any_of(id.data, [](std::uint8_t c) { return c == 0 || c == '\r' || c == '\n'; }))
        note(findings, "rfc7296-3.5-id-string-terminator", name_or_number(id.id_type) + " with a terminator in it");
      return;
    case IdType::ID_NULL:
      if (!id.data.empty()) note(findings, "rfc7619-2.2-id-null-empty", "ID_NULL with " + octets(id.data.size()));
      return;
    case IdType::ID_DER_ASN1_DN:
    case IdType::ID_DER_ASN1_GN:
    case IdType::ID_KEY_ID:
    case IdType::ID_FC_NAME:
      return;
  }
}

void check(const Authentication& auth, Findings& findings) {
  check_reserved(auth.reserved, "AUTH", findings);
  if (auth.data.empty()) note(findings, "rfc7296-3.8-auth-data-present", "AUTH without Authentication Data");
}

void check(const Nonce& nonce, Findings& findings) {
  if (nonce.data.size() < Nonce::kMinSize || nonce.data.size() > Nonce::kMaxSize)
    note(findings, "rfc7296-3.9-nonce-length", "Nonce Data has " + octets(nonce.data.size()));
}

void check(const Delete& del, Findings& findings) {
  const std::string protocol = name_or_number(del.protocol);
  const bool child = del.protocol == ProtocolId::AH || del.protocol == ProtocolId::ESP;
  if (!child && del.protocol != ProtocolId::IKE) {
    note(findings, "rfc7296-3.11-delete-protocol", "Protocol ID is " + protocol);
    return;
  }
  if (del.spi_size != (child ? 4 : 0))
    note(findings, "rfc7296-3.11-delete-spi-size", "SPI Size " + std::to_string(del.spi_size) + " for " + protocol);
  const std::size_t held = del.spi_size == 0 ? 0 : del.spis.size() / del.spi_size;
  const std::size_t count = del.spi_count.value_or(static_cast<std::uint16_t>(held));
  if ((count > 0) != child)
    note(findings, "rfc7296-3.11-delete-spi-count", "Num of SPIs is " + std::to_string(count) + " for " + protocol);
}

void check(const TrafficSelectors& ts, Findings& findings) {
  check_reserved(ts.reserved, "TS", findings);
  if (ts.selectors.empty() || ts.count)
    note(findings, "rfc7296-3.13-ts-present",
         "Number of TSs is " + std::to_string(ts.count.value_or(0)) + ", and " + std::to_string(ts.selectors.size()) +
             " follow");
  for (const TrafficSelector& selector : ts.selectors) {
    if (!selector.is_address_range()) continue;
    check_address_order(selector, findings);
    check_ports(selector, findings);
  }
}

void check(const EncryptedFragment& skf, Findings& findings) {
  const std::string which = std::to_string(skf.fragment_number) + " of " + std::to_string(skf.total_fragments);
  if (skf.fragment_number == 0 || skf.fragment_number > skf.total_fragments)
    note(findings, "rfc7383-2.5-fragment-number", "fragment " + which);
  if (skf.fragment_number > 1 && skf.first_inner != PayloadType::None)
    note(findings, "rfc7383-2.5-next-payload",
         "fragment " + which + " has Next Payload " + name_or_number(skf.first_inner));
}

void check(const Configuration& cp, Findings& findings) {
  check_reserved(cp.reserved, "CP", findings);
  for (const ConfigurationAttribute& attribute : cp.attributes) check_attribute(attribute, findings);
}

void check(const Eap& eap, Findings& findings) {
  const bool result = eap.code == EapCode::Success || eap.code == EapCode::Failure;
  const bool asks = eap.code == EapCode::Request || eap.code == EapCode::Response;
  if (asks && !eap.type) note(findings, "rfc7296-3.16-eap-type", "EAP " + name_or_number(eap.code) + " without a Type");
  if (result && !eap.data.empty())
    note(findings, "rfc7296-3.16-eap-type",
         "EAP " + name_or_number(eap.code) + " with " + octets(eap.data.size()) + " of data");
}

void check(const Payload& payload, const CheckContext& context, Findings& findings) {
  const PayloadType type = payload.type();
  const std::string which = name_or_number(type);
  if (payload.reserved != 0)
    note(findings, "rfc7296-2.5-reserved-payload-bits-zero",
         "RESERVED of " + which + "'s generic header is " + std::to_string(payload.reserved));
  if (payload.critical && defined_by_rfc7296(type))
    note(findings, "rfc7296-3.2-critical-bit-zero", "critical bit set in " + which);
  if (payload.critical && context.response)
    note(findings, "rfc7296-2.5-critical-bit-in-response", "critical bit set in " + which + " of a response");
  std::visit(
      [&]<class T>(const T& body) {
        if constexpr (requires { check(body, context, findings); }) {
          check(body, context, findings);
        } else if constexpr (requires { check(body, findings); }) {
          check(body, findings);
        }
      },
      payload.body);
}

void check(std::span<const Payload> payloads, const CheckContext& context, Findings& findings) {
  for (const Payload& payload : payloads) check(payload, context, findings);
}

void check(const Message& message, Findings& findings) {
  if (is_unprotected_invalid_spi(message)) {
    check_version_and_flags(message.header, findings);
  } else {
    check(message.header, findings);
  }
  check(message.payloads, {message.header.exchange, message.header.is_response()}, findings);
  for (const RuleViolation& violation : outer_violations(message))
    if (violation.what == RuleViolation::What::NotLast) note(findings, "rfc7296-3.14-sk-last", violation.text());
}

}  // namespace ikevet::wire
