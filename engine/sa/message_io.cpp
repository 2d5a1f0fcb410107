#include "engine/sa/message_io.hpp"

namespace ikevet::sa {

Result<void, wire::OpenFailure> open(Incoming& in, const keys::SkCipher& inbound) {
  const auto* sk =
      in.message.payloads.empty() ? nullptr : std::get_if<wire::Encrypted>(&in.message.payloads.back().body);
  if (!sk) return tl::unexpected(wire::OpenFailure::NoKeys);
  // SK is the last payload (RFC 7296 §3.14), so that it stands in front of whatever trails the message.
  const std::size_t behind = in.message.trailing.size() + sk->body.size() + keys::kSkHeaderSize;
  const std::size_t sk_offset = in.octets.size() - behind;
  auto opened = inbound.open(in.octets, sk_offset);
  if (!opened) return tl::unexpected(opened.error());
  wire::Chain chain = wire::parse_chain(sk->first_inner, opened->plaintext);
  in.inner = std::move(chain.payloads);
  in.inner_faults = std::move(chain.faults);
  if (in.message.header.exchange == wire::ExchangeType::IKE_INTERMEDIATE) in.plaintext = std::move(opened->plaintext);
  in.opened = true;
  return {};
}

Bytes compose(OutboundMessage message, OutboundTap& tap) {
  tap.on_payloads(message);
  Bytes octets = wire::Message{message.header, message.payloads, {}, {}}.octets();
  tap.on_message(message, octets);
  return octets;
}

Packets compose(OutboundMessage message, OutboundTap& tap, keys::SkCipher& outbound, RandomSource& random,
                const Completion& complete) {
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
  Bytes padded = plaintext.padding ? cat(plaintext.payloads, *plaintext.padding) : outbound.pad(plaintext.payloads);
  while (padded.size() % outbound.block_size() != 0)
    padded.push_back(0);  // only a tap's own padding can miss the block

  // The prefix holds the final lengths, so the message is laid out once with room for the body.
  const std::size_t body_size = outbound.body_size(padded.size());
  std::vector<wire::Payload> outer = message.clear;
  outer.push_back(payload(wire::Encrypted{wire::first_type(message.payloads), Bytes(body_size)}));
  Bytes octets = wire::Message{message.header, std::move(outer), {}, {}}.octets();
  const BytesView prefix(octets.data(), octets.size() - body_size);

  const Bytes iv = outbound.next_iv(random);
  const Bytes ciphertext = outbound.encrypt(padded, iv).value();
  const Bytes icv = outbound.icv(prefix, ciphertext);
  std::ranges::copy(icv, std::ranges::copy(ciphertext, octets.end() - static_cast<std::ptrdiff_t>(body_size)).out);
  tap.on_message(message, octets);
  return octets;
}

std::optional<std::uint8_t> unsupported_critical(const std::vector<wire::Payload>& payloads) {
  // RFC 7296 §2.5: the flag means nothing on payload types that the recipient knows.
  for (const wire::Payload& candidate : payloads)
    if (candidate.critical && std::holds_alternative<wire::Unknown>(candidate.body))
      return static_cast<std::uint8_t>(candidate.type());
  return std::nullopt;
}

}  // namespace ikevet::sa
