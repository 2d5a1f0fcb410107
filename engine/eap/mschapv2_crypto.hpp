// The functions of MS-CHAP-V2, named as RFC 2759 §8 and RFC 3079 §3 name them.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"

namespace ikevet::eap::mschapv2 {

inline constexpr std::size_t kChallenge = 16;
inline constexpr std::size_t kNtResponse = 24;
inline constexpr std::size_t kEncryptedPassword = 516;
/// RFC 2759 §8.9: at most 256 characters of 16 bits.
inline constexpr std::size_t kLongestPassword = 256;

/// UTF-8 to the 16-bit characters that are hashed, little-endian; octets that are no UTF-8 stand for themselves.
Bytes to_unicode(BytesView password);
/// The user name as it is hashed: without "DOMAIN\" in front, RFC 2759 §4.
std::string_view without_domain(std::string_view name);

SecretBytes nt_password_hash(BytesView password);            ///< §8.3, 16 octets
SecretBytes hash_nt_password_hash(BytesView password_hash);  ///< §8.4, 16 octets
/// §8.1 from the hash of the password.
Bytes generate_nt_response(BytesView authenticator_challenge, BytesView peer_challenge, std::string_view user_name,
                           BytesView password_hash);
/// §8.7: "S=" and forty hexadecimal digits.
std::string generate_authenticator_response(BytesView password_hash, BytesView nt_response, BytesView peer_challenge,
                                            BytesView authenticator_challenge, std::string_view user_name);

/// §8.9 and §8.12, what a Change-Password packet carries; `pad` are random octets, kEncryptedPassword - 4 of them.
Bytes encrypt_new_password(BytesView new_password, BytesView old_password_hash, BytesView pad);
Bytes encrypt_old_password_hash(BytesView old_password_hash, BytesView new_password_hash);
/// The new password in its 16-bit characters; empty when its length cannot be true, as under a wrong hash.
SecretBytes decrypt_new_password(BytesView encrypted, BytesView old_password_hash);
SecretBytes nt_hash_of_unicode(BytesView unicode);

/// The MSK of EAP-MSCHAPv2: the server's receive key and send key of RFC 3079 §3.3 (128 bits each), then 32 zeros,
/// draft-kamath-pppext-eap-mschapv2 §5.
SecretBytes master_session_key(BytesView password_hash, BytesView nt_response);

}  // namespace ikevet::eap::mschapv2
