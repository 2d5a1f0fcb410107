#include "engine/crypto/integ.hpp"

#include <array>

#include "engine/crypto/mac.hpp"

namespace ikevet::crypto {

std::optional<Integ> Integ::find(wire::IntegId id) {
  const IntegInfo* info = find_integ(id);
  if (info == nullptr) return std::nullopt;
  return Integ(*info);
}

Bytes Integ::compute(BytesView key, std::initializer_list<BytesView> parts) const {
  std::array<std::uint8_t, kMaxMac> whole{};
  compute_mac(info_->kind, info_->openssl, key, {parts.begin(), parts.size()}, whole);
  return to_bytes(BytesView(whole).first(info_->icv_size));
}

bool Integ::verify(BytesView key, std::initializer_list<BytesView> parts, BytesView icv) const {
  const Bytes expected = compute(key, parts);
  return equal_constant_time(expected, icv);
}

}  // namespace ikevet::crypto
