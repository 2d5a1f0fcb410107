// Structure, protection and framing: octets that parse, checksums that hold, IVs used once, the non-ESP marker.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "reports/rules/families.hpp"

namespace ikevet::reports::rules {
namespace {

using trace::MessageRecord;
using trace::Party;
using trace::Protection;
using wire::EncrId;
using wire::NotifyType;

/// The first structural fault of a message, wherever it is.
std::optional<std::string> fault_of(const MessageRecord& message) {
  if (!message.outer.faults.empty()) return message.outer.faults.front().text();
  if (!message.inner_faults.empty()) return "inside SK: " + message.inner_faults.front().text();
  for (const auto* list : {&message.outer.payloads, &message.inner})
    for (const wire::Payload& payload : *list)
      if (const auto* bad = std::get_if<wire::Malformed>(&payload.body))
        return wire::name_or_number(bad->type) + ": " + bad->why.text();
  return std::nullopt;
}

// RFC 7296 §3.1 to §3.16: lengths and Next Payload fields describe the message. Octets behind the header's Length are
// outside the message and nobody's concern.
Observations structure(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    out.saw(message);
    if (const auto fault = fault_of(message)) out.broken({&message}, *fault);
  }
  return out;
}

/// IKE SAs of which at least one message of the device was opened: the keys are known to be the right ones.
std::set<IkeSpis> proven_keys(const TraceView& view) {
  std::set<IkeSpis> out;
  for (const std::size_t index : view.from_dut()) {
    const MessageRecord& message = view.message(index);
    if (message.protection == Protection::Opened || message.protection == Protection::Fragment)
      out.insert(message.outer.header.spis);
  }
  return out;
}

// §3.14: Integrity Checksum Data over the whole message, Pad Length within the payload. Where no message of the IKE SA
// opens, the two sides may have different keys because of what a scenario did to the exchange: no statement then.
Observations checksum(const TraceView& view) {
  Observations out;
  const std::set<IkeSpis> proven = proven_keys(view);
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    if (message.protection == Protection::Clear || !proven.contains(message.outer.header.spis)) continue;
    out.saw(message);
    if (message.protection == Protection::BadIntegrity)
      out.broken({&message}, "the Integrity Checksum Data is wrong");
    else if (message.protection == Protection::BadPadding)
      out.broken({&message}, "Pad Length is beyond the payload");
    else if (message.protection == Protection::TooShort)
      out.broken({&message}, "the Encrypted payload has no room for IV, Pad Length and checksum");
  }
  return out;
}

bool is_cbc(EncrId cipher) {
  return cipher == EncrId::ENCR_AES_CBC || cipher == EncrId::ENCR_3DES || cipher == EncrId::ENCR_CAMELLIA_CBC;
}
bool is_combined_or_counter(EncrId cipher) {
  switch (cipher) {
    case EncrId::ENCR_AES_CTR:
    case EncrId::ENCR_AES_CCM_8:
    case EncrId::ENCR_AES_CCM_12:
    case EncrId::ENCR_AES_CCM_16:
    case EncrId::ENCR_AES_GCM_8:
    case EncrId::ENCR_AES_GCM_12:
    case EncrId::ENCR_AES_GCM_16:
    case EncrId::ENCR_CHACHA20_POLY1305:
      return true;
    default:
      return false;
  }
}

std::optional<EncrId> cipher_of(const SeenIkeSa* sa) {
  if (sa == nullptr || !sa->suite) return std::nullopt;
  for (const wire::Transform& transform : sa->suite->transforms)
    if (transform.type == wire::TransformType::ENCR) return static_cast<EncrId>(transform.id);
  return std::nullopt;
}

BytesView sk_body(const MessageRecord& message) {
  if (const auto* sk = wire::find<wire::Encrypted>(message.outer.payloads)) return sk->body;
  if (const auto* skf = wire::find<wire::EncryptedFragment>(message.outer.payloads)) return skf->body;
  return {};
}

/// IVs that come twice under one key of the device. Its key is one for each IKE SA, as the directions have their own.
Observations repeated_ivs(const TraceView& view, bool (*concerns)(EncrId), std::size_t (*size)(EncrId)) {
  Observations out;
  std::map<std::pair<IkeSpis, Bytes>, const MessageRecord*> used;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    const std::optional<EncrId> cipher = cipher_of(view.ike_sa(message));
    const BytesView body = sk_body(message);
    if (!cipher || !concerns(*cipher) || body.size() < size(*cipher)) continue;
    out.saw(message);
    const Bytes iv = to_bytes(body.first(size(*cipher)));
    const auto [known, is_new] = used.emplace(std::pair(message.outer.header.spis, iv), &message);
    if (!is_new) out.broken({known->second, &message}, "the same IV for two messages: " + to_hex(iv));
  }
  return out;
}

