#include "engine/keys/key_ring.hpp"

#include <algorithm>

#include "engine/wire/ike_header.hpp"

namespace ikevet::keys {

bool KeyRing::add(IkeSpis spis, const crypto::IkeSuite& suite, const SaKeys& keys) {
  return add(ike_key_entry(spis, suite, keys));
}

bool KeyRing::add(const IkeKeyEntry& entry) {
  auto from_initiator = SkCipher::create(entry.encr, entry.key_bits, entry.integ, entry.ei, entry.ai);
  auto from_responder = SkCipher::create(entry.encr, entry.key_bits, entry.integ, entry.er, entry.ar);
  if (!from_initiator || !from_responder) return false;

  std::vector<Directions>& generations = ike_[entry.spis];
  if (!generations.empty() && std::ranges::find(ike_entries_, entry) != ike_entries_.end()) return true;
  ike_entries_.push_back(entry);
  generations.push_back({std::move(*from_initiator), std::move(*from_responder)});
  return true;
}

void KeyRing::add_child(EspKeyEntry entry) {
  const auto [first, last] = children_.equal_range(entry.spi);
  for (auto known = first; known != last; ++known) {
    EspKeyEntry& there = child_entries_[known->second];
    if (there.destination == entry.destination && there.source == entry.source) {
      there = std::move(entry);
      return;
    }
  }
  children_.emplace(entry.spi, child_entries_.size());
  child_entries_.push_back(std::move(entry));
}

void KeyRing::add_child(const crypto::ChildSuite& suite, const ChildKeys& keys, ChildSpi spi_i, ChildSpi spi_r,
                        const IpAddress& initiator, const IpAddress& responder) {
  for (EspKeyEntry& entry : esp_key_entries(suite, keys, spi_i, spi_r, initiator, responder)) {
    add_child(std::move(entry));
  }
}

const EspKeyEntry* KeyRing::find_child(ChildSpi spi, const IpAddress& destination) const {
  const EspKeyEntry* same_spi = nullptr;
  const auto [first, last] = children_.equal_range(spi);
  for (auto known = first; known != last; ++known) {
    const EspKeyEntry& entry = child_entries_[known->second];
    if (entry.destination == destination) return &entry;
    same_spi = &entry;
  }
  return same_spi;
}

Result<wire::OpenedSk, wire::OpenFailure> KeyRing::open(const wire::IkeHeader& header, BytesView message,
                                                        std::size_t sk_offset, wire::PayloadType type) const {
  const auto sa = ike_.find(header.spis);
  if (sa == ike_.end()) return Unexpected<wire::OpenFailure>(wire::OpenFailure::NoKeys);
  const std::size_t header_size = type == wire::PayloadType::SKF ? kSkfHeaderSize : kSkHeaderSize;
  Result<wire::OpenedSk, wire::OpenFailure> out = Unexpected<wire::OpenFailure>(wire::OpenFailure::NoKeys);
  for (auto keys = sa->second.rbegin(); keys != sa->second.rend(); ++keys) {
    const SkCipher& cipher = header.is_from_original_initiator() ? keys->from_initiator : keys->from_responder;
    auto opened = cipher.open(message, sk_offset, header_size);
    // Other keys may still fit; what is wrong with the message under the newest keys is what is told.
    if (opened || keys == sa->second.rbegin()) out = std::move(opened);
    if (out) break;
  }
  return out;
}

}  // namespace ikevet::keys
