// Groups of integers modulo a prime. Done on OpenSSL's integers rather than through EVP_PKEY: its DH keys check the
// peer's value by an exponentiation with an exponent as long as the prime, eight times the cost of the derivation,
// while RFC 6989 asks for a comparison; and its named groups do not include 1 and 2.
#include <openssl/core_names.h>

#include <array>

#include "engine/crypto/dh_parts.hpp"
#include "engine/crypto/openssl.hpp"

namespace ikevet::crypto::modp {
namespace {

struct Numbers {
  BnPtr p;
  BnPtr g;
  BnPtr q;  ///< order of the subgroup; empty for safe primes
  BnPtr p_minus_one;
  std::unique_ptr<BN_MONT_CTX, FreeWith<BN_MONT_CTX_free>> mont;
};

BnPtr big(BytesView octets) {
  BnPtr out(check(BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr), "BN_bin2bn"));
  BN_set_flags(out.get(), BN_FLG_CONSTTIME);
  return out;
}

BnPtr small(BN_ULONG value) {
  BnPtr out(check(BN_new(), "BN_new"));
  check(BN_set_word(out.get(), value), "BN_set_word");
  return out;
}

BnCtxPtr scratch() { return BnCtxPtr(check(BN_CTX_new(), "BN_CTX_new")); }

using PkeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

PkeyPtr named_parameters(const char* name) {
  const PkeyCtxPtr context(check(EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr), "EVP_PKEY_CTX_new_from_name"));
  std::string group(name);
  std::array params{OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
                    OSSL_PARAM_construct_end()};
  check(EVP_PKEY_fromdata_init(context.get()), "EVP_PKEY_fromdata_init");
  EVP_PKEY* key = nullptr;
  check(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEY_PARAMETERS, params.data()), name);
  return PkeyPtr(key);
}

BnPtr parameter(const PkeyPtr& key, const char* which) {
  BIGNUM* out = nullptr;
  check(EVP_PKEY_get_bn_param(key.get(), which, &out), which);
  return BnPtr(out);
}

Numbers load(const GroupInfo& group) {
  Numbers n;
  if (group.id == wire::DhGroup::MODP_768) {
    n.p.reset(check(BN_get_rfc2409_prime_768(nullptr), "BN_get_rfc2409_prime_768"));
    n.g = small(2);
  } else if (group.id == wire::DhGroup::MODP_1024) {
    n.p.reset(check(BN_get_rfc2409_prime_1024(nullptr), "BN_get_rfc2409_prime_1024"));
    n.g = small(2);
  } else {
    const PkeyPtr named = named_parameters(group.openssl);
    n.p = parameter(named, OSSL_PKEY_PARAM_FFC_P);
    n.g = parameter(named, OSSL_PKEY_PARAM_FFC_G);
    if (group.small_subgroup) n.q = parameter(named, OSSL_PKEY_PARAM_FFC_Q);
  }
  n.p_minus_one.reset(check(BN_dup(n.p.get()), "BN_dup"));
  check(BN_sub_word(n.p_minus_one.get(), 1), "BN_sub_word");
  n.mont.reset(check(BN_MONT_CTX_new(), "BN_MONT_CTX_new"));
  check(BN_MONT_CTX_set(n.mont.get(), n.p.get(), scratch().get()), "BN_MONT_CTX_set");
  return n;
}

/// Loaded at first use and kept: the Montgomery constants cost more than their memory.
const Numbers& numbers(const GroupInfo& group) {
  struct All {
    std::array<Numbers, 32> rows;
    All() {
      for (std::size_t i = 0; i < group_table().size(); ++i) {
        if (group_table()[i].kind == GroupKind::Modp) rows.at(i) = load(group_table()[i]);
      }
    }
  };
  static const All all;
  return all.rows.at(static_cast<std::size_t>(&group - group_table().data()));
}

BnPtr power(const BIGNUM* base, const BIGNUM* exponent, const Numbers& n) {
  BnPtr out(check(BN_new(), "BN_new"));
  check(BN_mod_exp_mont_consttime(out.get(), base, exponent, n.p.get(), scratch().get(), n.mont.get()),
        "BN_mod_exp_mont_consttime");
  return out;
}

/// The octets of a number, with leading zeros up to the size of the prime (RFC 7296 §3.4, §2.14).
template <class Octets>
Octets padded(const BIGNUM* number, std::size_t size, std::span<std::uint8_t> (*view)(Octets&)) {
  Octets out(size);
  check(BN_bn2binpad(number, view(out).data(), static_cast<int>(size)) + 1, "BN_bn2binpad");
  return out;
}

bool allowed(const BIGNUM* x, const Numbers& n) {
  if (BN_is_zero(x) || BN_is_one(x)) return false;
  return BN_cmp(x, n.q ? n.q.get() : n.p_minus_one.get()) < 0;
}

}  // namespace

SecretBytes draw(const GroupInfo& group, RandomSource& random) {
  SecretBytes out(group.private_size);
  for (int i = 0; i < kMaxDraws; ++i) {
    random.fill(out.mutable_view());
    if (allowed(big(out.view()).get(), numbers(group))) return out;
  }
  throw std::runtime_error("the source of randomness gives no usable Diffie-Hellman private value");
}

std::optional<Bytes> public_of(const GroupInfo& group, BytesView private_value) {
  const Numbers& n = numbers(group);
  const BnPtr x = big(private_value);
  if (!allowed(x.get(), n)) return std::nullopt;
  return padded<Bytes>(power(n.g.get(), x.get(), n).get(), group.public_value_size,
                       [](Bytes& b) { return std::span<std::uint8_t>(b.data(), b.size()); });
}

Result<SecretBytes> derive(const GroupInfo& group, BytesView private_value, BytesView peer) {
  const Numbers& n = numbers(group);
  const BnPtr y = big(peer);
  // RFC 6989 §2.1: "Each recipient MUST verify that the peer's public value r is in the legal range (1 < r < p-1)."
  if (BN_is_zero(y.get()) || BN_is_one(y.get()) || BN_cmp(y.get(), n.p_minus_one.get()) >= 0) {
    return bad_public_value("not in the range 1 < y < p-1 (RFC 6989 §2.1)");
  }
  // RFC 6989 §2.2: r^q = 1 mod p, which also leaves us free to use a private value more than once.
  if (n.q && !BN_is_one(power(y.get(), n.q.get(), n).get())) {
    return bad_public_value("not in the subgroup of order q (RFC 6989 §2.2)");
  }
  return padded<SecretBytes>(power(y.get(), big(private_value).get(), n).get(), group.shared_secret_size,
                             [](SecretBytes& b) { return b.mutable_view(); });
}

}  // namespace ikevet::crypto::modp
