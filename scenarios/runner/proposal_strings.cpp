#include "scenarios/runner/proposal_strings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <vector>

#include "engine/crypto/algorithms.hpp"
#include "engine/sa/additional_key_exchanges.hpp"

namespace ikevet::scenarios {
namespace {

using wire::Transform;
using wire::TransformType;

constexpr std::string_view kAhPrefix = "ah-";

template <class Row>
std::string names(std::span<const Row> table) {
  std::string out;
  for (const Row& row : table) out += (out.empty() ? "" : ", ") + std::string(row.name);
  return out;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  for (;;) {
    const std::size_t dash = text.find('-');
    out.push_back(text.substr(0, dash));
    if (dash == std::string_view::npos) return out;
    text.remove_prefix(dash + 1);
  }
}

[[noreturn]] void unknown_algorithm(std::string_view word, std::string_view text) {
  throw SetupError(
      fmt::format("proposal \"{}\": no algorithm \"{}\"; known are ciphers {}; prfs {}; integrity algorithms {}; "
                  "groups {}, and ke1_ to ke7_ "
                  "before a group for additional key exchanges",
                  text, word, names(crypto::encr_table()), names(crypto::prf_table()), names(crypto::integ_table()),
                  names(crypto::group_table())));
}

Transform encr_transform(const crypto::EncrInfo& row) {
  return row.key_bits == 0 ? Transform::of(row.id) : Transform::of(row.id, row.key_bits);
}

/// "ke1_mlkem768", "ke2_none": a method for ADDKE1 to ADDKE7, RFC 9370 §2.2.1.
std::optional<Transform> additional(std::string_view word) {
  if (word.size() < 5 || !word.starts_with("ke") || word[2] < '1' || word[2] > '7' || word[3] != '_')
    return std::nullopt;
  const auto type = static_cast<TransformType>(static_cast<int>(TransformType::ADDKE1) + (word[2] - '1'));
  const std::string_view name = word.substr(4);
  if (name == "none") return Transform::of(type, wire::DhGroup::NONE);
  const auto* group = crypto::find_group(name);
  return group ? std::optional(Transform::of(type, group->id)) : std::nullopt;
}

Transform transform(std::string_view word, std::string_view text) {
  if (const auto* encr = crypto::find_encr(word)) return encr_transform(*encr);
  if (const auto* prf = crypto::find_prf(word)) return Transform::of(prf->id);
  if (const auto* integ = crypto::find_integ(word)) return Transform::of(integ->id);
  if (const auto* group = crypto::find_group(word)) return Transform::of(group->id);
  if (const auto key_exchange = additional(word)) return *key_exchange;
  if (word == "esn") return Transform::of(wire::EsnId::ESN);
  if (word == "noesn") return Transform::of(wire::EsnId::NoESN);
  unknown_algorithm(word, text);
}

bool has(const wire::Proposal& proposal, TransformType type) {
  return std::ranges::find(proposal.transforms, type, &Transform::type) != proposal.transforms.end();
}

bool is_aead(const Transform& candidate) {
  return candidate.type == TransformType::ENCR && crypto::is_aead(static_cast<wire::EncrId>(candidate.id));
}

void need(bool there, std::string_view text, std::string_view what, std::string_view example) {
  if (!there) throw SetupError(fmt::format("proposal \"{}\" has no {}; write for example \"{}\"", text, what, example));
}

/// The prf that uses the same hash or cipher as an integrity algorithm.
const crypto::PrfInfo* prf_beside(wire::IntegId id) {
  const crypto::IntegInfo* integ = crypto::find_integ(id);
  if (!integ || !integ->openssl) return nullptr;
  const auto table = crypto::prf_table();
  const auto found = std::ranges::find_if(table, [&](const crypto::PrfInfo& prf) {
    return prf.kind == integ->kind && std::string_view(prf.openssl) == integ->openssl;
  });
  return found == table.end() ? nullptr : &*found;
}

void add_implied_prfs(wire::Proposal& proposal) {
  std::vector<Transform> prfs;
  for (const Transform& candidate : proposal.transforms)
    if (candidate.type == TransformType::INTEG)
      if (const auto* prf = prf_beside(static_cast<wire::IntegId>(candidate.id)))
        prfs.push_back(Transform::of(prf->id));
  std::ranges::copy(prfs, std::back_inserter(proposal.transforms));
}

/// Reads the words and sorts the transforms by type, the order of equals being the order of preference.
wire::Proposal read(std::string_view text, wire::ProtocolId protocol) {
  wire::Proposal out;
  out.protocol = protocol;
  for (const std::string_view word : words(text)) out.transforms.push_back(transform(word, text));
  return out;
}

void sort_by_type(wire::Proposal& proposal) { std::ranges::stable_sort(proposal.transforms, {}, &Transform::type); }

/// RFC 5282 §8: a combined mode comes without an integrity algorithm, and never in one proposal with other ciphers.
void check_ciphers(const wire::Proposal& proposal, std::string_view text) {
  need(has(proposal, TransformType::ENCR), text, "cipher", "aes256gcm16-prfsha256-x25519");
  const auto ciphers = std::ranges::count(proposal.transforms, TransformType::ENCR, &Transform::type);
  const auto combined = std::ranges::count_if(proposal.transforms, is_aead);
  if (combined != 0 && combined != ciphers)
    throw SetupError(fmt::format(
        "proposal \"{}\" mixes combined modes with other ciphers; make them two proposals (RFC 5282 §8)", text));
  const bool integ = has(proposal, TransformType::INTEG);
  if (combined != 0 && integ)
    throw SetupError(
        fmt::format("proposal \"{}\": a combined mode takes no integrity algorithm (RFC 5282 §8); "
                    "leave it out, and name the prf as in \"aes256gcm16-prfsha256-x25519\"",
                    text));
  if (combined == 0) need(integ, text, "integrity algorithm", "aes256-sha256-x25519");
}

template <class Make>
sa::Identity address_identity(std::string_view value, std::string_view text, wire::IdType type, Make is_of_family) {
  const auto address = IpAddress::parse(value);
  if (!address || !is_of_family(*address)) throw SetupError(fmt::format("identity \"{}\" is not an address", text));
  return {type, to_bytes(address->octets())};
}

}  // namespace

wire::Proposal parse_ike_proposal(std::string_view text) {
  wire::Proposal out = read(text, wire::ProtocolId::IKE);
  if (has(out, TransformType::ESN))
    throw SetupError(fmt::format("proposal \"{}\": sequence numbers belong to Child SAs; leave out \"esn\"", text));
  check_ciphers(out, text);
  if (!has(out, TransformType::PRF)) add_implied_prfs(out);
  need(has(out, TransformType::PRF), text, "prf", "aes256gcm16-prfsha256-x25519");
  need(has(out, TransformType::KE), text, "Diffie-Hellman group", "aes256-sha256-x25519");
  sort_by_type(out);
  return out;
}

/// "ah-sha256": integrity alone, RFC 7296 §3.3.3.
static wire::Proposal parse_ah_proposal(std::string_view text) {
  wire::Proposal out = read(text.substr(kAhPrefix.size()), wire::ProtocolId::AH);
  if (has(out, TransformType::PRF) || has(out, TransformType::ENCR))
    throw SetupError(
        fmt::format("proposal \"{}\": AH has neither cipher nor prf; write for example \"ah-sha256\"", text));
  need(has(out, TransformType::INTEG), text, "integrity algorithm", "ah-sha256");
  if (!has(out, TransformType::ESN)) out.transforms.push_back(Transform::of(wire::EsnId::NoESN));
  sort_by_type(out);
  return out;
}

wire::Proposal parse_child_proposal(std::string_view text) {
  if (text.starts_with(kAhPrefix)) return parse_ah_proposal(text);
  wire::Proposal out = read(text, wire::ProtocolId::ESP);
  if (has(out, TransformType::PRF))
    throw SetupError(fmt::format("proposal \"{}\": a Child SA has no prf; leave it out", text));
  check_ciphers(out, text);
  // RFC 9370 §2.2.4: additional key exchanges stand "along with Transform Type 4".
  if (std::ranges::any_of(out.transforms, sa::is_additional, &Transform::type))
    need(has(out, TransformType::KE), text, "first key exchange before ke1_", "aes256gcm16-x25519-ke1_mlkem768");
  if (!has(out, TransformType::ESN)) out.transforms.push_back(Transform::of(wire::EsnId::NoESN));
  sort_by_type(out);
  return out;
}

sa::Identity parse_identity(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string_view value = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (text == "null") return sa::Identity::none();
  if (!value.empty()) {
    if (kind == "fqdn") return sa::Identity::fqdn(value);
    if (kind == "email") return {wire::IdType::ID_RFC822_ADDR, to_bytes(as_bytes(value))};
    if (kind == "ipv4")
      return address_identity(value, text, wire::IdType::ID_IPV4_ADDR, std::mem_fn(&IpAddress::is_v4));
    if (kind == "ipv6")
      return address_identity(value, text, wire::IdType::ID_IPV6_ADDR, std::mem_fn(&IpAddress::is_v6));
    if (kind == "dn") {
      if (auto octets = from_hex(value)) return {wire::IdType::ID_DER_ASN1_DN, std::move(*octets)};
      throw SetupError(fmt::format("identity \"{}\": a distinguished name is written as its DER in hexadecimal", text));
    }
    if (kind == "keyid") {
      if (auto octets = from_hex(value)) return {wire::IdType::ID_KEY_ID, std::move(*octets)};
      throw SetupError(fmt::format("identity \"{}\": a key id is written in hexadecimal, as in \"keyid:0a0b\"", text));
    }
  }
  throw SetupError(fmt::format(
      "identity \"{}\" is none; write for example \"fqdn:harness.test\" (or email:, ipv4:, ipv6:, keyid:, dn:, null)",
      text));
}

wire::TrafficSelector parse_traffic_selector(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  const auto fail = [&] {
    return SetupError(
        fmt::format("traffic selector \"{}\" is none; write an address or a prefix, as in \"10.1.0.0/24\"", text));
  };
  if (!address) throw fail();
  const unsigned width = address->is_v4() ? 32 : 128;
  unsigned length = width;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc() || end != digits.data() + digits.size() || length > width) throw fail();
  }
  return wire::TrafficSelector::prefix(*address, length);
}

wire::DhGroup parse_group(std::string_view text) {
  if (const auto* row = crypto::find_group(text)) return row->id;
  throw SetupError(fmt::format("no group \"{}\"; known are {}", text, names(crypto::group_table())));
}

}  // namespace ikevet::scenarios
