#include "engine/keys/key_ring.hpp"

#include "engine/wire/ike_header.hpp"

namespace ikevet::keys {

bool KeyRing::add(IkeSpis spis, const crypto::IkeSuite& suite, const SaKeys& keys) {
  return add(ike_key_entry(spis, suite, keys));
}

bool KeyRing::add(const IkeKeyEntry& entry) {
  auto from_initiator = SkCipher::create(entry.encr, entry.key_bits, entry.integ, entry.ei, entry.ai);
  auto from_responder = SkCipher::create(entry.encr, entry.key_bits, entry.integ, entry.er, entry.ar);
  if (!from_initiator || !from_responder) return false;

  const auto known = ike_.find(entry.spis);
  const std::size_t index = known != ike_.end() ? known->second.entry : ike_entries_.size();
  if (index == ike_entries_.size()) {
    ike_entries_.push_back(entry);
  } else {
    ike_entries_[index] = entry;
  }
  ike_.insert_or_assign(entry.spis, Directions{std::move(*from_initiator), std::move(*from_responder), index});
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
  const SkCipher& cipher = header.is_from_original_initiator() ? sa->second.from_initiator : sa->second.from_responder;
  return cipher.open(message, sk_offset, type == wire::PayloadType::SKF ? kSkfHeaderSize : kSkHeaderSize);
}

}  // namespace ikevet::keys
