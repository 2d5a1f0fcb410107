// Security Association payload with its proposals, transforms and attributes, RFC 7296 §3.3.
//
// Members called `last_substruc` and `transform_count` are overrides: empty means "what the RFC computes from the
// structure". Parsing sets them only where the wire differs, so that honest code never touches them and a message with
// a wrong count can still be held, shown and sent.
#pragma once

#include <absl/container/inlined_vector.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// Transform Attribute, RFC 7296 §3.3.5.
struct Attribute {
  AttributeType type{};   ///< fifteen bits
  bool tv = true;         ///< the AF bit: type and value in four octets; otherwise type, length, value
  std::uint16_t value{};  ///< when `tv`
  Bytes data{};           ///< when not `tv`
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

/// Transform Substructure, RFC 7296 §3.3.2.
struct Transform {
  std::optional<std::uint8_t> last_substruc{};  ///< override of 3 (more follow) or 0 (last)
  std::uint8_t reserved1{};
  TransformType type{};
  std::uint8_t reserved2{};
  std::uint16_t id{};  ///< EncrId, PrfId, IntegId, DhGroup or EsnId, as `type` says
  absl::InlinedVector<Attribute, 1> attributes{};

  /// A transform without attributes, or with a Key Length in bits.
  template <class Id>
  static Transform of(TransformType type, Id id, std::optional<std::uint16_t> key_length_bits = std::nullopt) {
    Transform transform;
    transform.type = type;
    transform.id = static_cast<std::uint16_t>(id);
    if (key_length_bits) transform.attributes.push_back({AttributeType::KeyLength, true, *key_length_bits, {}});
    return transform;
  }
  static Transform of(EncrId id, std::optional<std::uint16_t> key_length_bits = std::nullopt) {
    return of(TransformType::ENCR, id, key_length_bits);
  }
  static Transform of(PrfId id) { return of(TransformType::PRF, id); }
  static Transform of(IntegId id) { return of(TransformType::INTEG, id); }
  static Transform of(DhGroup id) { return of(TransformType::KE, id); }
  static Transform of(EsnId id) { return of(TransformType::ESN, id); }

  /// The Key Length attribute in bits, RFC 7296 §3.3.5; empty when there is none in the TV form.
  std::optional<std::uint16_t> key_length() const;

  friend bool operator==(const Transform&, const Transform&) = default;
};

/// Proposal Substructure, RFC 7296 §3.3.1.
struct Proposal {
  std::optional<std::uint8_t> last_substruc{};  ///< override of 2 (more follow) or 0 (last)
  std::uint8_t reserved{};
  std::uint8_t number = 1;
  ProtocolId protocol{};
  Bytes spi{};
  std::optional<std::uint8_t> transform_count{};  ///< override of "Num Transforms"
  std::vector<Transform> transforms{};

  friend bool operator==(const Proposal&, const Proposal&) = default;
};

/// Security Association payload.  RFC 7296 §3.3.
struct SecurityAssociation {
  static constexpr PayloadType kType = PayloadType::SA;

  std::vector<Proposal> proposals{};

  static Result<SecurityAssociation> parse(Reader in);
  void serialise(Writer& out) const;
  friend bool operator==(const SecurityAssociation&, const SecurityAssociation&) = default;
};

}  // namespace ikevet::wire
