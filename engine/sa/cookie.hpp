// Stateless cookies, RFC 7296 §2.6.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/random.hpp"

namespace ikevet::sa {

/// Cookie = <VersionIDofSecret> | Hash(Ni | IPi | SPIi | <secret>), RFC 7296 §2.6. Nothing is remembered for a peer
/// that has not shown one. The secret changes now and then; cookies of the one before are still good.
class CookieJar {
 public:
  explicit CookieJar(RandomSource& random) : random_(&random) {}

  Bytes make(BytesView ni, const IpAddress& initiator, IkeSpi spi_i, Instant now);
  bool valid(BytesView cookie, BytesView ni, const IpAddress& initiator, IkeSpi spi_i, Instant now);

 private:
  void refresh(Instant now);
  Bytes bake(std::uint8_t version, const SecretBytes& secret, BytesView ni, const IpAddress& initiator, IkeSpi spi_i);

  RandomSource* random_;
  std::uint8_t version_{};
  SecretBytes secret_;
  SecretBytes previous_;
  Instant made_{};
};

}  // namespace ikevet::sa
