#include "pcap/esp.hpp"

#include <fmt/format.h>

#include "pcap/dissector.hpp"

namespace ikevet::pcap {
namespace {

using Failed = Unexpected<EspFailure>;

EspFailure failure(esp::Failure why) {
  switch (why) {
    case esp::Failure::TooShort:
      return EspFailure::TooShort;
    case esp::Failure::BadIntegrity:
      return EspFailure::BadIntegrity;
    case esp::Failure::BadPadding:
      return EspFailure::BadPadding;
  }
  return EspFailure::TooShort;
}

}  // namespace

std::optional<EspHeader> esp_header(BytesView packet) { return esp::read_header(packet); }

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

Result<OpenedEsp, EspFailure> open_esp(const keys::KeyRing& ring, const IpAddress& destination, BytesView packet) {
  const auto header = esp_header(packet);
  if (!header) return Failed(EspFailure::TooShort);
  const keys::EspKeyEntry* keys = ring.find_child(header->spi, destination);
  if (keys == nullptr) return Failed(EspFailure::NoKeys);
  auto protection = esp::Protection::create(keys->encr, keys->key_bits, keys->integ, keys->encr_key, keys->integ_key);
  if (!protection) return Failed(EspFailure::UnknownAlgorithm);
  protection->unchecked_icv = keys->unchecked_icv;

  auto opened = esp::open(*protection, packet, std::nullopt);
  // A key table does not say whether sequence numbers are extended.
  if (!opened && opened.error() == esp::Failure::BadIntegrity) opened = esp::open(*protection, packet, 0);
  if (!opened) return Failed(failure(opened.error()));
  return OpenedEsp{opened->next_header, std::move(opened->payload), opened->integrity_checked};
}

std::string describe(const OpenedEsp& opened) {
  if (opened.next_header == esp::kNextDummy) return "dummy packet";
  if (opened.next_header != esp::kNextIpv4 && opened.next_header != esp::kNextIpv6)
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
