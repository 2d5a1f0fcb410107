// CPU time of a whole set-up in memory (IKE_SA_INIT and IKE_AUTH, both roles, PSK, AES-GCM-16-256, one Child SA; with
// Curve25519, and with MODP 2048) beside the OpenSSL operations that no implementation can do without, measured in turn
// in the same run. For MODP the anchor derives with the range check of RFC 6989 §2.1 alone.
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <vector>

#include "tests/support/peer_pair.hpp"

namespace {

using ikevet::Bytes;
using ikevet::tests::PeerPair;

/// Microseconds of CPU time for one call of `work`, over `count` calls.
double cpu_us(int count, const std::function<void()>& work) {
  timespec before{}, after{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
  for (int i = 0; i < count; ++i) work();
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
  return (static_cast<double>(after.tv_sec - before.tv_sec) * 1e6 +
          static_cast<double>(after.tv_nsec - before.tv_nsec) / 1e3) /
         count;
}

void must(int ok) {
  if (ok <= 0) std::abort();
}

/// The operations of one set-up, both sides, straight to OpenSSL with everything fetched and allocated beforehand.
class BareOperations {
 public:
  explicit BareOperations(bool modp) : modp_(modp) {
    p_ = BN_get_rfc3526_prime_2048(nullptr);
    g_ = BN_new();
    mont_ = BN_MONT_CTX_new();
    scratch_ = BN_CTX_new();
    if (!p_ || !g_ || !mont_ || !scratch_) std::abort();
    must(BN_set_word(g_, 2));
    must(BN_MONT_CTX_set(mont_, p_, scratch_));
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    hmac_ = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    gcm_ = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    cipher_ = EVP_CIPHER_CTX_new();
    sha1_ = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    digest_ = EVP_MD_CTX_new();
  }
  ~BareOperations() {
    BN_free(p_);
    BN_free(g_);
    BN_MONT_CTX_free(mont_);
    BN_CTX_free(scratch_);
    EVP_MAC_CTX_free(hmac_);
    EVP_CIPHER_CTX_free(cipher_);
    EVP_CIPHER_free(gcm_);
    EVP_MD_free(sha1_);
    EVP_MD_CTX_free(digest_);
  }

  void set_up() {
    if (modp_) {
      modp();
    } else {
      EVP_PKEY* i = key_pair(1);
      EVP_PKEY* r = key_pair(2);
      derive(i, r);
      derive(r, i);
      EVP_PKEY_free(i);
      EVP_PKEY_free(r);
    }
    for (int side = 0; side < 2; ++side) {
      hmac(64);                               // SKEYSEED, RFC 7296 §2.14
      for (int n = 0; n < 7; ++n) hmac(112);  // prf+: SK_d, two keys of 36, SK_pi, SK_pr in blocks of 32
      for (int n = 0; n < 3; ++n) hmac(97);   // KEYMAT: two keys of 36
      for (int peer = 0; peer < 2; ++peer) {  // AUTH made and AUTH verified, §2.15
        hmac(18);                             // prf(SK_p, ID)
        hmac(17);                             // prf(psk, "Key Pad for IKEv2")
        hmac(320);                            // over RealMessage | Nonce | ...
      }
      for (int n = 0; n < 4; ++n) sha1();  // NAT detection, made and checked, §2.23
    }
    for (int message = 0; message < 2; ++message) {  // IKE_AUTH there and back, sealed and opened
      seal_or_open(true);
      seal_or_open(false);
    }
  }

 private:
  /// Two public values and two shared secrets, with private values of 256 bits (RFC 3526 §8).
  void modp() {
    unsigned char octets[32] = {};
    BIGNUM* values[2];
    BIGNUM* secrets[2];
    for (unsigned side = 0; side < 2; ++side) {
      std::fill(std::begin(octets), std::end(octets), static_cast<unsigned char>(0x81 + side));
      secrets[side] = BN_bin2bn(octets, sizeof octets, nullptr);
      BN_set_flags(secrets[side], BN_FLG_CONSTTIME);
      values[side] = BN_new();
      must(BN_mod_exp_mont_consttime(values[side], g_, secrets[side], p_, scratch_, mont_));
    }
    BIGNUM* shared = BN_new();
    for (unsigned side = 0; side < 2; ++side) {
      if (BN_is_one(values[1 - side]) || BN_cmp(values[1 - side], p_) >= 0) std::abort();
      must(BN_mod_exp_mont_consttime(shared, values[1 - side], secrets[side], p_, scratch_, mont_));
    }
    BN_free(shared);
    for (unsigned side = 0; side < 2; ++side) {
      BN_free(values[side]);
      BN_free(secrets[side]);
    }
  }
  static EVP_PKEY* key_pair(unsigned char seed) {
    unsigned char octets[32] = {};
    octets[0] = seed;
    EVP_PKEY* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, octets, sizeof octets);
    if (!key) std::abort();
    unsigned char value[32];
    std::size_t size = sizeof value;
    must(EVP_PKEY_get_raw_public_key(key, value, &size));
    return key;
  }
  static void derive(EVP_PKEY* ours, EVP_PKEY* theirs) {
    unsigned char value[32];
    std::size_t size = sizeof value;
    must(EVP_PKEY_get_raw_public_key(theirs, value, &size));
    EVP_PKEY* peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, value, size);
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(ours, nullptr);
    must(EVP_PKEY_derive_init(context));
    must(EVP_PKEY_derive_set_peer(context, peer));
    unsigned char secret[32];
    size = sizeof secret;
    must(EVP_PKEY_derive(context, secret, &size));
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(peer);
  }
  void hmac(std::size_t size) {
    static const unsigned char key[32] = {1};
    static const unsigned char data[512] = {};
    char name[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", name, 0), OSSL_PARAM_construct_end()};
    unsigned char out[32];
    std::size_t written = 0;
    must(EVP_MAC_init(hmac_, key, sizeof key, parameters));
    must(EVP_MAC_update(hmac_, data, size));
    must(EVP_MAC_final(hmac_, out, &written, sizeof out));
  }
  void sha1() {
    static const unsigned char data[22] = {};
    unsigned char out[20];
    must(EVP_DigestInit_ex2(digest_, sha1_, nullptr));
    must(EVP_DigestUpdate(digest_, data, sizeof data));
    must(EVP_DigestFinal_ex(digest_, out, nullptr));
  }
  void seal_or_open(bool seal) {
    static const unsigned char key[32] = {2}, nonce[12] = {3}, aad[32] = {};
    unsigned char data[208] = {}, tag[16] = {};
    int size = 0;
    if (seal) {
      must(EVP_EncryptInit_ex2(cipher_, gcm_, key, nonce, nullptr));
      must(EVP_EncryptUpdate(cipher_, nullptr, &size, aad, sizeof aad));
      must(EVP_EncryptUpdate(cipher_, data, &size, data, sizeof data));
      must(EVP_EncryptFinal_ex(cipher_, data, &size));
      must(EVP_CIPHER_CTX_ctrl(cipher_, EVP_CTRL_AEAD_GET_TAG, sizeof tag, tag));
    } else {
      must(EVP_DecryptInit_ex2(cipher_, gcm_, key, nonce, nullptr));
      must(EVP_DecryptUpdate(cipher_, nullptr, &size, aad, sizeof aad));
      must(EVP_DecryptUpdate(cipher_, data, &size, data, sizeof data));
      must(EVP_CIPHER_CTX_ctrl(cipher_, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag));
      EVP_DecryptFinal_ex(cipher_, data, &size);  // the tag is not that of this text; the work is the same
    }
  }

  bool modp_;
  BIGNUM* p_;
  BIGNUM* g_;
  BN_MONT_CTX* mont_;
  BN_CTX* scratch_;
  EVP_MAC_CTX* hmac_;
  EVP_CIPHER* gcm_;
  EVP_CIPHER_CTX* cipher_;
  EVP_MD* sha1_;
  EVP_MD_CTX* digest_;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void compare(const char* group_name, bool modp, int calls) {
  constexpr int kRounds = 21;
  BareOperations bare(modp);
  const auto proposal =
      modp ? ikevet::tests::ike_proposal({ikevet::wire::DhGroup::MODP_2048}) : ikevet::tests::ike_proposal();
  std::vector<double> ours, anchor;
  for (int round = 0; round < kRounds; ++round) {
    anchor.push_back(cpu_us(calls, [&] { bare.set_up(); }));
    ours.push_back(cpu_us(calls, [&] {
      ikevet::sa::Config i = ikevet::tests::initiator_config(), r = ikevet::tests::responder_config();
      i.ike_proposals = r.ike_proposals = {proposal};
      PeerPair(std::move(i), std::move(r)).establish();
    }));
  }
  const double handshake = median(ours);
  const double ceiling = median(anchor);
  std::printf("set-up in memory, both roles, PSK + %s + AES-GCM-16-256: %8.1f us CPU\n", group_name, handshake);
  std::printf("the bare OpenSSL operations of the same set-up:               %8.1f us CPU\n", ceiling);
  std::printf("share of the crypto ceiling's rate:                           %8.1f %%\n", 100 * ceiling / handshake);
}

}  // namespace

int main() {
  compare("X25519   ", false, 100);
  compare("MODP 2048", true, 20);
  return 0;
}
