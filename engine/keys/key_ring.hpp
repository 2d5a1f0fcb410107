// The keys known so far, by SPI: what decodes a trace.
#pragma once

#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/keys/key_export.hpp"
#include "engine/keys/key_schedule.hpp"
#include "engine/keys/sk_cipher.hpp"
#include "engine/wire/sk_opener.hpp"

namespace ikevet::keys {

/// Keys of IKE SAs and Child SAs. An IKE SA may have several sets of keys under the same SPIs, one for each additional
/// key exchange (RFC 9370 §2.2.2); a message is opened with whichever fits. For a Child SA, adding the same SPI again
/// replaces what was there.
class KeyRing final : public wire::SkOpener {
 public:
  /// False, and nothing added, when the algorithms are unknown or a key has the wrong size for them. Keys that are
  /// there already are not added again.
  bool add(IkeSpis spis, const crypto::IkeSuite& suite, const SaKeys& keys);
  bool add(const IkeKeyEntry& entry);

  void add_child(EspKeyEntry entry);
  void add_child(const crypto::ChildSuite& suite, const ChildKeys& keys, ChildSpi spi_i, ChildSpi spi_r,
                 const IpAddress& initiator, const IpAddress& responder);

  bool has(IkeSpis spis) const { return ike_.contains(spis); }

  /// The keys for an ESP or AH packet: by SPI and destination, which together name an SA (RFC 4301 §4.1); where no
  /// entry has that destination, by SPI alone, since addresses change (NAT, MOBIKE). Null when there are none.
  const EspKeyEntry* find_child(ChildSpi spi, const IpAddress& destination) const;

  /// Opens with the keys of the direction that the header's Initiator flag names, trying the newest first.
  Result<wire::OpenedSk, wire::OpenFailure> open(const wire::IkeHeader& header, BytesView message,
                                                 std::size_t sk_offset, wire::PayloadType type) const override;

  /// Everything in the ring, in the order it was added: for the key files beside a capture.
  const std::vector<IkeKeyEntry>& ike_entries() const { return ike_entries_; }
  const std::vector<EspKeyEntry>& child_entries() const { return child_entries_; }

 private:
  struct Directions {
    SkCipher from_initiator;
    SkCipher from_responder;
  };
  std::unordered_map<IkeSpis, std::vector<Directions>> ike_;  ///< the newest keys last
  std::unordered_multimap<ChildSpi, std::size_t> children_;   ///< index in child_entries_
  std::vector<IkeKeyEntry> ike_entries_;
  std::vector<EspKeyEntry> child_entries_;
};

}  // namespace ikevet::keys
