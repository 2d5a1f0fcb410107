#include "engine/sa/extension/crash_detection.hpp"

#include <catch2/catch.hpp>

#include "engine/crypto/hash.hpp"

using namespace ikevet;
using namespace ikevet::sa;

namespace {

constexpr IkeSpis kSpis{IkeSpi{1}, IkeSpi{2}};
const Bytes kSecret(32, 5);

std::vector<wire::Payload> tokens(std::initializer_list<Bytes> list) {
  std::vector<wire::Payload> out;
  for (const Bytes& token : list)
    out.push_back({wire::Notify{wire::ProtocolId::IKE, {}, wire::NotifyType::QUICK_CRASH_DETECTION, token}, false, 0});
  return out;
}

}  // namespace

TEST_CASE("A token is HASH(QCD_SECRET | SPI-I | SPI-R)", "[sa][rfc6290-5.1]") {
  const Bytes spis = *from_hex("00000000000000010000000000000002");
  CHECK(qcd_token(kSecret, kSpis) == crypto::sha256({kSecret, spis}));
  const auto notify = std::get<wire::Notify>(qcd_notify(kSecret, kSpis).body);
  CHECK(notify.protocol == wire::ProtocolId::IKE);
  CHECK(notify.spi.empty());
}

TEST_CASE("A token matches what was learnt, among four", "[sa][rfc6290-4.5]") {
  QcdTokens known;
  CHECK_FALSE(known.verify(tokens({Bytes(16, 1)})));
  known.learn(tokens({Bytes(16, 1)}));
  CHECK(known.verify(tokens({Bytes(16, 1)})));
  CHECK_FALSE(known.verify(tokens({Bytes(16, 2)})));
  CHECK(known.verify(tokens({Bytes(16, 7), Bytes(16, 8), Bytes(16, 9), Bytes(16, 1)})));
  CHECK_FALSE(known.verify(tokens({Bytes(16, 6), Bytes(16, 7), Bytes(16, 8), Bytes(16, 9), Bytes(16, 1)})));
}

TEST_CASE("Tokens that are too short or too long count for nothing, and four are kept", "[sa][rfc6290-5]") {
  QcdTokens known;
  known.learn(tokens({Bytes(15, 1), Bytes(129, 1), Bytes{}}));
  CHECK(known.empty());
  for (std::uint8_t n = 0; n < 6; ++n) known.learn(tokens({Bytes(16, n)}));
  CHECK_FALSE(known.verify(tokens({Bytes(16, 1)})));
  CHECK(known.verify(tokens({Bytes(16, 2)})));
  CHECK(known.verify(tokens({Bytes(16, 5)})));
}
