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
                      IkeSpi spi_i) {
  Writer out;
  out.u8(version).bytes(crypto::sha256({ni, initiator.octets(), Writer().u64(spi_i.value).view(), secret.view()}));
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

}  // namespace ikevet::sa
