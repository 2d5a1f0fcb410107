// Payloads and IANA numbers, RFC 7296 §3.
#include <algorithm>
#include <cctype>
#include <set>

#include "bindings/python/module.hpp"
#include "bindings/python/structs.hpp"
#include "engine/base/datagram.hpp"
#include "engine/wire/describe.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::python {

namespace {

using namespace wire;

/// An IntEnum with the registry's names; characters that no Python name has become '_'.
template <class E>
void register_enum(py::module_& module, const char* name) {
  const auto is_identifier = [](std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  };
  py::dict members;
  std::set<E> seen;
  // Of several spellings the first that Python can write: KeyLength, not "Key Length".
  std::vector<Named<E>> rows(registry<E>().begin(), registry<E>().end());
  std::ranges::stable_partition(rows, [&](const Named<E>& row) { return is_identifier(row.name); });
  for (const Named<E>& row : rows) {
    if (!seen.insert(row.value).second) continue;
    std::string text(row.name);
    for (char& c : text)
      if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    if (std::isdigit(static_cast<unsigned char>(text.front())) || text == "None") text = "N_" + text;
    members[py::str(text)] = static_cast<unsigned long>(row.value);
  }
  py::object made = py::module_::import("enum").attr("IntEnum")(name, members, py::arg("module") = "ikevet");
  module.attr(name) = made;
  enum_members<E>() = py::object(made.attr("_value2member_map_")).release().ptr();
}

void register_enums(py::module_& m) {
  register_enum<PayloadType>(m, "PayloadType");
  register_enum<ExchangeType>(m, "ExchangeType");
  register_enum<NotifyType>(m, "NotifyType");
  register_enum<ProtocolId>(m, "ProtocolId");
  register_enum<TransformType>(m, "TransformType");
  register_enum<EncrId>(m, "EncrId");
  register_enum<PrfId>(m, "PrfId");
  register_enum<IntegId>(m, "IntegId");
  register_enum<DhGroup>(m, "DhGroup");
  register_enum<EsnId>(m, "EsnId");
  register_enum<AttributeType>(m, "AttributeType");
  register_enum<IdType>(m, "IdType");
  register_enum<CertEncoding>(m, "CertEncoding");
  register_enum<AuthMethod>(m, "AuthMethod");
  register_enum<TsType>(m, "TsType");
  register_enum<CfgType>(m, "CfgType");
  register_enum<CfgAttribute>(m, "CfgAttribute");
  register_enum<EapCode>(m, "EapCode");
  register_enum<EapType>(m, "EapType");
}

IpAddress address(const std::string& text) {
  const auto out = IpAddress::parse(text);
  if (!out) throw py::value_error("'" + text + "' is no IPv4 or IPv6 address, e.g. 192.0.2.1 or 2001:db8::1");
  return *out;
}

template <class Id>
void register_id(py::module_& m, const char* name, const char* doc) {
  Struct<Id>(m, name, doc)
      .field("id_type", &Id::id_type, "ID Type (IdType).")
      .field("reserved", &Id::reserved, "The three RESERVED octets.")
      .field("data", &Id::data, "Identification Data, octets.")
      .done();
}

template <class Ts>
void register_ts(py::module_& m, const char* name, const char* doc) {
  Struct<Ts>(m, name, doc)
      .field("selectors", &Ts::selectors, "List of TrafficSelector; assign a new list to change it.")
      .field("reserved", &Ts::reserved, "The three RESERVED octets.")
      .field("count", &Ts::count, "\"Number of TSs\" where it differs from len(selectors); else None.")
      .done();
}

}  // namespace

