#include "engine/crypto/prf.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "engine/crypto/mac.hpp"

namespace ikevet::crypto {
namespace {

using PartList = absl::InlinedVector<BytesView, 8>;

SecretBytes mac(const PrfInfo& info, BytesView key, std::span<const BytesView> data) {
  SecretBytes whole(kMaxMac);
  compute_mac(info.kind, info.openssl, key, data, std::span<std::uint8_t, kMaxMac>(whole.mutable_view()));
  return SecretBytes(whole.view().first(info.output_size));
}

/// The key that the algorithm really runs with, where it wants one of its own size.
SecretBytes fixed_size_key(const PrfInfo& info, BytesView key) {
  // RFC 4434 §2: a short key is padded with zeros.
  if (info.kind == MacKind::Xcbc && key.size() < info.key_size) {
    SecretBytes padded(info.key_size);
    std::ranges::copy(key, padded.mutable_view().begin());
    return padded;
  }
  // RFC 4434 §2: a long key, RFC 4615 §3: any key of another size, goes through the algorithm with a key of zeros.
  constexpr std::array<std::uint8_t, 16> kZeros{};
  return mac(info, kZeros, std::array{key});
}

SecretBytes prf(const PrfInfo& info, BytesView key, std::span<const BytesView> data) {
  if (info.kind == MacKind::Hmac || key.size() == info.key_size) return mac(info, key, data);
  return mac(info, fixed_size_key(info, key).view(), data);
}

}  // namespace

std::optional<Prf> Prf::find(wire::PrfId id) {
  const PrfInfo* info = find_prf(id);
  if (info == nullptr) return std::nullopt;
  return Prf(*info);
}

SecretBytes Prf::compute(BytesView key, std::initializer_list<BytesView> data) const {
  return prf(*info_, key, {data.begin(), data.size()});
}

// prf+ (K,S) = T1 | T2 | T3 | ..., T1 = prf (K, S | 0x01), T2 = prf (K, T1 | S | 0x02), ...
SecretBytes Prf::plus(BytesView key, std::initializer_list<BytesView> seed, std::size_t length) const {
  if (length > plus_limit()) throw std::length_error("prf+ gives 255 times the output of its prf, RFC 7296 §2.13");
  SecretBytes out(length);
  SecretBytes t;
  std::uint8_t counter = 0;
  for (std::size_t done = 0; done < length; done += t.size()) {
    ++counter;
    PartList parts{t.view()};
    parts.insert(parts.end(), seed.begin(), seed.end());
    parts.push_back({&counter, 1});
    t = prf(*info_, key, parts);
    const std::size_t take = std::min(t.size(), length - done);
    std::ranges::copy(t.view().first(take), out.mutable_view().subspan(done).begin());
  }
  return out;
}

}  // namespace ikevet::crypto
