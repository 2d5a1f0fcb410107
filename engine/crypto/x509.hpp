// Certificates, and whether to believe them: chains, revocation by CRL and OCSP, identities.  RFC 5280 as OpenSSL has
// it, with what RFC 4945 asks of IKE.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/crypto/sign.hpp"

struct x509_st;
struct X509_crl_st;

namespace ikevet::crypto {

/// Seconds since the Unix epoch, of the wall clock.
using WallClock = std::chrono::sys_seconds;

/// An X.509 certificate. Cheap to copy.
class Certificate {
 public:
  /// DER, complete and nothing behind it.
  static Result<Certificate> parse(BytesView der);
  /// A user's file: PEM, one or several, or DER. Throws std::invalid_argument.
  static std::vector<Certificate> read(BytesView file);

  Bytes der() const;
  Result<PublicKey> public_key() const;
  std::string subject() const;  ///< "CN=dut.test, O=Example", safe to print
  Bytes subject_der() const;
  /// SHA-1 of the SubjectPublicKeyInfo element, as CERTREQ names a trust anchor (RFC 7296 §3.7).
  Bytes key_hash() const;
  bool is_ca() const;
  /// Is this identity in the certificate? RFC 4945 §3.1: exactly, without wildcards; names without regard to case. For
  /// ID_KEY_ID it is the subject key identifier.
  bool bears(wire::IdType type, BytesView id) const;
  x509_st* handle() const { return certificate_.get(); }

 private:
  explicit Certificate(x509_st* certificate);  ///< takes a reference of its own
  std::shared_ptr<x509_st> certificate_;
};

/// What a peer sent to be believed, in any order but for the first certificate. The caller bounds how much.
struct Evidence {
  std::vector<Bytes> certificates;  ///< DER; the first one holds the key (RFC 7296 §3.6)
  std::vector<Bytes> crls;          ///< DER
  std::vector<Bytes> ocsp;          ///< DER, OCSPResponse
};

enum class Revocation : std::uint8_t {
  Ignore,    ///< nobody asks
  IfKnown,   ///< what a CRL or an OCSP response says counts; without one a certificate is good
  Required,  ///< without a CRL or an OCSP response a certificate is not good
};

/// A public key that is believed without a certificate, RFC 7670.
struct TrustedKey {
  PublicKey key;
  std::optional<wire::IdType> id_type;  ///< empty: of anybody
  Bytes id;
};

/// Whom we believe, from a user's files.
struct TrustSettings {
  std::vector<Certificate> anchors{};  ///< CAs; a certificate that is none is believed for itself
  std::vector<Bytes> crls{};           ///< files: PEM or DER
  std::vector<TrustedKey> keys{};
  Revocation revocation = Revocation::IfKnown;
  /// RFC 4945 §5.1.3.12: extended key usage, where there is any, has to allow IKE. Many CAs issue certificates for TLS.
  bool check_extended_key_usage = true;
};

/// Checks. Immutable, so that several engines may share one.
class TrustStore {
 public:
  explicit TrustStore(TrustSettings settings);  ///< throws std::invalid_argument
  ~TrustStore();

  /// The peer's public key when the first certificate leads to an anchor at this time, is not revoked, and bears the
  /// identity. The error says what is wrong in a user's words: "certificate CN=dut.test expired on 2026-01-31 ...".
  Result<PublicKey, std::string> check(const Evidence& evidence, wire::IdType type, BytesView id, WallClock now) const;
  /// A key without certificate, RFC 7670: believed when it is one of ours and, where we know whose, is that one's.
  Result<PublicKey, std::string> check_raw_key(BytesView spki, wire::IdType type, BytesView id) const;
  /// The peer sent neither certificate nor key: the one that we have for this identity.
  Result<PublicKey, std::string> known_key(wire::IdType type, BytesView id, WallClock now) const;

  /// For CERTREQ, RFC 7296 §3.7: one after the other.
  Bytes anchor_key_hashes() const;
  bool has_raw_keys() const { return !settings_.keys.empty(); }
  bool has_anchors() const { return !settings_.anchors.empty(); }

 private:
  TrustSettings settings_;
  std::vector<std::shared_ptr<X509_crl_st>> crls_;
};

/// The certificates and CRLs of a bundle that "Hash and URL" points to, RFC 7296 §3.6.
Result<Evidence> read_bundle(BytesView der);

}  // namespace ikevet::crypto
