#include "engine/wire/describe.hpp"

#include <string_view>

namespace ikevet::wire {
namespace {

using namespace std::string_literals;

constexpr std::string_view kSeparator = ", ";

/// Appends what the RFCs write for a payload: "SAi1" and "KEi" depend on the exchange and on who speaks.
class Notation {
 public:
  Notation(ExchangeType exchange, bool response) : exchange_(exchange), side_(response ? 'r' : 'i') {}

  std::string list(std::span<const Payload> payloads) const {
    std::string out;
    for (const Payload& payload : payloads) {
      if (!out.empty()) out += kSeparator;
      std::visit([&](const auto& body) { out += of(body); }, payload.body);
    }
    return out;
  }

 private:
  std::string of(const SecurityAssociation&) const {
    if (exchange_ == ExchangeType::IKE_SA_INIT) return "SA"s + side_ + '1';
    if (exchange_ == ExchangeType::IKE_AUTH) return "SA"s + side_ + '2';
    return "SA";
  }
  std::string of(const KeyExchange&) const { return "KE"s + side_; }
  std::string of(const IDi&) const { return "IDi"; }
  std::string of(const IDr&) const { return "IDr"; }
  std::string of(const Certificate&) const { return "CERT"; }
  std::string of(const CertificateRequest&) const { return "CERTREQ"; }
  std::string of(const Authentication&) const { return "AUTH"; }
  std::string of(const Nonce&) const { return "N"s + side_; }
  std::string of(const Notify& notify) const { return "N(" + name_or_number(notify.type) + ")"; }
  std::string of(const Delete&) const { return "D"; }
  std::string of(const VendorId&) const { return "V"; }
  std::string of(const TSi&) const { return "TSi"; }
  std::string of(const TSr&) const { return "TSr"; }
  std::string of(const Encrypted& sk) const { return "SK {" + std::to_string(sk.body.size()) + " octets}"; }
  std::string of(const EncryptedFragment& skf) const {
    return "SKF " + std::to_string(skf.fragment_number) + "/" + std::to_string(skf.total_fragments) + " {" +
           std::to_string(skf.body.size()) + " octets}";
  }
  std::string of(const Configuration& cp) const { return "CP(" + name_or_number(cp.cfg_type) + ")"; }
  std::string of(const Eap& eap) const {
    return "EAP(" + name_or_number(eap.code) + (eap.type ? "/" + name_or_number(*eap.type) : "") + ")";
  }
  std::string of(const Unknown& unknown) const { return unnamed(unknown.type); }
  std::string of(const Malformed& malformed) const { return unnamed(malformed.type) + "!"; }

  static std::string unnamed(PayloadType type) {
    const std::string_view known = name(type);
    return known.empty() ? "payload " + name_or_number(type) : std::string(known);
  }

  ExchangeType exchange_;
  char side_;
};

bool is_closed(const Payload& payload) {
  return std::holds_alternative<Encrypted>(payload.body) || std::holds_alternative<EncryptedFragment>(payload.body);
}

std::string after_header(const std::string& list) {
  return list.empty() ? "HDR" : "HDR" + std::string(kSeparator) + list;
}

}  // namespace

std::string describe(const Message& message) {
  const std::string list = describe(message.payloads, message.header.exchange, message.header.is_response());
  const bool lost_octets = !message.trailing.empty();
  return after_header(list) + (lost_octets ? ", " + std::to_string(message.trailing.size()) + " octets!" : "");
}

std::string describe(const Message& message, std::span<const Payload> inner) {
  const Notation notation(message.header.exchange, message.header.is_response());
  std::string list;
  for (const Payload& payload : message.payloads) {
    if (!list.empty()) list += kSeparator;
    list += is_closed(payload) ? "SK {" + notation.list(inner) + "}" : notation.list({&payload, 1});
  }
  return after_header(list);
}

std::string describe(std::span<const Payload> payloads, ExchangeType exchange, bool response) {
  return Notation(exchange, response).list(payloads);
}

std::string describe_header(const IkeHeader& header) {
  return name_or_number(header.exchange) + (header.is_response() ? " response " : " request ") +
         std::to_string(header.message_id.value);
}

std::string describe(const Proposal& proposal) {
  std::string out = name_or_number(proposal.protocol) + ":";
  for (const Transform& transform : proposal.transforms) {
    if (out.back() != ':') out += '/';
    std::string word = describe(transform);
    // As people write a suite: the kind is plain from the algorithm, save for a PRF, which could be taken for INTEG.
    for (const std::string_view prefix : {"ENCR_", "AUTH_"})
      if (word.starts_with(prefix)) word.erase(0, prefix.size());
    out += word;
  }
  return out;
}

std::string describe(const Transform& transform) {
  const std::string_view known = transform_id_name(transform.type, transform.id);
  std::string out =
      known.empty() ? name_or_number(transform.type) + "(" + std::to_string(transform.id) + ")" : std::string(known);
  if (const auto bits = transform.key_length()) out += "_" + std::to_string(*bits);
  return out;
}

}  // namespace ikevet::wire
