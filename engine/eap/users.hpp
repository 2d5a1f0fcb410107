// Whom an authenticator lets in.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"

namespace ikevet::eap {

enum class OtpHash { Md5, Sha1 };

/// What a server of RFC 2289 keeps: never the pass phrase, only the last one-time password that was accepted.
struct OtpAccount {
  OtpHash hash = OtpHash::Md5;
  std::uint32_t sequence{};  ///< of `last`; the next challenge asks for one less
  std::string seed;          ///< 1 to 16 letters and digits, RFC 2289 §6.0
  Bytes last;                ///< 8 octets

  /// An account whose first challenge asks for `sequence`.
  static OtpAccount from_pass_phrase(OtpHash, std::string_view pass_phrase, std::string_view seed,
                                     std::uint32_t sequence);
};

struct User {
  SecretBytes password;
  bool disabled = false;          ///< MSCHAPv2 says E=647, everything else fails
  bool expired = false;           ///< MSCHAPv2 says E=648 and takes a new password
  std::optional<OtpAccount> otp;  ///< one-time passwords of RFC 2289
  /// One-time passwords without an algorithm, each good once, in order. Asked for by their number.
  std::vector<std::string> one_time_list;
};

/// Users by name. Shared by the conversations of an engine, because a one-time password that was used is used for all.
class Users {
 public:
  void add(std::string name, User user) { users_.insert_or_assign(std::move(name), std::move(user)); }
  User* find(BytesView name);

 private:
  std::map<std::string, User, std::less<>> users_;
};

}  // namespace ikevet::eap
