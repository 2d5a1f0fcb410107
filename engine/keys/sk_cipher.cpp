#include "engine/keys/sk_cipher.hpp"

#include <algorithm>
#include <stdexcept>

#include "engine/base/writer.hpp"

namespace ikevet::keys {
namespace {

constexpr std::size_t kPadLengthSize = 1;

std::size_t padded_size(std::size_t inner_size, std::size_t block_size) {
  const std::size_t least = inner_size + kPadLengthSize;
  return (least + block_size - 1) / block_size * block_size;
}

std::span<std::uint8_t> writable(Bytes& octets) { return {octets.data(), octets.size()}; }

/// "Payload Length" of the generic header, RFC 7296 §3.2.
std::size_t payload_length(BytesView message, std::size_t sk_offset) {
  return static_cast<std::size_t>(message[sk_offset + 2]) << 8 | message[sk_offset + 3];
}

/// Splits what has been decrypted into payloads, padding and Pad Length.
Result<wire::OpenedSk, wire::OpenFailure> unpad(BytesView padded) {
  const std::uint8_t pad_length = padded.back();
  const BytesView rest = padded.first(padded.size() - kPadLengthSize);
  if (pad_length > rest.size()) return Unexpected<wire::OpenFailure>(wire::OpenFailure::BadPadding);
  wire::OpenedSk out;
  out.plaintext = to_bytes(rest.first(rest.size() - pad_length));
  out.padding = to_bytes(rest.last(pad_length));
  out.pad_length = pad_length;
  return out;
}

}  // namespace

std::optional<SkCipher> SkCipher::create(wire::EncrId encr, std::uint16_t key_bits, wire::IntegId integ,
                                         SecretBytes sk_e, SecretBytes sk_a) {
  const std::optional<crypto::Cipher> cipher = crypto::Cipher::find(encr, key_bits);
  // RFC 5282 §7.1, §8: with a combined mode there is no other integrity algorithm and no SK_a.
  const std::optional<crypto::Integ> checksum =
      crypto::Integ::find(cipher && cipher->is_aead() ? wire::IntegId::NONE : integ);
  if (!cipher || !checksum) return std::nullopt;
  if (sk_e.size() != cipher->key_size() || sk_a.size() != checksum->key_size()) return std::nullopt;
  return SkCipher(*cipher, *checksum, std::move(sk_e), std::move(sk_a));
}

std::size_t SkCipher::sealed_size(std::size_t inner_size) const {
  return body_size(padded_size(inner_size, block_size()));
}

std::size_t SkCipher::inner_capacity(std::size_t body_size) const {
  const std::size_t overhead = iv_size() + icv_size();
  if (body_size < overhead) return 0;
  const std::size_t blocks = (body_size - overhead) / block_size() * block_size();
  return blocks < kPadLengthSize ? 0 : blocks - kPadLengthSize;
}

Bytes SkCipher::pad(BytesView inner) const {
  const std::size_t size = padded_size(inner.size(), block_size());
  Bytes out;
  out.reserve(size);
  append(out, inner);
  // "Padding MAY contain any value chosen by the sender" (§3.14): zeros keep runs reproducible without draws.
  out.resize(size);
  out.back() = static_cast<std::uint8_t>(size - kPadLengthSize - inner.size());
  return out;
}

Bytes SkCipher::next_iv(RandomSource& random) {
  // RFC 7296 §3.14: in CBC mode senders MUST select a new unpredictable IV for every message.
  if (encr_.info().mode == crypto::EncrMode::Cbc) return random.bytes(iv_size());
  if (iv_size() == 0) return {};
  // The counter-based modes want an IV that never repeats under one key (RFC 5282 §3.1, RFC 3686 §3.1) and may be
  // guessed. Random ones would repeat by chance after some 2^32 messages; counting cannot before 2^64. A key has one
  // sender, which holds the one object that counts for it, since SkCipher cannot be copied. The start is drawn so that
  // captures do not all begin with zero.
  counter_ = counter_ ? *counter_ + 1 : random.u64();
  return Writer(iv_size()).u64(*counter_).take();
}

std::optional<Bytes> SkCipher::encrypt(BytesView padded, BytesView iv) const {
  if (iv.size() != iv_size()) return std::nullopt;
  Bytes out;
  out.reserve(iv.size() + padded.size());
  append(out, iv);
  append(out, padded);
  Bytes unused_icv(encr_.icv_size());
  if (!encr_.encrypt(sk_e_.view(), iv, {}, writable(out).subspan(iv.size()), writable(unused_icv))) {
    return std::nullopt;
  }
  return out;
}

Bytes SkCipher::icv(BytesView prefix, BytesView iv_and_ciphertext) const {
  if (!encr_.is_aead()) return integ_.compute(sk_a_.view(), {prefix, iv_and_ciphertext});

  Bytes out(encr_.icv_size());
  if (iv_and_ciphertext.size() < iv_size()) return out;
  const BytesView iv = iv_and_ciphertext.first(iv_size());
  Bytes text = to_bytes(iv_and_ciphertext.subspan(iv_size()));
  // A combined mode computes the ICV of what it encrypts. All of them encrypt by adding a key stream, so that
  // encrypting the ciphertext gives the plaintext for it, and encrypting that gives the ciphertext again, with its ICV.
  encr_.encrypt(sk_e_.view(), iv, {}, writable(text), writable(out));
  encr_.encrypt(sk_e_.view(), iv, prefix, writable(text), writable(out));
  return out;
}

Bytes SkCipher::seal(BytesView prefix, BytesView inner, RandomSource& random) {
  const Bytes iv = next_iv(random);
  const std::size_t text_size = padded_size(inner.size(), block_size());
  Bytes body;
  body.reserve(body_size(text_size));
  append(body, iv);
  append(body, inner);
  body.resize(body_size(text_size));
  const std::span<std::uint8_t> text = writable(body).subspan(iv.size(), text_size);
  const std::span<std::uint8_t> checksum = writable(body).last(icv_size());
  text.back() = static_cast<std::uint8_t>(text_size - kPadLengthSize - inner.size());

  const bool whole_blocks = encr_.encrypt(sk_e_.view(), iv, encr_.is_aead() ? prefix : BytesView{}, text,
                                          encr_.is_aead() ? checksum : std::span<std::uint8_t>{});
  if (!whole_blocks) throw std::logic_error("padding did not reach the block size");
  if (!encr_.is_aead()) {
    std::ranges::copy(integ_.compute(sk_a_.view(), {prefix, BytesView(body).first(iv.size() + text_size)}),
                      checksum.begin());
  }
  return body;
}

Result<wire::OpenedSk, wire::OpenFailure> SkCipher::open(BytesView message, std::size_t sk_offset,
                                                         std::size_t header_size) const {
  using Fail = Unexpected<wire::OpenFailure>;
  if (message.size() < sk_offset || message.size() - sk_offset < header_size) return Fail(wire::OpenFailure::TooShort);
  const std::size_t length = payload_length(message, sk_offset);
  if (length > message.size() - sk_offset) return Fail(wire::OpenFailure::TooShort);
  if (length < header_size + body_size(kPadLengthSize)) return Fail(wire::OpenFailure::TooShort);

  const BytesView prefix = message.first(sk_offset + header_size);
  const BytesView body = message.subspan(prefix.size(), length - header_size);
  const BytesView covered = body.first(body.size() - icv_size());
  const BytesView checksum = body.last(icv_size());
  const BytesView iv = covered.first(iv_size());
  Bytes text = to_bytes(covered.subspan(iv_size()));

  // RFC 7296 §3.14: the checksum is over the encrypted message, and is verified before anything is decrypted.
  if (!encr_.is_aead() && !integ_.verify(sk_a_.view(), {prefix, covered}, checksum)) {
    return Fail(wire::OpenFailure::BadIntegrity);
  }
  if (text.size() % block_size() != 0) return Fail(wire::OpenFailure::TooShort);
  const bool good = encr_.decrypt(sk_e_.view(), iv, encr_.is_aead() ? prefix : BytesView{}, writable(text),
                                  encr_.is_aead() ? checksum : BytesView{});
  if (!good) return Fail(wire::OpenFailure::BadIntegrity);

  auto opened = unpad(text);
  if (opened) {
    opened->iv = to_bytes(iv);
    opened->icv = to_bytes(checksum);
  }
  return opened;
}

}  // namespace ikevet::keys
