#include "engine/eap/mschapv2_crypto.hpp"

#include <openssl/evp.h>

#include <memory>
#include <numeric>
#include <stdexcept>

#include "engine/crypto/hash.hpp"
#include "engine/eap/md4.hpp"

namespace ikevet::eap::mschapv2 {
namespace {

constexpr std::size_t kHash = 16;

// RFC 2759 §8.7.
constexpr std::string_view kMagic1 = "Magic server to client signing constant";
constexpr std::string_view kMagic2 = "Pad to make it do more than one iteration";
// RFC 3079 §3.4.
constexpr std::string_view kMasterKey = "This is the MPPE Master Key";
constexpr std::string_view kClientSends =
    "On the client side, this is the send key; on the server side, it is the receive key.";
constexpr std::string_view kClientReceives =
    "On the client side, this is the receive key; on the server side, it is the send key.";

void check(int result) {
  if (result <= 0) throw std::runtime_error("OpenSSL: DES is not available");
}

/// RFC 2759 §8.6: DES with a key of 56 bits, spread over eight octets of seven bits each. OpenSSL 3 keeps single DES in
/// the legacy provider; triple DES with three equal keys is the same function and is in the default one.
void des_encrypt(BytesView clear, BytesView key56, std::uint8_t* out) {
  std::array<std::uint8_t, 24> key{};
  std::uint64_t bits = 0;
  for (const std::uint8_t octet : key56) bits = bits << 8 | octet;
  for (std::size_t i = 0; i < 8; ++i) {
    const auto octet = static_cast<std::uint8_t>((bits >> (49 - 7 * i) & 0x7f) << 1);
    key[i] = key[i + 8] = key[i + 16] = octet;
  }
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                EVP_CIPHER_CTX_free);
  int length = 0;
  check(EVP_EncryptInit_ex(context.get(), EVP_des_ede3_ecb(), nullptr, key.data(), nullptr));
  check(EVP_CIPHER_CTX_set_padding(context.get(), 0));
  check(EVP_EncryptUpdate(context.get(), out, &length, clear.data(), 8));
  wipe(key);
}

/// RFC 2759 §8.5: the hash, filled up with zeros to 21 octets, is three keys.
Bytes challenge_response(BytesView challenge8, BytesView password_hash) {
  std::array<std::uint8_t, 21> keys{};
  std::ranges::copy(password_hash, keys.begin());
  Bytes out(kNtResponse);
  for (std::size_t i = 0; i < 3; ++i) des_encrypt(challenge8, BytesView(keys).subspan(7 * i, 7), out.data() + 8 * i);
  wipe(keys);
  return out;
}

/// RFC 2759 §8.2.
Bytes challenge_hash(BytesView peer_challenge, BytesView authenticator_challenge, std::string_view user_name) {
  Bytes digest = crypto::sha1({peer_challenge, authenticator_challenge, as_bytes(without_domain(user_name))});
  digest.resize(8);
  return digest;
}

/// RC4, which OpenSSL 3 has in the legacy provider alone: for the Change-Password packet and nothing else.
Bytes rc4(BytesView key, BytesView octets) {
  std::array<std::uint8_t, 256> s{};
  std::iota(s.begin(), s.end(), std::uint8_t{});
  std::uint8_t j = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    j = static_cast<std::uint8_t>(j + s[i] + key[i % key.size()]);
    std::swap(s[i], s[j]);
  }
  Bytes out;
  std::uint8_t i = 0;
  j = 0;
  for (const std::uint8_t octet : octets) {
    ++i;
    j = static_cast<std::uint8_t>(j + s[i]);
    std::swap(s[i], s[j]);
    out.push_back(octet ^ s[static_cast<std::uint8_t>(s[i] + s[j])]);
  }
  wipe(s);
  return out;
}

/// RFC 3079 §3.4, GetAsymmetricStartKey with 128 bits.
Bytes start_key(BytesView master_key, std::string_view magic) {
  const std::array<std::uint8_t, 40> pad1{};
  std::array<std::uint8_t, 40> pad2{};
  pad2.fill(0xf2);
  Bytes digest = crypto::sha1({master_key, pad1, as_bytes(magic), pad2});
  digest.resize(kHash);
  return digest;
}

void append_unit(Bytes& out, std::uint32_t unit) {
  out.push_back(static_cast<std::uint8_t>(unit));
  out.push_back(static_cast<std::uint8_t>(unit >> 8));
}

/// The character at `at` and how many octets it takes; a single octet when they are no UTF-8.
std::pair<std::uint32_t, std::size_t> character_at(BytesView text, std::size_t at) {
  const std::uint8_t first = text[at];
  const std::size_t length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  if (length == 1 || first >= 0xf5 || text.size() - at < length) return {first, 1};
  std::uint32_t out = first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((text[at + i] & 0xc0) != 0x80) return {first, 1};
    out = out << 6 | (text[at + i] & 0x3fU);
  }
  return {out, length};
}

}  // namespace

