// Nonces, RFC 7296 §2.10 and §3.9. Their size limits are a check of wire/.
#include <fmt/format.h>

#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "reports/rules/families.hpp"

namespace ikevet::reports::rules {
namespace {

using trace::MessageRecord;
using trace::Party;
using wire::ExchangeType;
using wire::PrfId;

/// Octets of the preferred key, RFC 7296 §2.13: for HMAC its output (RFC 4868 §2.1.2), 16 for the AES ones (RFC 4434,
/// RFC 4615).
std::optional<std::size_t> prf_key_size(PrfId prf) {
  switch (prf) {
    case PrfId::PRF_HMAC_MD5:
    case PrfId::PRF_AES128_XCBC:
    case PrfId::PRF_AES128_CMAC:
      return 16;
    case PrfId::PRF_HMAC_SHA1:
      return 20;
    case PrfId::PRF_HMAC_SHA2_256:
      return 32;
    case PrfId::PRF_HMAC_SHA2_384:
      return 48;
    case PrfId::PRF_HMAC_SHA2_512:
      return 64;
    default:
      return std::nullopt;
  }
}

std::optional<PrfId> prf_of(const wire::Proposal& suite) {
  for (const wire::Transform& transform : suite.transforms)
    if (transform.type == wire::TransformType::PRF) return static_cast<PrfId>(transform.id);
  return std::nullopt;
}

/// The PRF that the message's exchange negotiated or runs under.
const SeenIkeSa* keyed_by(const TraceView& view, const MessageRecord& message) {
  if (const SeenIkeSa* sa = view.ike_sa(message)) return sa;
  // IKE_SA_INIT requests do not have the responder's SPI yet.
  for (const auto& [spis, sa] : view.ike_sas())
    if (spis.i == message.outer.header.spis.i && !sa.rekeyed) return &sa;
  return nullptr;
}

// §2.10: at least half the key size of the negotiated PRF.
Observations half_the_prf_key(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    const auto* nonce = wire::find<wire::Nonce>(message.payloads());
    const SeenIkeSa* sa = nonce == nullptr ? nullptr : keyed_by(view, message);
    const std::optional<PrfId> prf = sa == nullptr || !sa->suite ? std::nullopt : prf_of(*sa->suite);
    const std::optional<std::size_t> key = prf ? prf_key_size(*prf) : std::nullopt;
    if (!key) continue;
    out.saw(message);
    if (nonce->data.size() * 2 < *key)
      out.broken({&message}, fmt::format("a nonce of {} octets with {}, whose key has {}", nonce->data.size(),
                                         wire::name_or_number(*prf), *key));
  }
  return out;
}

// §3.9: nonce values are not reused. The IKE_SA_INIT request that goes out again with a cookie or another group keeps
// its nonce (§2.6), and so does a retransmission.
Observations not_reused(const TraceView& view) {
  Observations out;
  using Exchange = std::tuple<IkeSpi, IkeSpi, std::uint32_t, bool>;
  std::map<Bytes, std::pair<Exchange, const MessageRecord*>> seen;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    const auto* nonce = wire::find<wire::Nonce>(message.payloads());
    if (nonce == nullptr || nonce->data.empty()) continue;
    const wire::IkeHeader& header = message.outer.header;
    const bool init = header.exchange == ExchangeType::IKE_SA_INIT;
    const Exchange exchange{header.spis.i, init ? IkeSpi{} : header.spis.r, header.message_id.value,
                            header.is_response()};
    out.saw(message);
    const auto [known, is_new] = seen.emplace(nonce->data, std::pair(exchange, &message));
    if (!is_new && known->second.first != exchange)
      out.broken({known->second.second, &message}, "the same nonce in two exchanges");
  }
  return out;
}

constexpr std::array kRules{
    Rule{"rfc7296-2.10-nonce-half-prf-key", half_the_prf_key},
    Rule{"rfc7296-3.9-nonce-not-reused", not_reused},
};

}  // namespace

std::span<const Rule> nonce_rules() { return kRules; }

}  // namespace ikevet::reports::rules
