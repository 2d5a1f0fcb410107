// How a message of the harness is altered: data; scenarios/runner applies it through the engine's OutboundTap.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::scenarios {

/// Where in the making of a message the alteration happens; a checksum is wrong only when somebody says so.
enum class Layer {
  Values,           ///< payload list: AUTH and integrity are computed over the result
  BeforeIntegrity,  ///< plaintext octets inside SK: integrity is right
  AfterIntegrity,   ///< finished octets
};

/// Names a payload: by type, for notifies by notify type too, the nth of them.
struct PayloadSelector {
  std::optional<wire::PayloadType> type;
  std::optional<wire::NotifyType> notify;
  std::size_t index{};
};

/// Appends (or inserts before `at`) a payload given by its raw body.
struct AppendPayload {
  std::uint8_t type{};
  bool critical{};
  Bytes body;
  std::optional<std::size_t> at;
};
struct AppendNotify {
  wire::NotifyType notify{};
  Bytes data;
};
struct RemovePayload {
  PayloadSelector which;
};
struct DoublePayload {
  PayloadSelector which;
};
struct ReplacePayload {
  PayloadSelector which;
  Bytes body;
};
struct SetCritical {
  PayloadSelector which;
  bool critical = true;
};
struct SetPayloadReserved {
  PayloadSelector which;
  std::uint8_t bits = 0x7f;
};  ///< the 7 bits beside the critical bit
struct MovePayload {
  PayloadSelector which;
  std::size_t to{};
};
/// Any field by the RFC's name, as wire::find_field takes it: "Nonce/Nonce Data", "HDR/Message ID",
/// "SA/Proposal[0]/Transform[ENCR]/Transform ID". Paths count from the message at Layer::Values and AfterIntegrity (SK
/// is closed then: "SK/..."), except that at Values they see through SK, and from the payloads inside SK at
/// BeforeIntegrity.
struct SetField {
  std::string path;
  Bytes value;                          ///< replaces the field's octets; same size, except at the Values layer
  std::optional<std::uint64_t> number;  ///< instead of `value`: a number, written in the field's own width
};
/// XORed into the field, from its first octet on; "" is the whole message. A mask longer than the field stops at its
/// end.
struct FlipBits {
  std::string path;
  Bytes mask;
};
struct ResizeField {
  std::string path;
  std::size_t size{};
};  ///< nonce of 8 octets: cut, or lengthened with its own octets
struct Truncate {
  std::size_t octets{};
};  ///< cut from the end
struct AppendOctets {
  Bytes octets;
};
struct RawMessage {
  Bytes octets;
};  ///< the whole message

using MutationAction =
    std::variant<AppendPayload, AppendNotify, RemovePayload, DoublePayload, ReplacePayload, SetCritical,
                 SetPayloadReserved, MovePayload, SetField, FlipBits, ResizeField, Truncate, AppendOctets, RawMessage>;

struct Mutation {
  Layer layer{};  ///< the loader fills in the natural one where the scenario does not say
  MutationAction action;
};

/// "append payload 200 (critical)", with the layer where it is not the natural one.
std::string describe(const Mutation&);
std::string_view name(Layer);                  ///< "values", "before-integrity", "after-integrity"
std::string_view name(const MutationAction&);  ///< "append", "set", ...: the member's name in the JSON

/// The layer at which an alteration does what its author most likely means: payloads and fields among the values, so
/// that AUTH and checksum are right; the AUTH value inside SK before integrity; lengths where nobody computes them
/// again; truncation, raw octets and the fields of SK itself on the finished message.
/// @param protected_by_sk  false for IKE_SA_INIT, which has no layer before integrity
Layer natural_layer(const MutationAction&, bool protected_by_sk);
/// Why this alteration cannot be made at its layer; empty when it can.
std::string impossible(const Mutation&, bool protected_by_sk);

}  // namespace ikevet::scenarios
