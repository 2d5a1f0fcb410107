// How the two sides prove who they are: what a Config says about authentication.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/sa/identity.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::crypto {
class SigningKey;
class TrustStore;
}  // namespace ikevet::crypto
namespace ikevet::eap {
class Provider;
}

namespace ikevet::sa {

/// Ways to prove an identity. The two sides need not use the same, RFC 7296 §2.15.
enum class AuthKind : std::uint8_t {
  SharedKey,  ///< AuthMethod 2
  PublicKey,  ///< AuthMethods 1, 9, 10, 11, 14
  Null,       ///< AuthMethod 13, RFC 7619: proves nothing but the IKE_SA_INIT exchange
  Eap,        ///< of the initiator alone, RFC 7296 §2.16
};
std::string_view name(AuthKind);

/// How our certificate travels, RFC 7296 §3.6.
enum class CertForm : std::uint8_t {
  X509,          ///< encoding 4, one payload for each certificate of the chain
  HashAndUrl,    ///< encoding 12, where the peer sent HTTP_CERT_LOOKUP_SUPPORTED; else as X509
  RawPublicKey,  ///< encoding 15, RFC 7670
  Nothing,       ///< the peer knows our certificate
};

/// A signature by our private key, and what goes with it.
struct LocalKey {
  std::shared_ptr<const crypto::SigningKey> key;
  std::vector<Bytes> chain;  ///< X.509, DER: our certificate, then those of the intermediate CAs
  CertForm form = CertForm::X509;
  std::string url;      ///< of our certificate, for HashAndUrl
  Bytes ocsp_response;  ///< DER, to be sent when asked for (RFC 4806); empty: none
  /// RFC 7427 digital signature (method 14) where the peer named a hash of ours; otherwise methods 1 and 9 to 11.
  bool digital_signature = true;
  bool rsa_pss = true;  ///< with method 14 and an RSA key: PSS, otherwise PKCS#1 v1.5
};

/// One authentication of ours. Several follow one another with RFC 4739.
struct LocalAuth {
  AuthKind kind = AuthKind::SharedKey;
  std::optional<Identity> id;  ///< empty: Config::local_id
  LocalKey key;                ///< for PublicKey
};

/// One authentication that the peer has to pass.
struct RemoteAuth {
  std::vector<AuthKind> kinds{AuthKind::SharedKey};  ///< any of these
  std::optional<Identity> id;                        ///< empty: Config::remote_id
};

/// The key shared with one peer.
struct SharedSecret {
  Identity peer;
  SecretBytes secret;
};

/// Postquantum preshared key, RFC 8784.
struct Ppk {
  Bytes id;  ///< PPK_ID with its type octet in front (§5.1)
  SecretBytes secret;
};

struct Credentials {
  std::vector<LocalAuth> local{1};    ///< in order; never empty
  std::vector<RemoteAuth> remote{1};  ///< in order; never empty

  std::vector<SharedSecret> shared_secrets;  ///< before Config::psk

  std::shared_ptr<const crypto::TrustStore> trust;  ///< whom we believe about public keys; null: nobody
  /// Hash algorithms for SIGNATURE_HASH_ALGORITHMS (RFC 7427 §4), offered where we accept or make signatures.
  std::vector<wire::HashAlgorithm> signature_hashes{wire::HashAlgorithm::SHA2_256, wire::HashAlgorithm::SHA2_384,
                                                    wire::HashAlgorithm::SHA2_512, wire::HashAlgorithm::IDENTITY};
  bool send_certreq = true;   ///< name our trust anchors, RFC 7296 §3.7
  bool request_ocsp = false;  ///< CERTREQ of RFC 4806 §3.1
  /// Gets what a "Hash and URL" CERT payload points to (RFC 7296 §3.6); empty result: cannot be had. Without it we do
  /// not send HTTP_CERT_LOOKUP_SUPPORTED. The engine itself knows no network.
  std::function<std::optional<Bytes>(std::string_view url)> fetch;
  Duration wall_clock_offset{};  ///< wall clock minus the run's time line, for the validity of certificates

  std::shared_ptr<const eap::Provider> eap;  ///< null: no EAP
  bool eap_only = false;                     ///< EAP_ONLY_AUTHENTICATION, RFC 5998, sent and honoured

  std::vector<Ppk> ppks;                  ///< as initiator the first is used; as responder the one that is named
  bool ppk_mandatory = false;             ///< "mandatory_or_not", RFC 8784 §3
  std::optional<Duration> auth_lifetime;  ///< responder: AUTH_LIFETIME, RFC 4478; empty: not sent
};

}  // namespace ikevet::sa
