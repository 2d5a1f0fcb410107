// How a `config` says that a side proves who it is, and what it takes for a proof: member `auth`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"
#include "scenarios/format/eap_overrides.hpp"

namespace ikevet::scenarios {

/// One authentication of the configured end.
struct ProofOverrides {
  std::optional<std::string> method;         ///< "psk", "public-key", "null", "eap"
  std::optional<std::string> id;             ///< only in `another`
  std::optional<FileReference> certificate;  ///< PEM: its own, then those of the intermediate CAs
  std::optional<FileReference> private_key;
  std::optional<std::string> certificate_form;  ///< "x509", "hash-and-url", "raw-public-key", "none"
  std::optional<std::string> certificate_url;
  std::optional<FileReference> ocsp_response;  ///< DER
  std::optional<bool> digital_signature;       ///< method 14 where the peer knows it
  std::optional<bool> rsa_pss;
  std::optional<bool> subject_as_id;  ///< the certificate's subject is the identity, ID_DER_ASN1_DN
  friend bool operator==(const ProofOverrides&, const ProofOverrides&) = default;
};

struct NamedSecret {
  std::string id;
  std::string secret;
  friend bool operator==(const NamedSecret&, const NamedSecret&) = default;
};

struct NamedKey {
  FileReference file;
  std::optional<std::string> id;
  friend bool operator==(const NamedKey&, const NamedKey&) = default;
};

struct AuthOverrides {
  ProofOverrides proof;
  std::vector<ProofOverrides> another;                     ///< further ones, RFC 4739
  std::optional<std::vector<std::string>> accept;          ///< methods that the peer may use
  std::optional<std::vector<std::string>> accept_another;  ///< of a second authentication of the peer
  std::optional<std::vector<FileReference>> ca;
  std::optional<std::vector<FileReference>> crl;
  std::optional<std::vector<NamedKey>> public_keys;  ///< raw ones, RFC 7670
  std::optional<std::string> revocation;             ///< "ignore", "if-known", "required"
  std::optional<bool> check_extended_key_usage;
  std::optional<bool> request_ocsp;
  std::optional<bool> send_certreq;
  std::optional<std::vector<std::string>> signature_hashes;  ///< "SHA2_256"
  std::optional<std::vector<NamedSecret>> secrets;           ///< pre-shared keys by the peer's identity
  std::optional<std::vector<NamedSecret>> ppk;               ///< by PPK_ID, RFC 8784
  std::optional<bool> ppk_mandatory;
  std::optional<Duration> lifetime;  ///< AUTH_LIFETIME, RFC 4478
  std::optional<EapPeerOverrides> eap_peer;
  std::optional<EapServerOverrides> eap_server;
  std::optional<bool> eap_only;  ///< RFC 5998
  friend bool operator==(const AuthOverrides&, const AuthOverrides&) = default;
};

}  // namespace ikevet::scenarios
