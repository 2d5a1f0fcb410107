#include "pcap/esp.hpp"

#include <fmt/format.h>

#include <array>

#include "engine/base/reader.hpp"
#include "engine/crypto/encr.hpp"
#include "engine/crypto/integ.hpp"
#include "pcap/dissector.hpp"

namespace ikevet::pcap {
namespace {

constexpr std::size_t kHeaderSize = 8;
constexpr std::size_t kTrailerSize = 2;  // Pad Length, Next Header
constexpr std::uint8_t kNextIpv4 = 4;
constexpr std::uint8_t kNextIpv6 = 41;
constexpr std::uint8_t kNextNone = 59;
constexpr std::array<std::uint8_t, 4> kUpperSequence{};  // of an extended sequence number

using Failed = Unexpected<EspFailure>;

/// Where the parts of the packet lie.
struct Parts {
  BytesView header, iv, ciphertext, icv;
};

std::optional<Parts> split(BytesView esp, std::size_t iv_size, std::size_t icv_size) {
  if (esp.size() < kHeaderSize + iv_size + kTrailerSize + icv_size) return std::nullopt;
  const std::size_t body = esp.size() - kHeaderSize - iv_size - icv_size;
  return Parts{esp.first(kHeaderSize), esp.subspan(kHeaderSize, iv_size), esp.subspan(kHeaderSize + iv_size, body),
               esp.last(icv_size)};
}

/// RFC 4106 §5, RFC 4309 §4: SPI | Sequence Number, or SPI | upper half | lower half with extended ones.
Bytes associated_data(BytesView header, bool extended) {
  return extended ? cat(header.first(4), kUpperSequence, header.last(4)) : to_bytes(header);
}

std::optional<Bytes> decrypt_aead(const crypto::Cipher& cipher, BytesView key, const Parts& parts) {
  for (const bool extended : {false, true}) {
    Bytes text = to_bytes(parts.ciphertext);
    if (cipher.decrypt(key, parts.iv, associated_data(parts.header, extended), {text.data(), text.size()}, parts.icv))
      return text;
  }
  return std::nullopt;
}

/// RFC 4303 §2.8: over everything but the ICV, and the upper half of an extended sequence number behind it.
bool integrity_holds(const crypto::Integ& integ, BytesView key, BytesView covered, BytesView icv) {
  return integ.verify(key, {covered}, icv) || integ.verify(key, {covered, kUpperSequence}, icv);
}

Result<OpenedEsp, EspFailure> take_off_trailer(const Bytes& text, bool checked) {
  const std::size_t padding = text[text.size() - 2];
  if (padding + kTrailerSize > text.size()) return Failed(EspFailure::BadPadding);
  return OpenedEsp{text.back(), to_bytes(BytesView(text).first(text.size() - kTrailerSize - padding)), checked};
}

}  // namespace

std::optional<EspHeader> esp_header(BytesView esp) {
  Reader in(esp);
  EspHeader header;
  header.spi = {in.u32("SPI")};
  header.sequence = in.u32("Sequence Number");
  return in.ok() ? std::optional(header) : std::nullopt;
}

std::string_view text(EspFailure why) {
  switch (why) {
    case EspFailure::NoKeys:
      return "no keys";
    case EspFailure::UnknownAlgorithm:
      return "the algorithm of its keys cannot be decrypted here";
    case EspFailure::TooShort:
      return "too short";
    case EspFailure::BadIntegrity:
      return "wrong Integrity Check Value";
    case EspFailure::BadPadding:
      return "Pad Length beyond the payload";
  }
  return "unknown";
}

Result<OpenedEsp, EspFailure> open_esp(const keys::KeyRing& ring, const IpAddress& destination, BytesView esp) {
  const auto header = esp_header(esp);
  if (!header) return Failed(EspFailure::TooShort);
  const keys::EspKeyEntry* keys = ring.find_child(header->spi, destination);
  if (keys == nullptr) return Failed(EspFailure::NoKeys);
  const auto cipher = crypto::Cipher::find(keys->encr, keys->key_bits);
  const auto integ = crypto::Integ::find(keys->integ);
  if (!cipher || !integ || keys->encr_key.size() != cipher->key_size() || keys->integ_key.size() != integ->key_size())
    return Failed(EspFailure::UnknownAlgorithm);

  const bool aead = cipher->is_aead();
  const std::size_t icv_size = aead ? cipher->icv_size() : integ->icv_size() + keys->unchecked_icv;
  const auto parts = split(esp, cipher->iv_size(), icv_size);
  if (!parts) return Failed(EspFailure::TooShort);
  if (aead) {
    const auto plain = decrypt_aead(*cipher, keys->encr_key.view(), *parts);
    return plain ? take_off_trailer(*plain, true) : Failed(EspFailure::BadIntegrity);
  }

  const bool can_check = integ->icv_size() != 0;
  if (can_check && !integrity_holds(*integ, keys->integ_key.view(), esp.first(esp.size() - icv_size), parts->icv))
    return Failed(EspFailure::BadIntegrity);
  Bytes plain = to_bytes(parts->ciphertext);
  if (!cipher->decrypt(keys->encr_key.view(), parts->iv, {}, {plain.data(), plain.size()}, {}))
    return Failed(EspFailure::TooShort);
  return take_off_trailer(plain, can_check);
}

std::string describe(const OpenedEsp& opened) {
  if (opened.next_header == kNextNone) return "dummy packet";
  if (opened.next_header != kNextIpv4 && opened.next_header != kNextIpv6)
    return fmt::format("IP protocol {}, {} octets", opened.next_header, opened.payload.size());
  const CapturedPacket inner = Dissector().dissect(LinkType::Raw, 0, Instant{}, opened.payload, opened.payload.size());
  const Datagram& datagram = inner.datagram;
  const bool ports = datagram.source.port != 0 || datagram.destination.port != 0;
  std::string out =
      fmt::format("{} > {} {}", ports ? datagram.source.text() : datagram.source.address.text(),
                  ports ? datagram.destination.text() : datagram.destination.address.text(), name(inner.kind));
  if (!inner.note.empty()) out += " " + inner.note;
  return out;
}

}  // namespace ikevet::pcap