// §3.14: for CBC, a new unpredictable IV for every message.
Observations new_cbc_iv(const TraceView& view) {
  return repeated_ivs(view, is_cbc, [](EncrId cipher) -> std::size_t { return cipher == EncrId::ENCR_3DES ? 8 : 16; });
}

// RFC 5282 §3.1: the same IV value only once for a given key. All these ciphers have eight octets (RFC 3686, RFC 7634).
Observations iv_once(const TraceView& view) {
  return repeated_ivs(view, is_combined_or_counter, [](EncrId) -> std::size_t { return 8; });
}

// RFC 7296 §2: IKE messages sent on port 4500 begin with four zero octets. Without them a packet looks like ESP; the
// SPIs of a known IKE SA at its start give it away.
Observations non_esp_marker(const TraceView& view) {
  Observations out;
  std::set<Bytes> known_spis;
  for (const MessageRecord& message : view.trace().messages)
    if (message.octets.size() >= 16) known_spis.insert(to_bytes(BytesView(message.octets).first(16)));
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    if (message.source.port == kNatTPort || message.destination.port == kNatTPort) out.saw(message);
  }
  std::set<std::size_t> messages;
  for (const MessageRecord& message : view.trace().messages)
    if (message.marker) messages.insert(message.packet);
  for (std::size_t i = 0; i < view.trace().packets.size(); ++i) {
    const trace::Packet& packet = view.trace().packets[i];
    const BytesView octets = packet.datagram.payload;
    const bool on_4500 = packet.datagram.source.port == kNatTPort || packet.datagram.destination.port == kNatTPort;
    if (packet.from != Party::Dut || packet.fate == trace::Fate::Injected || !on_4500 || messages.contains(i)) continue;
    if (octets.size() < wire::kIkeHeaderSize || !known_spis.contains(to_bytes(octets.first(16)))) continue;
    MessageRecord unmarked;
    unmarked.frame = packet.frame;
    out.saw(unmarked);
    out.broken({&unmarked}, "an IKE message on port 4500 without the non-ESP marker");
  }
  return out;
}

bool announces_fragmentation(const MessageRecord& message) {
  return message.outer.header.exchange == wire::ExchangeType::IKE_SA_INIT &&
         wire::find_notify(message.outer.payloads, NotifyType::IKEV2_FRAGMENTATION_SUPPORTED) != nullptr;
}

// RFC 7383 §2.3, §2.4: fragments are used only where both sides announced support in IKE_SA_INIT.
Observations fragments_negotiated(const TraceView& view) {
  Observations out;
  std::map<IkeSpi, std::set<Party>> announced;
  std::set<IkeSpi> initial;
  for (const MessageRecord& message : view.trace().messages) {
    const IkeSpi spi = message.outer.header.spis.i;
    if (message.outer.header.exchange == wire::ExchangeType::IKE_SA_INIT) initial.insert(spi);
    if (announces_fragmentation(message)) announced[spi].insert(message.from);
  }
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    const IkeSpi spi = message.outer.header.spis.i;
    // An IKE SA made by rekeying keeps what its predecessor negotiated, and that is not followed here.
    if (wire::find<wire::EncryptedFragment>(message.outer.payloads) == nullptr || !initial.contains(spi)) continue;
    out.saw(message);
    if (announced[spi].size() < 2) out.broken({&message}, "a fragment, though fragmentation was not negotiated");
  }
  return out;
}

constexpr std::array kRules{
    Rule{"rfc7296-3.1-message-structure", structure},
    Rule{"rfc7296-3.14-integrity-checksum", checksum},
    Rule{"rfc7296-3.14-new-iv", new_cbc_iv},
    Rule{"rfc5282-3.1-iv-once", iv_once},
    Rule{"rfc7296-2-non-esp-marker", non_esp_marker},
    Rule{"rfc7383-2.4-fragmentation-negotiated", fragments_negotiated},
};

}  // namespace

std::span<const Rule> protection_rules() { return kRules; }

}  // namespace ikevet::reports::rules
