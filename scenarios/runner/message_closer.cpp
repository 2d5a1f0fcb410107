#include "scenarios/runner/message_closer.hpp"

#include <algorithm>
#include <array>

#include "engine/keys/sk_cipher.hpp"
#include "engine/wire/message.hpp"

namespace ikevet::scenarios {
namespace {

std::optional<keys::SkCipher> cipher_of(const keys::IkeSaKeySet& sa, const wire::IkeHeader& header) {
  // RFC 7296 §2.14: SK_ei and SK_ai protect what the original initiator sends.
  const bool from_initiator = header.is_from_original_initiator();
  return keys::SkCipher::create(sa.suite, from_initiator ? sa.keys.ei : sa.keys.er,
                                from_initiator ? sa.keys.ai : sa.keys.ar);
}

/// An SK or SKF payload that was opened, and what stood before it.
struct Opened {
  wire::OpenedSk content;
  wire::PayloadType first_inner{};
  std::optional<wire::EncryptedFragment> fragment;  ///< its numbers
  std::vector<wire::Payload> clear;
};

/// Header and payloads in clear, with room for a body of so many octets at the end.
Bytes laid_out(const wire::IkeHeader& header, const Opened& opened, wire::PayloadType first_inner,
               std::size_t body_size) {
  std::vector<wire::Payload> payloads = opened.clear;
  if (opened.fragment) {
    wire::EncryptedFragment fragment = *opened.fragment;
    fragment.first_inner = first_inner;
    fragment.body = Bytes(body_size);
    payloads.push_back({std::move(fragment), false, 0});
  } else {
    payloads.push_back({wire::Encrypted{first_inner, Bytes(body_size)}, false, 0});
  }
  return wire::Message{header, std::move(payloads), {}, {}}.octets();
}

/// The SK payload is the last, RFC 7296 §3.14; so is SKF, RFC 7383 §2.5.
std::optional<Opened> open_with(const keys::SkCipher& cipher, const trace::MessageRecord& message) {
  if (message.outer.payloads.empty()) return std::nullopt;
  const wire::PayloadBody& last = message.outer.payloads.back().body;
  const auto* sk = std::get_if<wire::Encrypted>(&last);
  const auto* skf = std::get_if<wire::EncryptedFragment>(&last);
  if (sk == nullptr && skf == nullptr) return std::nullopt;
  const std::size_t header = sk ? keys::kSkHeaderSize : keys::kSkfHeaderSize;
  const std::size_t body = sk ? sk->body.size() : skf->body.size();
  const std::size_t at = message.octets.size() - message.outer.trailing.size() - body - header;
  auto content = cipher.open(message.octets, at, header);
  if (!content) return std::nullopt;
  Opened out{std::move(*content), sk ? sk->first_inner : skf->first_inner, std::nullopt, {}};
  if (skf) out.fragment = *skf;
  out.clear.assign(message.outer.payloads.begin(), message.outer.payloads.end() - 1);
  return out;
}

/// The body of the last payload, sealed into a message that has room for it.
void seal_into(Bytes& octets, std::size_t size, keys::SkCipher& cipher, BytesView plaintext, RandomSource& random) {
  const Bytes body = cipher.seal(BytesView(octets).first(octets.size() - size), plaintext, random);
  std::ranges::copy(body, octets.end() - static_cast<std::ptrdiff_t>(size));
}

Bytes padded(const wire::OpenedSk& content) {
  Bytes out = cat(content.plaintext, content.padding);
  out.push_back(content.pad_length);
  return out;
}

}  // namespace

void MessageCloser::add(const IkeSpis& spis, const crypto::IkeSuite& suite, const keys::SaKeys& keys) {
  keys_.ike.push_back({spis, suite, keys});
  ring_.add(spis, suite, keys);
}

const keys::IkeSaKeySet* MessageCloser::find(const IkeSpis& spis) const {
  const auto found = std::ranges::find(keys_.ike.rbegin(), keys_.ike.rend(), spis, &keys::IkeSaKeySet::spis);
  return found == keys_.ike.rend() ? nullptr : &*found;
}

std::optional<trace::MessageRecord> MessageCloser::read(const Datagram& datagram, trace::Party from) const {
  trace::TraceBuilder builder(&ring_);
  if (!builder.add(trace::Packet{1, {}, from, datagram, trace::Fate::Delivered})) return std::nullopt;
  trace::Trace trace = builder.take();
  return std::move(trace.messages.front());
}

bool MessageCloser::has_more_padding(const trace::MessageRecord& message) const {
  const keys::IkeSaKeySet* sa = find(message.outer.header.spis);
  auto cipher = sa == nullptr ? std::nullopt : cipher_of(*sa, message.outer.header);
  const auto opened = cipher ? open_with(*cipher, message) : std::nullopt;
  if (!opened) return false;
  const wire::OpenedSk& content = opened->content;
  return content.plaintext.size() + content.padding.size() + 1 > cipher->pad(content.plaintext).size();
}

std::optional<Bytes> MessageCloser::close(const sa::OutboundMessage& message, BytesView plaintext) const {
  const keys::IkeSaKeySet* sa = find(message.header.spis);
  if (sa == nullptr) return std::nullopt;
  auto cipher = cipher_of(*sa, message.header);
  if (!cipher) return std::nullopt;
  const std::size_t size = cipher->sealed_size(plaintext.size());
  Bytes octets = laid_out(message.header, {{}, {}, {}, message.clear}, wire::first_type(message.payloads), size);
  seal_into(octets, size, *cipher, plaintext, random_);
  return octets;
}

std::optional<Bytes> MessageCloser::close_again(const trace::MessageRecord& message, const wire::IkeHeader& header,
                                                std::optional<wire::PayloadType> first_inner) const {
  const keys::IkeSaKeySet* sa = find(message.outer.header.spis);
  auto cipher = sa == nullptr ? std::nullopt : cipher_of(*sa, message.outer.header);
  const auto opened = cipher ? open_with(*cipher, message) : std::nullopt;
  if (!opened) return std::nullopt;
  const std::size_t size = cipher->sealed_size(opened->content.plaintext.size());
  Bytes octets = laid_out(header, *opened, first_inner.value_or(opened->first_inner), size);
  seal_into(octets, size, *cipher, opened->content.plaintext, random_);
  return octets;
}

std::vector<Bytes> MessageCloser::close_in_fragments(const trace::MessageRecord& message, std::size_t octets) const {
  const keys::IkeSaKeySet* sa = find(message.outer.header.spis);
  auto cipher = sa == nullptr ? std::nullopt : cipher_of(*sa, message.outer.header);
  auto opened = cipher ? open_with(*cipher, message) : std::nullopt;
  if (!opened || opened->fragment || octets == 0) return {};
  BytesView left = opened->content.plaintext;
  const auto total = static_cast<std::uint16_t>((left.size() + octets - 1) / octets);
  std::vector<Bytes> out;
  for (std::uint16_t number = 1; number <= total; ++number) {
    const BytesView part = left.first(std::min(octets, left.size()));
    left = left.subspan(part.size());
    opened->fragment = wire::EncryptedFragment{{}, number, total, {}};
    const std::size_t size = cipher->sealed_size(part.size());
    Bytes one =
        laid_out(message.outer.header, *opened, number == 1 ? opened->first_inner : wire::PayloadType::None, size);
    seal_into(one, size, *cipher, part, random_);
    out.push_back(std::move(one));
  }
  return out;
}

std::optional<Bytes> MessageCloser::close_wrongly(const trace::MessageRecord& message, const KeyDeviation& how,
                                                  std::optional<Bytes>& iv) const {
  const keys::IkeSaKeySet* right = find(message.outer.header.spis);
  auto cipher = right == nullptr ? std::nullopt : cipher_of(*right, message.outer.header);
  const auto opened = cipher ? open_with(*cipher, message) : std::nullopt;
  if (!opened) return std::nullopt;
  keys::IkeSaKeySet wrong = *right;
  if (!how.order.empty()) wrong.keys = cut_anew(wrong.keys, how.order);
  if (how.unrelated)
    for (SecretBytes* key : {&wrong.keys.ai, &wrong.keys.ar, &wrong.keys.ei, &wrong.keys.er}) *key = unrelated(*key);
  cipher = cipher_of(wrong, message.outer.header);
  if (!cipher) return std::nullopt;
  if (how.repeated_iv && !iv) iv = opened->content.iv;
  const Bytes content = padded(opened->content);
  const std::size_t size = cipher->body_size(content.size());
  Bytes octets = laid_out(message.outer.header, *opened, opened->first_inner, size);
  const auto text = cipher->encrypt(content, iv && how.repeated_iv ? *iv : opened->content.iv);
  if (!text) return std::nullopt;
  const BytesView prefix = how.without_associated_data ? BytesView() : BytesView(octets).first(octets.size() - size);
  const Bytes icv = cipher->icv(prefix, *text);
  std::ranges::copy(icv, std::ranges::copy(*text, octets.end() - static_cast<std::ptrdiff_t>(size)).out);
  return octets;
}

keys::SaKeys cut_anew(const keys::SaKeys& keys, const std::vector<std::string>& order) {
  const std::array<std::pair<std::string_view, const SecretBytes*>, 7> as_is{{{"d", &keys.d},
                                                                              {"ai", &keys.ai},
                                                                              {"ar", &keys.ar},
                                                                              {"ei", &keys.ei},
                                                                              {"er", &keys.er},
                                                                              {"pi", &keys.pi},
                                                                              {"pr", &keys.pr}}};
  Bytes stream;
  for (const auto& [name, key] : as_is) append(stream, key->view());
  keys::SaKeys out = keys;
  const std::array<std::pair<std::string_view, SecretBytes*>, 7> anew{{{"d", &out.d},
                                                                       {"ai", &out.ai},
                                                                       {"ar", &out.ar},
                                                                       {"ei", &out.ei},
                                                                       {"er", &out.er},
                                                                       {"pi", &out.pi},
                                                                       {"pr", &out.pr}}};
  BytesView left(stream);
  for (const std::string& next : order) {
    const auto slot = std::ranges::find(anew, next, [](const auto& entry) { return entry.first; });
    if (slot == anew.end()) continue;
    const std::size_t size = slot->second->view().size();
    *slot->second = SecretBytes(left.first(size));
    left = left.subspan(size);
  }
  return out;
}

SecretBytes unrelated(const SecretBytes& key) {
  constexpr std::uint8_t kMask = 0x5a;
  SecretBytes out = key;
  for (std::uint8_t& octet : out.mutable_view()) octet ^= kMask;
  return out;
}

}  // namespace ikevet::scenarios
