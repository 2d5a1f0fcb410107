#include "engine/wire/eap.hpp"

namespace ikevet::wire {
namespace {

constexpr std::size_t kEapHeader = 4;

/// RFC 3748 §4.2: Success and Failure are four octets, without a Type.
bool has_type(EapCode code) { return code != EapCode::Success && code != EapCode::Failure; }

}  // namespace

Result<Eap> Eap::parse(Reader in) {
  Eap eap;
  eap.code = in.u8<EapCode>("Code");
  eap.identifier = in.u8("Identifier");
  const std::size_t length_at = in.offset();
  const std::size_t length = in.u16("Length");
  // RFC 7296 §3.16: Length is four less than the Payload Length of the payload around it.
  if (in.ok() && length != in.remaining() + kEapHeader)
    in.fail_at("Length", length_at,
               std::to_string(length) + ", but the payload holds " + std::to_string(in.remaining() + kEapHeader));
  if (has_type(eap.code) && in.remaining() > 0) eap.type = in.u8<EapType>("Type");
  eap.data = in.rest();
  return in.finish(std::move(eap));
}

void Eap::serialise(Writer& out) const {
  out.u8(code).u8(identifier).u16(kEapHeader + (type ? 1U : 0U) + data.size());
  if (type) out.u8(*type);
  out.bytes(data);
}

}  // namespace ikevet::wire
