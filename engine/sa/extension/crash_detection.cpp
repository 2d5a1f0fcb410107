#include "engine/sa/extension/crash_detection.hpp"

#include <algorithm>

#include "engine/base/writer.hpp"
#include "engine/crypto/hash.hpp"

namespace ikevet::sa {

using wire::NotifyType;

namespace {

/// The tokens in a message, four at most.
std::vector<const Bytes*> tokens_in(const std::vector<wire::Payload>& payloads) {
  std::vector<const Bytes*> out;
  for (const wire::Notify* candidate : wire::notifies(payloads)) {
    if (candidate->type != NotifyType::QUICK_CRASH_DETECTION || out.size() == kMaxQcdTokens) continue;
    if (candidate->data.size() < kMinQcdTokenSize || candidate->data.size() > kMaxQcdTokenSize) continue;
    out.push_back(&candidate->data);
  }
  return out;
}

}  // namespace

Bytes qcd_token(BytesView secret, IkeSpis spis) {
  return crypto::sha256({secret, Writer().u64(spis.i.value).u64(spis.r.value).view()});
}

wire::Payload qcd_notify(BytesView secret, IkeSpis spis) {
  // RFC 6290 §4.1: Protocol ID 1, no SPI.
  return {wire::Notify{wire::ProtocolId::IKE, {}, NotifyType::QUICK_CRASH_DETECTION, qcd_token(secret, spis)}, false,
          0};
}

void QcdTokens::learn(const std::vector<wire::Payload>& payloads) {
  for (const Bytes* token : tokens_in(payloads)) {
    SecretBytes fresh{BytesView(*token)};
    if (std::ranges::find(tokens_, fresh) != tokens_.end()) continue;
    if (tokens_.size() == kMaxQcdTokens) tokens_.erase(tokens_.begin());
    tokens_.push_back(std::move(fresh));
  }
}

bool QcdTokens::verify(const std::vector<wire::Payload>& payloads) const {
  bool match = false;
  for (const Bytes* token : tokens_in(payloads))
    for (const SecretBytes& known : tokens_) match = equal_constant_time(*token, known.view()) || match;
  return match;
}

}  // namespace ikevet::sa
