// FIPS 203, in the order of its algorithms; their numbers stand in the comments. Compiled to nothing where OpenSSL has
// ML-KEM itself.
#include "engine/crypto/ml_kem.hpp"

#include <openssl/opensslv.h>

#if OPENSSL_VERSION_NUMBER < 0x30500000L

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include "engine/crypto/dh_parts.hpp"
#include "engine/crypto/openssl.hpp"

namespace ikevet::crypto::ml_kem {
namespace {

constexpr std::size_t kN = 256;
constexpr std::uint32_t kQ = 3329;
constexpr std::size_t kHash = 32;
constexpr std::size_t kEta2 = 2;

// ---- SHA-3 and SHAKE, §4.1

EVP_MD* fetched(const char* name) { return check(EVP_MD_fetch(nullptr, name, nullptr), name); }

void hash(EVP_MD* algorithm, std::initializer_list<BytesView> parts, std::span<std::uint8_t> out) {
  const MdCtxPtr context(check(EVP_MD_CTX_new(), "EVP_MD_CTX_new"));
  check(EVP_DigestInit_ex2(context.get(), algorithm, nullptr), "EVP_DigestInit_ex2");
  for (const BytesView part : parts) {
    if (!part.empty()) check(EVP_DigestUpdate(context.get(), part.data(), part.size()), "EVP_DigestUpdate");
  }
  if ((EVP_MD_get_flags(algorithm) & EVP_MD_FLAG_XOF) != 0) {
    check(EVP_DigestFinalXOF(context.get(), out.data(), out.size()), "EVP_DigestFinalXOF");
  } else {
    check(EVP_DigestFinal_ex(context.get(), out.data(), nullptr), "EVP_DigestFinal_ex");
  }
}

void shake128(std::initializer_list<BytesView> parts, std::span<std::uint8_t> out) {
  static EVP_MD* const algorithm = fetched("SHAKE128");
  hash(algorithm, parts, out);
}
void shake256(std::initializer_list<BytesView> parts, std::span<std::uint8_t> out) {
  static EVP_MD* const algorithm = fetched("SHAKE256");
  hash(algorithm, parts, out);
}
/// H
void sha3_256(std::initializer_list<BytesView> parts, std::span<std::uint8_t, kHash> out) {
  static EVP_MD* const algorithm = fetched("SHA3-256");
  hash(algorithm, parts, out);
}

/// G: two halves of one SHA3-512.
struct TwoHashes {
  SecretBytes both{2 * kHash};
  explicit TwoHashes(std::initializer_list<BytesView> parts) {
    static EVP_MD* const algorithm = fetched("SHA3-512");
    hash(algorithm, parts, both.mutable_view());
  }
  BytesView first() const { return both.view().first(kHash); }
  BytesView second() const { return both.view().subspan(kHash); }
};

// ---- polynomials: coefficients in 0 .. q-1; wiped, since most of them are secret

struct Poly {
  std::array<std::uint16_t, kN> c{};
  Poly() = default;
  Poly(const Poly&) = default;
  Poly& operator=(const Poly&) = default;
  ~Poly() { wipe({reinterpret_cast<std::uint8_t*>(c.data()), sizeof c}); }
};
using Vector = std::vector<Poly>;

constexpr std::uint16_t add(std::uint32_t a, std::uint32_t b) { return static_cast<std::uint16_t>((a + b) % kQ); }
constexpr std::uint16_t sub(std::uint32_t a, std::uint32_t b) { return static_cast<std::uint16_t>((a + kQ - b) % kQ); }
constexpr std::uint16_t mul(std::uint32_t a, std::uint32_t b) { return static_cast<std::uint16_t>(a * b % kQ); }

void add_to(Poly& a, const Poly& b) {
  for (std::size_t i = 0; i < kN; ++i) a.c[i] = add(a.c[i], b.c[i]);
}

constexpr std::uint16_t power_of_17(unsigned exponent) {
  std::uint16_t out = 1;
  for (unsigned i = 0; i < exponent; ++i) out = mul(out, 17);
  return out;
}

/// BitRev7: the seven bits in the other order.
constexpr unsigned reversed(unsigned i) {
  unsigned out = 0;
  for (unsigned bit = 0; bit < 7; ++bit) out |= ((i >> bit) & 1U) << (6 - bit);
  return out;
}

constexpr auto kZeta = [] {
  std::array<std::uint16_t, 128> out{};
  for (unsigned i = 0; i < out.size(); ++i) out[i] = power_of_17(reversed(i));
  return out;
}();
constexpr auto kGamma = [] {
  std::array<std::uint16_t, 128> out{};
  for (unsigned i = 0; i < out.size(); ++i) out[i] = power_of_17(2 * reversed(i) + 1);
  return out;
}();

/// Algorithm 9.
void ntt(Poly& f) {
  std::size_t i = 1;
  for (std::size_t len = 128; len >= 2; len /= 2) {
    for (std::size_t start = 0; start < kN; start += 2 * len) {
      const std::uint16_t zeta = kZeta[i++];
      for (std::size_t j = start; j < start + len; ++j) {
        const std::uint16_t t = mul(zeta, f.c[j + len]);
        f.c[j + len] = sub(f.c[j], t);
        f.c[j] = add(f.c[j], t);
      }
    }
  }
}

/// Algorithm 10.
void inverse_ntt(Poly& f) {
  constexpr std::uint16_t kInverseOf128 = 3303;
  std::size_t i = 127;
  for (std::size_t len = 2; len <= 128; len *= 2) {
    for (std::size_t start = 0; start < kN; start += 2 * len) {
      const std::uint16_t zeta = kZeta[i--];
      for (std::size_t j = start; j < start + len; ++j) {
        const std::uint16_t t = f.c[j];
        f.c[j] = add(t, f.c[j + len]);
        f.c[j + len] = mul(zeta, sub(f.c[j + len], t));
      }
    }
  }
  for (std::uint16_t& c : f.c) c = mul(c, kInverseOf128);
}

/// Algorithms 11 and 12: sum += a x b, in the NTT domain.
void multiply_add(Poly& sum, const Poly& a, const Poly& b) {
  for (std::size_t i = 0; i < kN / 2; ++i) {
    const std::uint16_t a0 = a.c[2 * i];
    const std::uint16_t a1 = a.c[2 * i + 1];
    const std::uint16_t b0 = b.c[2 * i];
    const std::uint16_t b1 = b.c[2 * i + 1];
    sum.c[2 * i] = add(sum.c[2 * i], add(mul(a0, b0), mul(mul(a1, b1), kGamma[i])));
    sum.c[2 * i + 1] = add(sum.c[2 * i + 1], add(mul(a0, b1), mul(a1, b0)));
  }
}

/// Algorithms 5 and 6: d bits of each coefficient, least significant bit first.
void byte_encode(const Poly& f, std::size_t d, std::span<std::uint8_t> out) {
  std::ranges::fill(out, std::uint8_t{0});
  for (std::size_t i = 0; i < kN; ++i) {
    for (std::size_t bit = 0; bit < d; ++bit) {
      const std::size_t at = i * d + bit;
      out[at / 8] = static_cast<std::uint8_t>(out[at / 8] | (((f.c[i] >> bit) & 1U) << (at % 8)));
    }
  }
}
Poly byte_decode(BytesView in, std::size_t d) {
  Poly f;
  for (std::size_t at = 0; at < kN * d; ++at) {
    f.c[at / d] = static_cast<std::uint16_t>(f.c[at / d] | (((in[at / 8] >> (at % 8)) & 1U) << (at % d)));
  }
  return f;
}

/// §4.2.1: Compress_d and Decompress_d, rounding to the nearest.
void compress(Poly& f, std::size_t d) {
  const std::uint32_t mask = (1U << d) - 1;
  for (std::uint16_t& c : f.c) c = static_cast<std::uint16_t>((((std::uint32_t{c} << d) + kQ / 2) / kQ) & mask);
}
void decompress(Poly& f, std::size_t d) {
  for (std::uint16_t& c : f.c) c = static_cast<std::uint16_t>((c * kQ + (1U << (d - 1))) >> d);
}

/// Algorithm 7 over SHAKE128(rho | j | i).
Poly sample_ntt(BytesView rho, std::size_t j, std::size_t i) {
  const std::array index{static_cast<std::uint8_t>(j), static_cast<std::uint8_t>(i)};
  // OpenSSL before 3.3 cannot be asked for more of the same stream, so a longer one is made should this be too short:
  // four blocks of 168 octets do in all but one of some ten million cases.
  for (std::size_t size = std::size_t{4} * 168;; size *= 2) {
    Bytes stream(size);
    shake128({rho, index}, {stream.data(), stream.size()});
    Poly out;
    std::size_t filled = 0;
    for (std::size_t at = 0; at + 3 <= size && filled < kN; at += 3) {
      const unsigned d1 = stream[at] | ((stream[at + 1] & 0x0fU) << 8U);
      const unsigned d2 = (stream[at + 1] >> 4U) | (static_cast<unsigned>(stream[at + 2]) << 4U);
      if (d1 < kQ) out.c[filled++] = static_cast<std::uint16_t>(d1);
      if (d2 < kQ && filled < kN) out.c[filled++] = static_cast<std::uint16_t>(d2);
    }
    if (filled == kN) return out;
  }
}

/// Algorithm 8 over PRF_eta(seed, counter) = SHAKE256(seed | counter).
Poly sample_cbd(BytesView seed, std::uint8_t counter, std::size_t eta) {
  SecretBytes stream(64 * eta);
  shake256({seed, {&counter, 1}}, stream.mutable_view());
  const BytesView in = stream.view();
  const auto ones = [&](std::size_t first) {
    std::uint32_t sum = 0;
    for (std::size_t bit = first; bit < first + eta; ++bit) sum += (in[bit / 8] >> (bit % 8)) & 1U;
    return sum;
  };
  Poly out;
  for (std::size_t i = 0; i < kN; ++i) out.c[i] = sub(ones(2 * i * eta), ones((2 * i + 1) * eta));
  return out;
}

Vector sample_vector(const Parameters& p, BytesView seed, std::uint8_t& counter, std::size_t eta) {
  Vector out(p.k);
  for (Poly& f : out) f = sample_cbd(seed, counter++, eta);
  return out;
}

constexpr std::size_t kPoly12 = 384;  // octets of 256 coefficients of 12 bits

Vector decode_vector(const Parameters& p, BytesView in) {
  Vector out(p.k);
  for (std::size_t i = 0; i < p.k; ++i) out[i] = byte_decode(in.subspan(i * kPoly12, kPoly12), 12);
  return out;
}

/// Algorithm 14, K-PKE.Encrypt.
Bytes pke_encrypt(const Parameters& p, BytesView ek, BytesView m, BytesView r) {
  const Vector t = decode_vector(p, ek);
  const BytesView rho = ek.subspan(p.k * kPoly12);
  std::uint8_t n = 0;
  Vector y = sample_vector(p, r, n, p.eta1);
  const Vector e1 = sample_vector(p, r, n, kEta2);
  const Poly e2 = sample_cbd(r, n, kEta2);
  for (Poly& f : y) ntt(f);

  Bytes out(p.ciphertext_size());
  const std::span<std::uint8_t> c(out.data(), out.size());
  for (std::size_t i = 0; i < p.k; ++i) {
    Poly u;
    for (std::size_t j = 0; j < p.k; ++j) multiply_add(u, sample_ntt(rho, i, j), y[j]);  // the transposed matrix
    inverse_ntt(u);
    add_to(u, e1[i]);
    compress(u, p.du);
    byte_encode(u, p.du, c.subspan(32 * p.du * i, 32 * p.du));
  }
  Poly v;
  for (std::size_t i = 0; i < p.k; ++i) multiply_add(v, t[i], y[i]);
  inverse_ntt(v);
  add_to(v, e2);
  Poly mu = byte_decode(m, 1);
  decompress(mu, 1);
  add_to(v, mu);
  compress(v, p.dv);
  byte_encode(v, p.dv, c.subspan(32 * p.du * p.k));
  return out;
}

/// Algorithm 15, K-PKE.Decrypt.
SecretBytes pke_decrypt(const Parameters& p, BytesView dk_pke, BytesView c) {
  const Vector s = decode_vector(p, dk_pke);
  Poly inner;
  for (std::size_t i = 0; i < p.k; ++i) {
    Poly u = byte_decode(c.subspan(32 * p.du * i, 32 * p.du), p.du);
    decompress(u, p.du);
    ntt(u);
    multiply_add(inner, s[i], u);
  }
  inverse_ntt(inner);
  Poly w = byte_decode(c.subspan(32 * p.du * p.k), p.dv);
  decompress(w, p.dv);
  for (std::size_t i = 0; i < kN; ++i) w.c[i] = sub(w.c[i], inner.c[i]);
  compress(w, 1);
  SecretBytes m(kMessageSize);
  byte_encode(w, 1, m.mutable_view());
  return m;
}

}  // namespace

Keys generate(const Parameters& p, BytesView seed) {
  if (seed.size() != kSeedSize) throw std::invalid_argument("ML-KEM keys are made from 64 octets");
  const BytesView d = seed.first(kHash);
  const BytesView z = seed.subspan(kHash);
  // Algorithm 13, K-PKE.KeyGen.
  const auto k = static_cast<std::uint8_t>(p.k);
  const TwoHashes rho_sigma({d, {&k, 1}});
  const BytesView rho = rho_sigma.first();
  std::uint8_t n = 0;
  Vector s = sample_vector(p, rho_sigma.second(), n, p.eta1);
  Vector e = sample_vector(p, rho_sigma.second(), n, p.eta1);
  Keys out{Bytes(p.ek_size()), SecretBytes(p.dk_size())};
  const std::span<std::uint8_t> ek(out.ek.data(), out.ek.size());
  const std::span<std::uint8_t> dk = out.dk.mutable_view();
  for (Poly& f : s) ntt(f);
  for (std::size_t i = 0; i < p.k; ++i) {
    Poly& t = e[i];
    ntt(t);
    for (std::size_t j = 0; j < p.k; ++j) multiply_add(t, sample_ntt(rho, j, i), s[j]);
    byte_encode(t, 12, ek.subspan(i * kPoly12, kPoly12));
    byte_encode(s[i], 12, dk.subspan(i * kPoly12, kPoly12));
  }
  std::ranges::copy(rho, ek.subspan(p.k * kPoly12).begin());
  // Algorithm 16: dk = dk_PKE | ek | H(ek) | z.
  std::ranges::copy(ek, dk.subspan(p.k * kPoly12).begin());
  sha3_256({ek}, dk.last(2 * kHash).first<kHash>());
  std::ranges::copy(z, dk.last(kHash).begin());
  return out;
}

Result<Encapsulated> encapsulate(const Parameters& p, BytesView ek, BytesView m) {
  if (m.size() != kMessageSize) throw std::invalid_argument("ML-KEM encapsulates 32 octets");
  // §7.2: "Type check" and "Modulus check".
  if (ek.size() != p.ek_size()) return bad_size(ek.size(), p.name, p.ek_size());
  for (const Poly& f : decode_vector(p, ek)) {
    if (std::ranges::any_of(f.c, [](std::uint16_t c) { return c >= kQ; })) {
      return bad_public_value("an encapsulation key with a coefficient that is not below 3329 (FIPS 203 §7.2)");
    }
  }
  // Algorithm 17.
  std::array<std::uint8_t, kHash> h{};
  sha3_256({ek}, h);
  const TwoHashes key_and_r({m, h});
  return Encapsulated{pke_encrypt(p, ek, m, key_and_r.second()), SecretBytes(key_and_r.first())};
}

Result<SecretBytes> decapsulate(const Parameters& p, BytesView dk, BytesView ciphertext) {
  // §7.3: "Ciphertext type check", "Decapsulation key type check", "Hash check".
  if (ciphertext.size() != p.ciphertext_size()) return bad_size(ciphertext.size(), p.name, p.ciphertext_size());
  if (dk.size() != p.dk_size()) return parse_error("decapsulation key", 0, "of the wrong size (FIPS 203 §7.3)");
  const BytesView ek = dk.subspan(p.k * kPoly12, p.ek_size());
  const BytesView h = dk.last(2 * kHash).first(kHash);
  const BytesView z = dk.last(kHash);
  std::array<std::uint8_t, kHash> hash_of_ek{};
  sha3_256({ek}, hash_of_ek);
  if (!equal(h, hash_of_ek)) return parse_error("decapsulation key", 0, "its hash does not fit (FIPS 203 §7.3)");

  // Algorithm 18.
  const SecretBytes m = pke_decrypt(p, dk.first(p.k * kPoly12), ciphertext);
  const TwoHashes key_and_r({m.view(), h});
  SecretBytes out(kSharedSize);
  shake256({z, ciphertext}, out.mutable_view());  // J: what implicit rejection answers with
  const Bytes again = pke_encrypt(p, ek, m.view(), key_and_r.second());
  const auto take = static_cast<std::uint8_t>(equal_constant_time(again, ciphertext) ? 0xff : 0x00);
  for (std::size_t i = 0; i < kSharedSize; ++i) {
    std::uint8_t& octet = out.mutable_view()[i];
    octet = static_cast<std::uint8_t>(octet ^ (take & (octet ^ key_and_r.first()[i])));
  }
  return out;
}

}  // namespace ikevet::crypto::ml_kem

#endif
