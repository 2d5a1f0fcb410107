// Opens and closes messages beside an engine, with its keys or with others: what deviating peers do to what passes.
#pragma once

#include <optional>

#include "engine/base/random.hpp"
#include "engine/keys/key_ring.hpp"
#include "engine/keys/key_set.hpp"
#include "engine/sa/key_log.hpp"
#include "engine/sa/tap.hpp"
#include "engine/trace/trace.hpp"
#include "scenarios/format/deviation.hpp"

namespace ikevet::scenarios {

/// The keys of the IKE SAs of one engine.
class MessageCloser {
 public:
  explicit MessageCloser(RandomSource& random) : random_(random) {}

  void add(const IkeSpis& spis, const crypto::IkeSuite& suite, const keys::SaKeys& keys);
  bool knows(const IkeSpis& spis) const { return ring_.has(spis); }
  /// The newest keys of an IKE SA; null when there are none.
  const keys::IkeSaKeySet* find(const IkeSpis& spis) const;

  /// The message in a datagram, opened where it can be; empty for what is not IKE.
  std::optional<trace::MessageRecord> read(const Datagram& datagram, trace::Party from) const;
  /// Its padding is longer than it need be.
  bool has_more_padding(const trace::MessageRecord& message) const;
  /// Closed with the keys of the side that the header's I flag names. Empty when the keys are not known.
  std::optional<Bytes> close(const sa::OutboundMessage& message, BytesView plaintext) const;
  /// A protected message closed again in the same manner, from the header on: other IV, other checksum.
  std::optional<Bytes> close_again(const trace::MessageRecord& message, const wire::IkeHeader& header,
                                   std::optional<wire::PayloadType> first_inner = {}) const;
  /// The payloads of a protected message in Encrypted Fragment payloads of about so many octets, RFC 7383 §2.5. Empty
  /// where it cannot be opened, or is a fragment itself.
  std::vector<Bytes> close_in_fragments(const trace::MessageRecord& message, std::size_t octets) const;
  /// The same as a peer with these keys would do it. `iv` is used if it is there, and filled in if it is not and the
  /// deviation wants one again and again.
  std::optional<Bytes> close_wrongly(const trace::MessageRecord& message, const KeyDeviation& how,
                                     std::optional<Bytes>& iv) const;

 private:
  RandomSource& random_;
  keys::KeyRing ring_;
  keys::KeySet keys_;
};

/// What prf+ gave, cut up in another order.
keys::SaKeys cut_anew(const keys::SaKeys& keys, const std::vector<std::string>& order);
/// Another key of the same size: what a wrong input to prf+ comes to, as far as anybody else can see.
SecretBytes unrelated(const SecretBytes& key);

}  // namespace ikevet::scenarios
