// A PKI made while a test runs: any key, any date, any extension, CRLs and OCSP responses.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/crypto/x509.hpp"

namespace ikevet::tests {

/// 2026-01-01, where PeerPair's clock starts.
inline constexpr crypto::WallClock kToday{std::chrono::seconds(1'767'225'600)};
inline constexpr std::chrono::days kDay{1};

enum class PkiKey { Rsa2048, P256, P384, P521, Ed25519, Ed448 };

struct CertSpec {
  std::string cn;
  std::string san{};  ///< as openssl.cnf has it: "DNS:dut.test,IP:192.0.2.1"; empty: none
  bool ca = false;
  std::string key_usage{};  ///< "digitalSignature"; empty: none, or what a CA needs
  std::string extended_key_usage{};
  std::string name_constraints{};
  crypto::WallClock from = kToday - 1000 * kDay;
  crypto::WallClock to = kToday + 1000 * kDay;
};

struct Issued {
  std::shared_ptr<x509_st> certificate;
  std::shared_ptr<evp_pkey_st> key;

  std::string certificate_pem() const;
  std::string key_pem() const;
  Bytes der() const;
  crypto::Certificate parsed() const;
  crypto::SigningKey signing_key() const;
};

Issued self_signed(PkiKey key, const CertSpec& spec);
Issued issue(const Issued& ca, PkiKey key, const CertSpec& spec);

/// A CRL in DER that names these certificates.
Bytes make_crl(const Issued& ca, const std::vector<Issued>& revoked, crypto::WallClock from = kToday - kDay,
               crypto::WallClock to = kToday + 1000 * kDay);
/// An OCSPResponse in DER about one certificate; signed by `signer`, whose certificate goes along.
Bytes make_ocsp(const Issued& ca, const Issued& about, bool revoked, const Issued& signer,
                crypto::WallClock from = kToday - kDay, crypto::WallClock to = kToday + 1000 * kDay);
std::string crl_pem(const Bytes& der);

}  // namespace ikevet::tests