void register_payloads(py::module_& m) {
  register_enums(m);

  Struct<Attribute>(m, "Attribute", "Transform Attribute.  RFC 7296 §3.3.5.")
      .field("type", &Attribute::type, "Attribute Type (AttributeType), fifteen bits.")
      .field("tv", &Attribute::tv, "The AF bit: True for type and value in four octets.")
      .field("value", &Attribute::value, "The value, when tv.")
      .field("data", &Attribute::data, "The value's octets, when not tv.")
      .done();
  auto transform =
      Struct<Transform>(m, "Transform", "Transform Substructure.  RFC 7296 §3.3.2.")
          .field("type", &Transform::type, "Transform Type (TransformType).")
          .field("id", &Transform::id, "Transform ID: EncrId, PrfId, IntegId, DhGroup or EsnId as the type says.")
          .field("attributes", &Transform::attributes, "List of Attribute; assign a new list to change it.")
          .field("reserved1", &Transform::reserved1, "First RESERVED octet.")
          .field("reserved2", &Transform::reserved2, "Second RESERVED octet.")
          .field("last_substruc", &Transform::last_substruc, "Last Substruc where it is wrong; else None.")
          .done();
  transform.def_property_readonly("key_length", &Transform::key_length, "Key Length in bits, or None.")
      .def("__str__", [](const Transform& self) { return describe(self); });
  auto proposal =
      Struct<Proposal>(m, "Proposal", "Proposal Substructure.  RFC 7296 §3.3.1.")
          .field("number", &Proposal::number, "Proposal Num, from 1.")
          .field("protocol", &Proposal::protocol, "Protocol ID (ProtocolId).")
          .field("spi", &Proposal::spi, "SPI octets: none for a first IKE SA, 8 for IKE, 4 for AH and ESP.")
          .field("transforms", &Proposal::transforms, "List of Transform; assign a new list to change it.")
          .field("reserved", &Proposal::reserved, "RESERVED octet.")
          .field("last_substruc", &Proposal::last_substruc, "Last Substruc where it is wrong; else None.")
          .field("transform_count", &Proposal::transform_count, "Num Transforms where it is wrong; else None.")
          .done();
  proposal.def("__str__", [](const Proposal& self) { return describe(self); });
  Struct<SecurityAssociation>(m, "SecurityAssociation", "Security Association payload, SA.  RFC 7296 §3.3.")
      .field("proposals", &SecurityAssociation::proposals, "List of Proposal; assign a new list to change it.")
      .done();
  Struct<KeyExchange>(m, "KeyExchange", "Key Exchange payload, KE.  RFC 7296 §3.4.")
      .field("group", &KeyExchange::group, "Diffie-Hellman Group Num (DhGroup).")
      .field("data", &KeyExchange::data, "Key Exchange Data, octets.")
      .field("reserved", &KeyExchange::reserved, "RESERVED, 16 bits.")
      .done();
  register_id<IDi>(m, "IDi", "Identification payload of the initiator.  RFC 7296 §3.5.");
  register_id<IDr>(m, "IDr", "Identification payload of the responder.  RFC 7296 §3.5.");
  Struct<Certificate>(m, "Certificate", "Certificate payload, CERT.  RFC 7296 §3.6.")
      .field("encoding", &Certificate::encoding, "Cert Encoding (CertEncoding).")
      .field("data", &Certificate::data, "Certificate Data, octets.")
      .done();
  Struct<CertificateRequest>(m, "CertificateRequest", "Certificate Request payload, CERTREQ.  RFC 7296 §3.7.")
      .field("encoding", &CertificateRequest::encoding, "Cert Encoding (CertEncoding).")
      .field("data", &CertificateRequest::data, "Certification Authority: SHA-1 hashes of 20 octets each.")
      .done();
  Struct<Authentication>(m, "Authentication", "Authentication payload, AUTH.  RFC 7296 §3.8.")
      .field("method", &Authentication::method, "Auth Method (AuthMethod).")
      .field("data", &Authentication::data, "Authentication Data, octets.")
      .field("reserved", &Authentication::reserved, "The three RESERVED octets.")
      .done();
  Struct<Nonce>(m, "Nonce", "Nonce payload, Ni or Nr.  RFC 7296 §3.9.")
      .field("data", &Nonce::data, "Nonce Data, 16 to 256 octets in a conforming message.")
      .done();
  Struct<Notify>(m, "Notify", "Notify payload, N.  RFC 7296 §3.10.")
      .field("type", &Notify::type, "Notify Message Type (NotifyType).")
      .field("data", &Notify::data, "Notification Data, octets.")
      .field("protocol", &Notify::protocol, "Protocol ID (ProtocolId); zero when no SPI follows.")
      .field("spi", &Notify::spi, "SPI octets.")
      .done();
  Struct<Delete>(m, "Delete", "Delete payload, D.  RFC 7296 §3.11.")
      .field("protocol", &Delete::protocol, "Protocol ID (ProtocolId).")
      .field("spi_size", &Delete::spi_size, "SPI Size: 0 for IKE, 4 for AH and ESP.")
      .field("spis", &Delete::spis, "The SPIs, one behind the other, octets.")
      .field("spi_count", &Delete::spi_count, "Num of SPIs where it differs from what `spis` holds; else None.")
      .done();
  Struct<VendorId>(m, "VendorId", "Vendor ID payload, V.  RFC 7296 §3.12.")
      .field("data", &VendorId::data, "Vendor ID, octets.")
      .done();
  auto selector =
      Struct<TrafficSelector>(m, "TrafficSelector", "Traffic Selector.  RFC 7296 §3.13.1.")
          .field("ts_type", &TrafficSelector::ts_type, "TS Type (TsType).")
          .field("ip_protocol", &TrafficSelector::ip_protocol, "IP Protocol ID; 0 is any.")
          .field("start_port", &TrafficSelector::start_port, "Start Port.")
          .field("end_port", &TrafficSelector::end_port, "End Port.")
          .field("start_address", &TrafficSelector::start_address, "Starting Address, 4 or 16 octets.")
          .field("end_address", &TrafficSelector::end_address, "Ending Address, 4 or 16 octets.")
          .field("opaque", &TrafficSelector::opaque, "For other TS types: the octets behind Selector Length.")
          .done();
  selector
      .def_static(
          "prefix",
          [](const std::string& start, unsigned bits) { return TrafficSelector::prefix(address(start), bits); },
          py::arg("address"), py::arg("prefix_length"),
          "All protocols and ports of a prefix, e.g. prefix('10.1.0.0', 16). ValueError for what is no address.")
      .def("__str__", &TrafficSelector::text);
  register_ts<TSi>(m, "TSi", "Traffic Selector payload of the initiator.  RFC 7296 §3.13.");
  register_ts<TSr>(m, "TSr", "Traffic Selector payload of the responder.  RFC 7296 §3.13.");
  Struct<Encrypted>(m, "Encrypted", "Encrypted payload, SK, closed.  RFC 7296 §3.14.")
      .field("first_inner", &Encrypted::first_inner,
             "Next Payload: the type of the first payload inside (PayloadType).")
      .field("body", &Encrypted::body, "IV, ciphertext and Integrity Checksum Data, octets.")
      .done();
  Struct<EncryptedFragment>(m, "EncryptedFragment", "Encrypted Fragment payload, SKF, closed.  RFC 7383 §2.5.")
      .field("first_inner", &EncryptedFragment::first_inner, "Type of the first payload, in the first fragment.")
      .field("fragment_number", &EncryptedFragment::fragment_number, "Fragment Number, from 1.")
      .field("total_fragments", &EncryptedFragment::total_fragments, "Total Fragments.")
      .field("body", &EncryptedFragment::body, "IV, ciphertext and Integrity Checksum Data, octets.")
      .done();
  Struct<ConfigurationAttribute>(m, "ConfigurationAttribute", "Configuration Attribute.  RFC 7296 §3.15.1.")
      .field("type", &ConfigurationAttribute::type, "Attribute Type (CfgAttribute), fifteen bits.")
      .field("value", &ConfigurationAttribute::value, "Value, octets.")
      .field("reserved", &ConfigurationAttribute::reserved, "The R bit.")
      .done();
  Struct<Configuration>(m, "Configuration", "Configuration payload, CP.  RFC 7296 §3.15.")
      .field("cfg_type", &Configuration::cfg_type, "CFG Type (CfgType).")
      .field("attributes", &Configuration::attributes,
             "List of ConfigurationAttribute; assign a new list to change it.")
      .field("reserved", &Configuration::reserved, "The three RESERVED octets.")
      .done();
  Struct<Eap>(m, "Eap", "EAP payload.  RFC 7296 §3.16, RFC 3748 §4.")
      .field("code", &Eap::code, "Code (EapCode).")
      .field("identifier", &Eap::identifier, "Identifier.")
      .field("type", &Eap::type, "Type (EapType); None in Success and Failure.")
      .field("data", &Eap::data, "Type-Data, octets.")
      .done();
  Struct<Unknown>(m, "Unknown", "A payload of a type without a class of its own; its octets are kept.")
      .field("type", &Unknown::type, "Payload type (PayloadType or int).")
      .field("body", &Unknown::body, "Octets behind the generic header.")
      .done();
  auto malformed =
      py::class_<Malformed>(m, "Malformed", "A payload whose octets are not those of its type; kept as it came.");
  malformed.def_readonly("type", &Malformed::type, "Payload type (PayloadType).")
      .def_readonly("body", &Malformed::body, "Octets behind the generic header.")
      .def_property_readonly(
          "why", [](const Malformed& self) { return self.why.text(); }, "Field, offset and reason.")
      .def("__repr__", [](const Malformed& self) {
        return "<Malformed " + name_or_number(self.type) + ": " + self.why.text() + ">";
      });
}

}  // namespace ikevet::python
