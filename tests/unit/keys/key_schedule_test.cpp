#include "engine/keys/key_schedule.hpp"

#include <catch2/catch.hpp>
#include <charconv>
#include <stdexcept>

#include "engine/base/writer.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::keys;
using ikevet::test::hex;

namespace {

crypto::Prf prf_named(const std::string& name) { return *crypto::Prf::find(crypto::find_prf(name)->id); }

IkeSpi spi(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return {value};
}

Bytes joined(const SaKeys& sk) {
  return cat(sk.d.view(), sk.ai.view(), sk.ar.view(), sk.ei.view(), sk.er.view(), sk.pi.view(), sk.pr.view());
}

Bytes joined(const ChildKeys& keys) {
  return cat(keys.encr_i.view(), keys.integ_i.view(), keys.encr_r.view(), keys.integ_r.view());
}

const crypto::ChildSuite kCbcChild{wire::ProtocolId::ESP,
                                   wire::EncrId::ENCR_AES_CBC,
                                   128,
                                   wire::IntegId::AUTH_HMAC_SHA1_96,
                                   wire::DhGroup::NONE,
                                   false};

}  // namespace

TEST_CASE("SKEYSEED, SK_* and a rekeyed SKEYSEED: NIST's IKEv2 KDF vectors", "[keys][rfc7296-2.14][rfc7296-2.18]") {
  for (const test::VectorRecord& v : test::read_vectors("nist_ikev2_kdf.txt")) {
    INFO(v.text("prf"));
    const crypto::Prf prf = prf_named(v.text("prf"));
    const Bytes ni = v.octets("ni");
    const Bytes nr = v.octets("nr");
    const SecretBytes seed = skeyseed(prf, ni, nr, v.octets("g_ir"));
    CHECK(seed.reveal_hex() == v.text("skeyseed"));
    if (!v.has("dkm")) continue;

    // NIST names the keying material as a whole. A suite that takes no more than there is cuts it into SK_*.
    const crypto::IkeSuite suite{wire::EncrId::ENCR_AES_CBC, 128, prf.id(), wire::IntegId::AUTH_HMAC_SHA1_96,
                                 wire::DhGroup::MODP_2048};
    const IkeSpis spis{spi(v.text("spi_i")), spi(v.text("spi_r"))};
    const SaKeys sk = derive_sa_keys(suite, seed.view(), ni, nr, spis);
    const Bytes dkm = v.octets("dkm");
    const Bytes made = joined(sk);
    const std::size_t common = std::min(dkm.size(), made.size());
    CHECK(equal(BytesView(made).first(common), BytesView(dkm).first(common)));
    CHECK(sk.d.size() == prf.key_size());
    CHECK(sk.ai.size() == 20);
    CHECK(sk.er.size() == 16);
    CHECK(sk.pr.size() == prf.key_size());

    CHECK(skeyseed_rekey(prf, sk.d.view(), v.octets("g_ir_new"), ni, nr).reveal_hex() == v.text("skeyseed_rekey"));
  }
}

TEST_CASE("KEYMAT with and without a new Diffie-Hellman secret: NIST's IKEv2 KDF vectors", "[keys][rfc7296-2.17]") {
  const test::VectorRecord v = test::read_vectors("nist_ikev2_kdf.txt").front();
  const crypto::Prf prf = prf_named(v.text("prf"));
  const Bytes ni = v.octets("ni");
  const Bytes nr = v.octets("nr");
  const Bytes dkm = v.octets("dkm");
  const BytesView sk_d = BytesView(dkm).first(prf.key_size());

  const ChildKeys plain = derive_child_keys(prf, sk_d, kCbcChild, {}, ni, nr);
  CHECK(to_hex(joined(plain)) == v.text("dkm_child").substr(0, 2 * (2 * (16 + 20))));
  const ChildKeys pfs = derive_child_keys(prf, sk_d, kCbcChild, v.octets("g_ir_new"), ni, nr);
  CHECK(to_hex(joined(pfs)) == v.text("dkm_child_dh").substr(0, 2 * (2 * (16 + 20))));
}

TEST_CASE("combined modes take no SK_a and a salt behind SK_e", "[keys][rfc5282-7.1]") {
  const crypto::IkeSuite suite{wire::EncrId::ENCR_AES_GCM_16, 256, wire::PrfId::PRF_HMAC_SHA2_256, wire::IntegId::NONE,
                               wire::DhGroup::CURVE25519};
  const SaKeys sk = derive_sa_keys(suite, Bytes(32, 1), Bytes(32, 2), Bytes(32, 3), {{4}, {5}});
  CHECK(sk.ai.empty());
  CHECK(sk.ar.empty());
  CHECK(sk.ei.size() == 36);
  CHECK(sk.pi.size() == 32);
  Writer seed;
  seed.bytes(Bytes(32, 2)).bytes(Bytes(32, 3)).u64(4).u64(5);
  const SecretBytes expected = prf_named("prfsha256").plus(Bytes(32, 1), seed.view(), 3 * 32 + 2 * 36);
  CHECK(equal(joined(sk), expected.view()));
}

TEST_CASE("the two AES PRFs key SKEYSEED with 64 bits of each nonce", "[keys][rfc7296-2.14]") {
  const Bytes ni = hex("101112131415161718191a1b1c1d1e1f");
  const Bytes nr = hex("202122232425262728292a2b2c2d2e2f");
  const Bytes g_ir = hex("3031323334353637");
  for (const char* name : {"prfaesxcbc", "prfaescmac"}) {
    const crypto::Prf prf = prf_named(name);
    CHECK(skeyseed(prf, ni, nr, g_ir) == prf.compute(hex("10111213141516172021222324252627"), {g_ir}));
  }
  const crypto::Prf sha = prf_named("prfsha256");
  CHECK(skeyseed(sha, ni, nr, g_ir) == sha.compute(cat(ni, nr), {g_ir}));
}

TEST_CASE("no keys for what is not implemented", "[keys]") {
  crypto::IkeSuite suite{wire::EncrId::ENCR_IDEA, 128, wire::PrfId::PRF_HMAC_SHA2_256, wire::IntegId::NONE,
                         wire::DhGroup::CURVE25519};
  CHECK_THROWS_AS(derive_sa_keys(suite, Bytes(32), Bytes(16), Bytes(16), {}), std::invalid_argument);
  suite.encr = wire::EncrId::ENCR_AES_CBC;
  suite.prf = wire::PrfId::PRF_HMAC_TIGER;
  CHECK_THROWS_AS(derive_sa_keys(suite, Bytes(32), Bytes(16), Bytes(16), {}), std::invalid_argument);
}