Bytes to_unicode(BytesView password) {
  Bytes out;
  for (std::size_t at = 0; at < password.size();) {
    const auto [character, length] = character_at(password, at);
    at += length;
    if (character >= 0x10000) {
      append_unit(out, 0xd800 + ((character - 0x10000) >> 10));
      append_unit(out, 0xdc00 + ((character - 0x10000) & 0x3ff));
    } else {
      append_unit(out, character);
    }
  }
  return out;
}

std::string_view without_domain(std::string_view name) {
  const std::size_t at = name.rfind('\\');
  return at == std::string_view::npos ? name : name.substr(at + 1);
}

SecretBytes nt_hash_of_unicode(BytesView unicode) { return SecretBytes(md4(unicode)); }

SecretBytes nt_password_hash(BytesView password) {
  Bytes unicode = to_unicode(password);
  SecretBytes out = nt_hash_of_unicode(unicode);
  wipe(unicode);
  return out;
}

SecretBytes hash_nt_password_hash(BytesView password_hash) { return SecretBytes(md4(password_hash)); }

Bytes generate_nt_response(BytesView authenticator_challenge, BytesView peer_challenge, std::string_view user_name,
                           BytesView password_hash) {
  return challenge_response(challenge_hash(peer_challenge, authenticator_challenge, user_name), password_hash);
}

std::string generate_authenticator_response(BytesView password_hash, BytesView nt_response, BytesView peer_challenge,
                                            BytesView authenticator_challenge, std::string_view user_name) {
  const SecretBytes hash_hash = hash_nt_password_hash(password_hash);
  const Bytes first = crypto::sha1({hash_hash.view(), nt_response, as_bytes(kMagic1)});
  const Bytes challenge = challenge_hash(peer_challenge, authenticator_challenge, user_name);
  std::string hex = to_hex(crypto::sha1({first, challenge, as_bytes(kMagic2)}));
  for (char& c : hex)
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  return "S=" + hex;
}

Bytes encrypt_new_password(BytesView new_password, BytesView old_password_hash, BytesView pad) {
  Bytes unicode = to_unicode(new_password);
  // RFC 2759 §8.10: random octets, the password at the end of the 512, then its length in octets, little-endian.
  Bytes clear = to_bytes(pad.first(kEncryptedPassword - 4));
  const std::size_t length = std::min(unicode.size(), 2 * kLongestPassword);
  std::copy_n(unicode.begin(), length, clear.end() - static_cast<std::ptrdiff_t>(length));
  append_unit(clear, static_cast<std::uint32_t>(length));
  append_unit(clear, 0);
  Bytes out = rc4(old_password_hash, clear);
  wipe(unicode);
  wipe(clear);
  return out;
}

SecretBytes decrypt_new_password(BytesView encrypted, BytesView old_password_hash) {
  Bytes clear = rc4(old_password_hash, encrypted.first(kEncryptedPassword));
  const std::uint8_t* end = clear.data() + kEncryptedPassword - 4;
  const std::size_t length = end[0] | static_cast<std::size_t>(end[1]) << 8 | static_cast<std::size_t>(end[2]) << 16 |
                             static_cast<std::size_t>(end[3]) << 24;
  SecretBytes out;
  if (length <= 2 * kLongestPassword && length % 2 == 0) out = SecretBytes(BytesView(end - length, length));
  wipe(clear);
  return out;
}

Bytes encrypt_old_password_hash(BytesView old_password_hash, BytesView new_password_hash) {
  Bytes out(kHash);
  // RFC 2759 §8.13: each half under seven octets of the other hash.
  des_encrypt(old_password_hash.first(8), new_password_hash.first(7), out.data());
  des_encrypt(old_password_hash.subspan(8, 8), new_password_hash.subspan(7, 7), out.data() + 8);
  return out;
}

SecretBytes master_session_key(BytesView password_hash, BytesView nt_response) {
  const SecretBytes hash_hash = hash_nt_password_hash(password_hash);
  Bytes master = crypto::sha1({hash_hash.view(), nt_response, as_bytes(kMasterKey)});
  master.resize(kHash);
  Bytes receive = start_key(master, kClientSends);
  Bytes send = start_key(master, kClientReceives);
  SecretBytes out(64);
  std::ranges::copy(receive, out.mutable_view().begin());
  std::ranges::copy(send, out.mutable_view().begin() + kHash);
  wipe(master);
  wipe(receive);
  wipe(send);
  return out;
}

}  // namespace ikevet::eap::mschapv2
