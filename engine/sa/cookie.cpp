#include "engine/sa/cookie.hpp"

#include "engine/base/writer.hpp"
#include "engine/crypto/hash.hpp"

namespace ikevet::sa {

namespace {

constexpr auto kSecretLifetime = std::chrono::minutes(2);
constexpr std::size_t kSecretSize = 32;

}  // namespace

void CookieJar::refresh(Instant now) {
  if (!secret_.empty() && now - made_ < kSecretLifetime) return;
  previous_ = std::move(secret_);
  secret_ = SecretBytes(kSecretSize);
  random_->fill(secret_.mutable_view());
  ++version_;
  made_ = now;
}

Bytes CookieJar::bake(std::uint8_t version, const SecretBytes& secret, BytesView ni, const IpAddress& initiator,
                      IkeSpi spi_i, BytesView info) {
  Writer out;
  out.u8(version).bytes(info).bytes(
      crypto::sha256({ni, initiator.octets(), Writer().u64(spi_i.value).view(), info, secret.view()}));
  return out.take();
}

Bytes CookieJar::make(BytesView ni, const IpAddress& initiator, IkeSpi spi_i, Instant now) {
  refresh(now);
  return bake(version_, secret_, ni, initiator, spi_i);
}

bool CookieJar::valid(BytesView cookie, BytesView ni, const IpAddress& initiator, IkeSpi spi_i, Instant now) {
  refresh(now);
  if (cookie.empty()) return false;
  if (cookie[0] == version_) return equal_constant_time(cookie, bake(version_, secret_, ni, initiator, spi_i));
  const auto before = static_cast<std::uint8_t>(version_ - 1);
  if (cookie[0] != before || previous_.empty()) return false;
  return equal_constant_time(cookie, bake(before, previous_, ni, initiator, spi_i));
}

Bytes CookieJar::make_for_puzzle(std::uint8_t difficulty, BytesView ni, const IpAddress& initiator, IkeSpi spi_i,
                                 Instant now) {
  refresh(now);
  const Bytes info = Writer().u8(difficulty).u32(++puzzles_).take();
  return bake(version_, secret_, ni, initiator, spi_i, info);
}

std::optional<std::uint8_t> CookieJar::puzzle_of(BytesView cookie, BytesView ni, const IpAddress& initiator,
                                                 IkeSpi spi_i, Instant now) {
  refresh(now);
  constexpr std::size_t kInfoSize = 5;
  if (cookie.size() <= 1 + kInfoSize) return std::nullopt;
  const BytesView info = cookie.subspan(1, kInfoSize);
  const auto before = static_cast<std::uint8_t>(version_ - 1);
  const bool current = cookie[0] == version_;
  if (!current && (cookie[0] != before || previous_.empty())) return std::nullopt;
  const Bytes wanted = bake(cookie[0], current ? secret_ : previous_, ni, initiator, spi_i, info);
  if (!equal_constant_time(cookie, wanted)) return std::nullopt;
  return info[0];
}

}  // namespace ikevet::sa
