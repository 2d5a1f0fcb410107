#include "engine/sa/message_io.hpp"

#include <algorithm>

namespace ikevet::sa {

namespace {

/// RFC 7383 §2.5 asks for no least size of a chunk; less than this would only be a way to make many packets.
constexpr std::size_t kLeastChunk = 64;

/// Where the generic header of the last payload stands. SK and SKF are the last (RFC 7296 §3.14, RFC 7383 §2.5), so
/// that it stands in front of whatever trails the message.
std::size_t last_payload_at(const Incoming& in, std::size_t header_size, const Bytes& body) {
  return in.octets.size() - in.message.trailing.size() - body.size() - header_size;
}

/// Lays out a message whose last payload has room for the body, and fills the body.
template <class Payload>
Bytes protect(const wire::IkeHeader& header, std::vector<wire::Payload> outer, Payload last, BytesView padded,
              keys::SkCipher& outbound, RandomSource& random) {
  // The prefix holds the final lengths, so the message is laid out once with room for the body.
  const std::size_t body_size = outbound.body_size(padded.size());
  last.body = Bytes(body_size);
  outer.push_back(payload(std::move(last)));
  Bytes octets = wire::Message{header, std::move(outer), {}, {}}.octets();
  const BytesView prefix(octets.data(), octets.size() - body_size);

  const Bytes iv = outbound.next_iv(random);
  const Bytes ciphertext = outbound.encrypt(padded, iv).value();
  const Bytes icv = outbound.icv(prefix, ciphertext);
  std::ranges::copy(icv, std::ranges::copy(ciphertext, octets.end() - static_cast<std::ptrdiff_t>(body_size)).out);
  return octets;
}

Bytes padded(BytesView content, const std::optional<Bytes>& padding, const keys::SkCipher& outbound) {
  Bytes out = padding ? cat(content, *padding) : outbound.pad(content);
  while (out.size() % outbound.block_size() != 0) out.push_back(0);  // only a tap's own padding can miss the block
  return out;
}

/// How the content of a message is cut.
struct Cut {
  std::size_t first{};  ///< octets in the first fragment, beside the unprotected payloads (RFC 7383 §2.5.3)
  std::size_t other{};
  std::size_t total{};
};

Cut cut(std::size_t content, std::size_t clear, std::size_t limit, const keys::SkCipher& outbound) {
  const auto capacity = [&](std::size_t taken) {
    const std::size_t overhead = wire::kIkeHeaderSize + keys::kSkfHeaderSize + taken;
    return limit > overhead ? outbound.inner_capacity(limit - overhead) : 0;
  };
  Cut out;
  out.other = std::max(capacity(0), kLeastChunk);
  // §2.5.3: beside unprotected payloads the first chunk may be empty.
  out.first = std::min(content, clear == 0 ? out.other : capacity(clear));
  out.total = 1 + (content - out.first + out.other - 1) / out.other;
  return out;
}

Packets pack(const Unfragmented& whole, OutboundTap& tap, keys::SkCipher& outbound, RandomSource& random,
             std::size_t limit) {
  const auto& [message, plaintext] = whole;
  const wire::PayloadType first_inner = wire::first_type(message.payloads);
  const std::size_t clear = wire::serialise_chain(message.clear).size();
  const Bytes body = padded(plaintext.payloads, plaintext.padding, outbound);
  const std::size_t size = wire::kIkeHeaderSize + clear + keys::kSkHeaderSize + outbound.body_size(body.size());
  Packets out;
  if (limit == 0 || size <= limit) {
    Bytes octets = protect(message.header, message.clear, wire::Encrypted{first_inner, {}}, body, outbound, random);
    tap.on_message(message, octets);
    out.add(std::move(octets));
    return out;
  }
  const Cut sizes = cut(plaintext.payloads.size(), clear, limit, outbound);
  BytesView left = plaintext.payloads;
  for (std::size_t number = 1; number <= sizes.total; ++number) {
    const bool first = number == 1;
    const bool last = number == sizes.total;
    const BytesView chunk = left.first(std::min(left.size(), first ? sizes.first : sizes.other));
    left = left.subspan(chunk.size());
    // §2.5: Next Payload tells the first inner payload in the first fragment, and is zero in the others.
    wire::EncryptedFragment fragment;
    fragment.first_inner = first ? first_inner : wire::PayloadType::None;
    fragment.fragment_number = static_cast<std::uint16_t>(number);
    fragment.total_fragments = static_cast<std::uint16_t>(sizes.total);
    Bytes octets = protect(message.header, first ? message.clear : std::vector<wire::Payload>{}, std::move(fragment),
                           padded(chunk, last ? plaintext.padding : std::nullopt, outbound), outbound, random);
    tap.on_message(message, octets);
    out.add(std::move(octets));
  }
  return out;
}

}  // namespace

void take_inner(Incoming& in, wire::PayloadType first_inner, Bytes plaintext) {
  wire::Chain chain = wire::parse_chain(first_inner, plaintext);
  in.inner = std::move(chain.payloads);
  in.inner_faults = std::move(chain.faults);
  if (in.message.header.exchange == wire::ExchangeType::IKE_INTERMEDIATE) in.plaintext = std::move(plaintext);
  in.opened = true;
}

Result<void, wire::OpenFailure> open(Incoming& in, const keys::SkCipher& inbound) {
  const auto* sk =
      in.message.payloads.empty() ? nullptr : std::get_if<wire::Encrypted>(&in.message.payloads.back().body);
  if (!sk) return tl::unexpected(wire::OpenFailure::NoKeys);
  auto opened = inbound.open(in.octets, last_payload_at(in, keys::kSkHeaderSize, sk->body));
  if (!opened) return tl::unexpected(opened.error());
  take_inner(in, sk->first_inner, std::move(opened->plaintext));
  return {};
}

Result<Bytes, wire::OpenFailure> open_fragment(const Incoming& in, const keys::SkCipher& inbound) {
  const auto* skf =
      in.message.payloads.empty() ? nullptr : std::get_if<wire::EncryptedFragment>(&in.message.payloads.back().body);
  if (!skf) return tl::unexpected(wire::OpenFailure::NoKeys);
  auto opened = inbound.open(in.octets, last_payload_at(in, keys::kSkfHeaderSize, skf->body), keys::kSkfHeaderSize);
  if (!opened) return tl::unexpected(opened.error());
  return std::move(opened->plaintext);
}

Bytes compose(OutboundMessage message, OutboundTap& tap) {
  tap.on_payloads(message);
  Bytes octets = wire::Message{message.header, message.payloads, {}, {}}.octets();
  tap.on_message(message, octets);
  return octets;
}

Packets compose(OutboundMessage message, OutboundTap& tap, keys::SkCipher& outbound, RandomSource& random,
                const Completion& complete, PacketLimit limit) {
  message.encrypted = true;
  tap.on_payloads(message);
  if (complete) complete(message);
  if (!message.encrypted) {
    // A tap took the protection away on purpose.
    Bytes octets = wire::Message{message.header, message.payloads, {}, {}}.octets();
    tap.on_message(message, octets);
    return octets;
  }
  Plaintext plaintext{wire::serialise_chain(message.payloads), std::nullopt};
  tap.on_plaintext(message, plaintext);
  Unfragmented whole{std::move(message), std::move(plaintext)};
  Packets out = pack(whole, tap, outbound, random, limit.octets);
  if (limit.keep_original) out.keep(std::make_shared<const Unfragmented>(std::move(whole)));
  return out;
}

Packets repack(const Packets& message, OutboundTap& tap, keys::SkCipher& outbound, RandomSource& random,
               PacketLimit limit) {
  const auto& whole = message.original();
  if (!whole) return {};
  // RFC 7383 §2.5.2: Total Fragments must really increase, by which the receiver tells one set from the other.
  const std::size_t clear = wire::serialise_chain(whole->message.clear).size();
  if (cut(whole->plaintext.payloads.size(), clear, limit.octets, outbound).total <= message.size()) return {};
  Packets out = pack(*whole, tap, outbound, random, limit.octets);
  if (limit.keep_original) out.keep(whole);
  return out;
}

std::optional<std::uint8_t> unsupported_critical(const std::vector<wire::Payload>& payloads) {
  // RFC 7296 §2.5: the flag means nothing on payload types that the recipient knows.
  for (const wire::Payload& candidate : payloads)
    if (candidate.critical && std::holds_alternative<wire::Unknown>(candidate.body))
      return static_cast<std::uint8_t>(candidate.type());
  return std::nullopt;
}

}  // namespace ikevet::sa
