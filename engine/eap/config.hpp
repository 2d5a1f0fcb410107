// Credentials and policy of the two sides of EAP.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/eap/users.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::eap {

/// TLS inside EAP, of EAP-TLS and EAP-TTLS. Certificates and keys are the text of PEM files.
struct TlsSettings {
  std::string certificate_pem;  ///< our own, followed by the CAs between it and the root
  SecretBytes private_key_pem;
  std::string trusted_pem;      ///< the CAs whose word is taken; empty: nobody's, and every certificate is refused
  std::string expected_name;    ///< peer: DNS name that the server's certificate has to bear; empty: any
  bool tls12 = true;            ///< RFC 5216
  bool tls13 = true;            ///< RFC 9190
  std::size_t fragment = 1024;  ///< octets of TLS in one EAP packet, at least 64
};

/// Throws std::invalid_argument when certificates or key cannot be read or do not belong together: our user's mistake,
/// to be told before a conversation begins.
void check(const TlsSettings&);

/// How a TTLS peer proves itself inside the tunnel, RFC 5281 §11.2.
enum class TtlsInner { Pap, Chap, MsChapV2, Eap };

struct PeerConfig {
  /// Name of Response/Identity, and of MSCHAPv2 unless `user` is set. With TTLS it travels in the clear, and may be an
  /// anonymous one ("@example.org").
  std::string identity;
  std::string user;  ///< name that the password belongs to; empty: `identity`
  /// Said in order: the next one each time the authenticator lets the peer try again (MSCHAPv2 R=1, or the same request
  /// anew); the last one again and again.
  std::vector<SecretBytes> passwords;
  std::string new_password;                ///< answer to "password expired" (E=648), RFC 2759 §7; empty: gives up
  std::vector<std::string> one_time_list;  ///< OTP: to be said one after the other; empty: computed from the password
  bool otp_words = true;                   ///< six words; otherwise "hex:", RFC 2289 §6 and RFC 2243
  std::vector<wire::EapType> methods;      ///< acceptable, the favourite first: the order of the Nak
  TlsSettings tls;
  TtlsInner inner = TtlsInner::MsChapV2;
  std::vector<wire::EapType> inner_methods;  ///< with TtlsInner::Eap
};

struct AuthenticatorConfig {
  std::vector<wire::EapType> methods;        ///< offered in this order as long as the peer answers with Nak
  std::shared_ptr<Users> users;              ///< names, passwords, one-time passwords; counts the latter down
  std::string name = "ikevet";               ///< MD5-Challenge and MSCHAPv2 tell the peer who asks
  bool ask_identity = false;                 ///< a Request/Identity although IKE has told it, RFC 7296 §3.16
  std::string notification;                  ///< shown to the user first, RFC 3748 §5.2; empty: nothing is shown
  int attempts = 1;                          ///< answers to a password request before Failure, RFC 3748 §4.2
  std::vector<wire::EapType> inner_methods;  ///< inside TTLS
  TlsSettings tls;
  bool ttls_client_certificate = false;  ///< TTLS asks for one, too, RFC 5281 §7.6
};

}  // namespace ikevet::eap
