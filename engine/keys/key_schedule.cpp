#include "engine/keys/key_schedule.hpp"

#include <algorithm>
#include <stdexcept>

#include "engine/base/writer.hpp"
#include "engine/crypto/algorithms.hpp"

namespace ikevet::keys {
namespace {

/// RFC 7296 §2.14: "only the first 64 bits of Ni and the first 64 bits of Nr" with the two AES PRFs.
constexpr std::size_t kShortNonce = 8;

BytesView shortened(BytesView nonce) { return nonce.first(std::min(nonce.size(), kShortNonce)); }

/// Keys are taken "in order from the generated bits", RFC 7296 §2.14.
class Taker {
 public:
  explicit Taker(const SecretBytes& material) : rest_(material.view()) {}
  SecretBytes take(std::size_t size) {
    SecretBytes out(rest_.first(size));
    rest_ = rest_.subspan(size);
    return out;
  }

 private:
  BytesView rest_;
};

struct CipherKeySizes {
  std::size_t encr;
  std::size_t integ;
};

CipherKeySizes key_sizes(wire::EncrId encr, std::uint16_t key_bits, wire::IntegId integ) {
  const crypto::EncrInfo* e = crypto::find_encr(encr, key_bits);
  const crypto::IntegInfo* i = crypto::find_integ(integ);
  if (e == nullptr || i == nullptr) throw std::invalid_argument("no keys for a suite that is not implemented");
  // RFC 5282 §7.1: with a combined mode SK_ai and SK_ar are treated as having no octets.
  return {e->key_size(), e->is_aead() ? 0 : i->key_size};
}

}  // namespace

SecretBytes skeyseed(const crypto::Prf& prf, BytesView ni, BytesView nr, BytesView g_ir) {
  const bool short_nonces = prf.info().short_nonces;
  const SecretBytes key(cat(short_nonces ? shortened(ni) : ni, short_nonces ? shortened(nr) : nr));
  return prf.compute(key.view(), {g_ir});
}

SecretBytes skeyseed_rekey(const crypto::Prf& old_prf, BytesView sk_d_old, BytesView g_ir_new, BytesView ni,
                           BytesView nr, BytesView additional) {
  return old_prf.compute(sk_d_old, {g_ir_new, ni, nr, additional});
}

SecretBytes skeyseed_additional(const crypto::Prf& prf, BytesView sk_d, BytesView sk_n, BytesView ni, BytesView nr) {
  return prf.compute(sk_d, {sk_n, ni, nr});
}

SaKeys derive_sa_keys(const crypto::IkeSuite& suite, BytesView skeyseed, BytesView ni, BytesView nr, IkeSpis spis) {
  const std::optional<crypto::Prf> prf = crypto::Prf::find(suite.prf);
  if (!prf) throw std::invalid_argument("no keys for a prf that is not implemented");
  const CipherKeySizes size = key_sizes(suite.encr, suite.key_bits, suite.integ);
  Writer both_spis;
  both_spis.u64(spis.i.value).u64(spis.r.value);

  const SecretBytes material =
      prf->plus(skeyseed, {ni, nr, both_spis.view()}, 3 * prf->key_size() + 2 * size.integ + 2 * size.encr);
  Taker in_order(material);
  SaKeys sk;
  sk.d = in_order.take(prf->key_size());
  sk.ai = in_order.take(size.integ);
  sk.ar = in_order.take(size.integ);
  sk.ei = in_order.take(size.encr);
  sk.er = in_order.take(size.encr);
  sk.pi = in_order.take(prf->key_size());
  sk.pr = in_order.take(prf->key_size());
  return sk;
}

ChildKeys derive_child_keys(const crypto::Prf& prf, BytesView sk_d, const crypto::ChildSuite& suite, BytesView g_ir,
                            BytesView ni, BytesView nr, BytesView additional) {
  const CipherKeySizes size = key_sizes(suite.encr, suite.key_bits, suite.integ);
  const SecretBytes keymat = prf.plus(sk_d, {g_ir, ni, nr, additional}, 2 * (size.encr + size.integ));
  // RFC 7296 §2.17: all keys from initiator to responder before those of the other direction; encryption before
  // integrity.
  Taker in_order(keymat);
  ChildKeys out;
  out.encr_i = in_order.take(size.encr);
  out.integ_i = in_order.take(size.integ);
  out.encr_r = in_order.take(size.encr);
  out.integ_r = in_order.take(size.integ);
  return out;
}

SecretBytes mix_ppk(const crypto::Prf& prf, BytesView ppk, BytesView sk) { return prf.plus(ppk, sk, sk.size()); }

}  // namespace ikevet::keys
