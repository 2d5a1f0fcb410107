// Certificate and Certificate Request payloads, RFC 7296 §3.6 and §3.7.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// Certificate payload.  RFC 7296 §3.6.
struct Certificate {
  static constexpr PayloadType kType = PayloadType::CERT;

  CertEncoding encoding{};
  Bytes data{};

  static Result<Certificate> parse(Reader in);
  void serialise(Writer& out) const;
  friend bool operator==(const Certificate&, const Certificate&) = default;
};

/// Certificate Request payload.  RFC 7296 §3.7.
struct CertificateRequest {
  static constexpr PayloadType kType = PayloadType::CERTREQ;
  static constexpr std::size_t kHashSize = 20;  ///< of a trust anchor's SubjectPublicKeyInfo, by SHA-1

  CertEncoding encoding{};
  Bytes data{};  ///< "Certification Authority"

  /// The trust anchors' hashes: views into `data`, without an incomplete last one.
  std::vector<BytesView> hashes() const;

  static Result<CertificateRequest> parse(Reader in);
  void serialise(Writer& out) const;
  friend bool operator==(const CertificateRequest&, const CertificateRequest&) = default;
};

}  // namespace ikevet::wire
