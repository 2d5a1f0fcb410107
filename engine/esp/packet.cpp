#include "engine/esp/packet.hpp"

#include <algorithm>
#include <array>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"

namespace ikevet::esp {
namespace {

constexpr std::size_t kHeaderSize = 8;
constexpr std::size_t kTrailerSize = 2;  // Pad Length, Next Header
constexpr std::size_t kAlignment = 4;    // RFC 4303 §2.4: the ICV begins on a boundary of four octets

using Failed = Unexpected<Failure>;
using Upper = std::optional<std::uint32_t>;

std::array<std::uint8_t, 4> octets(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

/// RFC 4106 §5, RFC 4309 §5, RFC 7634 §2.1: SPI | Sequence Number, or SPI | upper half | lower half with extended ones.
Bytes associated_data(BytesView header, Upper upper) {
  return upper ? cat(header.first(4), octets(*upper), header.last(4)) : to_bytes(header);
}

/// RFC 4303 §2.8: over everything but the ICV, and the upper half of an extended sequence number behind it.
Bytes checksum(const Protection& keys, BytesView covered, Upper upper) {
  if (!upper) return keys.integ.compute(keys.integ_key.view(), {covered});
  return keys.integ.compute(keys.integ_key.view(), {covered, octets(*upper)});
}

Result<Opened, Failure> take_off_trailer(const Bytes& text, bool checked) {
  const BytesView view = text;
  const std::size_t padding = view[view.size() - kTrailerSize];
  if (padding + kTrailerSize > view.size()) return Failed(Failure::BadPadding);
  const std::size_t size = view.size() - kTrailerSize - padding;
  Opened out{view.back(), to_bytes(view.first(size)), checked, true};
  for (std::size_t i = 0; i < padding; ++i) out.default_padding = out.default_padding && view[size + i] == i + 1;
  return out;
}

Bytes make_iv(const crypto::Cipher& cipher, std::uint64_t sequence, RandomSource& random) {
  if (cipher.info().mode == crypto::EncrMode::Cbc) return random.bytes(cipher.iv_size());
  Writer out;
  for (std::size_t i = 8; i < cipher.iv_size(); ++i) out.u8(0);
  if (cipher.iv_size() != 0) out.u64(sequence);
  return out.take();
}

/// Payload, padding and trailer: what is encrypted.
Bytes make_plaintext(const crypto::Cipher& cipher, const Content& content) {
  Writer out(content.payload.size() + content.tfc_padding + cipher.block_size() + kAlignment + kTrailerSize);
  out.bytes(content.payload).bytes(Bytes(content.tfc_padding));
  const std::size_t unit = std::max(cipher.block_size(), kAlignment);
  const std::size_t padding = (unit - (out.size() + kTrailerSize) % unit) % unit;
  for (std::size_t i = 1; i <= padding; ++i) out.u8(i);  // RFC 4303 §2.4
  out.u8(padding).u8(content.next_header);
  return out.take();
}

}  // namespace

std::optional<Header> read_header(BytesView packet) {
  Reader in(packet);
  Header header;
  header.spi = {in.u32("SPI")};
  header.sequence = in.u32("Sequence Number");
  return in.ok() ? std::optional(header) : std::nullopt;
}

std::optional<Protection> Protection::create(wire::EncrId encr, std::uint16_t key_bits, wire::IntegId integ,
                                             const SecretBytes& encr_key, const SecretBytes& integ_key) {
  const auto cipher = crypto::Cipher::find(encr, key_bits);
  const auto mac = crypto::Integ::find(integ);
  if (!cipher || !mac || encr_key.size() != cipher->key_size() || integ_key.size() != mac->key_size())
    return std::nullopt;
  return Protection{*cipher, *mac, encr_key, integ_key, 0};
}

std::string_view text(Failure why) {
  switch (why) {
    case Failure::TooShort:
      return "too short";
    case Failure::BadIntegrity:
      return "wrong Integrity Check Value";
    case Failure::BadPadding:
      return "Pad Length beyond the payload";
  }
  return "unknown";
}

Result<Opened, Failure> open(const Protection& keys, BytesView packet, Upper upper) {
  const std::size_t iv_size = keys.cipher.iv_size();
  const std::size_t icv_size = keys.icv_size();
  if (packet.size() < kHeaderSize + iv_size + kTrailerSize + icv_size) return Failed(Failure::TooShort);
  const BytesView header = packet.first(kHeaderSize);
  const BytesView iv = packet.subspan(kHeaderSize, iv_size);
  const BytesView icv = packet.last(icv_size);
  Bytes text = to_bytes(packet.subspan(kHeaderSize + iv_size, packet.size() - kHeaderSize - iv_size - icv_size));

  if (keys.cipher.is_aead()) {
    if (!keys.cipher.decrypt(keys.encr_key.view(), iv, associated_data(header, upper), {text.data(), text.size()}, icv))
      return Failed(Failure::BadIntegrity);
    return take_off_trailer(text, true);
  }
  // RFC 4303 §3.4.4.1: the ICV first, then decryption.
  const bool checked = keys.integ.icv_size() != 0;
  if (checked && !equal_constant_time(checksum(keys, packet.first(packet.size() - icv_size), upper), icv))
    return Failed(Failure::BadIntegrity);
  if (!keys.cipher.decrypt(keys.encr_key.view(), iv, {}, {text.data(), text.size()}, {}))
    return Failed(Failure::TooShort);
  return take_off_trailer(text, checked);
}

Bytes seal(const Protection& keys, const Content& content, RandomSource& random) {
  const Upper upper = content.esn ? std::optional(static_cast<std::uint32_t>(content.sequence >> 32)) : std::nullopt;
  Writer header;
  header.u32(content.spi.value).u32(static_cast<std::uint32_t>(content.sequence));
  const Bytes iv = content.iv.empty() ? make_iv(keys.cipher, content.sequence, random) : to_bytes(content.iv);
  Bytes text = make_plaintext(keys.cipher, content);
  Bytes icv(keys.cipher.icv_size());
  const Bytes aad = keys.cipher.is_aead() ? associated_data(header.view(), upper) : Bytes();
  // The plaintext fills whole blocks: encryption cannot refuse it.
  (void)keys.cipher.encrypt(keys.encr_key.view(), iv, aad, {text.data(), text.size()}, {icv.data(), icv.size()});
  Bytes packet = cat(header.view(), iv, text, icv);
  if (!keys.cipher.is_aead()) append(packet, checksum(keys, packet, upper));
  return packet;
}

}  // namespace ikevet::esp
