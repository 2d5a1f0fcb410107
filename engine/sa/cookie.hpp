// Stateless cookies, RFC 7296 §2.6.
#pragma once

#include <optional>

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

  /// The cookie that goes with a puzzle: Cookie = <VersionIDofSecret> | <AdditionalInfo> | Hash(Ni | IPi | SPIi |
  /// <AdditionalInfo> | <secret>), RFC 8019 §7.1.1.3. The info is the difficulty and a counter, so that no two are
  /// alike and no solution does twice (§10).
  Bytes make_for_puzzle(std::uint8_t difficulty, BytesView ni, const IpAddress& initiator, IkeSpi spi_i, Instant now);
  /// The difficulty of the puzzle that went with a valid cookie; empty when it is not valid or had none.
  std::optional<std::uint8_t> puzzle_of(BytesView cookie, BytesView ni, const IpAddress& initiator, IkeSpi spi_i,
                                        Instant now);

 private:
  void refresh(Instant now);
  static Bytes bake(std::uint8_t version, const SecretBytes& secret, BytesView ni, const IpAddress& initiator,
                    IkeSpi spi_i, BytesView info = {});

  RandomSource* random_;
  std::uint8_t version_{};
  std::uint32_t puzzles_{};
  SecretBytes secret_;
  SecretBytes previous_;
  Instant made_{};
};

}  // namespace ikevet::sa
