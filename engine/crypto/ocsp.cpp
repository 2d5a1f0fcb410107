// OCSP responses that come inside IKE, RFC 4806 and RFC 6960: checked without a network and at an injected time.
#include "engine/crypto/x509_parts.hpp"

namespace ikevet::crypto {
namespace {

using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, FreeWith<OCSP_RESPONSE_free>>;
using BasicPtr = std::unique_ptr<OCSP_BASICRESP, FreeWith<OCSP_BASICRESP_free>>;
using CertIdPtr = std::unique_ptr<OCSP_CERTID, FreeWith<OCSP_CERTID_free>>;

OcspAnswer faulty(std::string why) { return {OcspVerdict::Faulty, "OCSP response: " + std::move(why)}; }

/// The single response about this certificate: the CertID names the issuer by a hash of its own choice.
OCSP_SINGLERESP* find_single(OCSP_BASICRESP* basic, X509* certificate, X509* issuer) {
  for (int i = 0; i < OCSP_resp_count(basic); ++i) {
    OCSP_SINGLERESP* single = OCSP_resp_get0(basic, i);
    const OCSP_CERTID* id = OCSP_SINGLERESP_get0_id(single);
    ASN1_OBJECT* hash = nullptr;
    OCSP_id_get0_info(nullptr, &hash, nullptr, nullptr, const_cast<OCSP_CERTID*>(id));
    const EVP_MD* md = EVP_get_digestbyobj(hash);
    if (md == nullptr) continue;
    const CertIdPtr wanted(OCSP_cert_to_id(md, certificate, issuer));
    if (wanted && OCSP_id_cmp(wanted.get(), id) == 0) return single;
  }
  return nullptr;
}

}  // namespace

OcspAnswer ask_ocsp(BytesView response, X509* certificate, X509* issuer, STACK_OF(X509) * chain, X509_STORE* store,
                    WallClock now) {
  const unsigned char* at = response.data();
  const ResponsePtr outer(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(response.size())));
  ERR_clear_error();
  if (!outer) return faulty("cannot be read");
  if (const int status = OCSP_response_status(outer.get()); status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return {OcspVerdict::Silent, {}};  // RFC 6960 §2.3: an error of the responder says nothing about the certificate
  const BasicPtr basic(OCSP_response_get1_basic(outer.get()));
  ERR_clear_error();
  if (!basic) return faulty("no basic response");
  OCSP_SINGLERESP* single = find_single(basic.get(), certificate, issuer);
  ERR_clear_error();
  if (single == nullptr) return {OcspVerdict::Silent, {}};  // of another certificate, e.g. of a CA

  // RFC 6960 §4.2.2.2: signed by the issuer, or by whom the issuer entitled with id-kp-OCSPSigning.
  const bool signed_well = OCSP_basic_verify(basic.get(), chain, store, 0) == 1;
  if (!signed_well) return faulty(last_openssl_reason());
  int reason = 0;
  ASN1_GENERALIZEDTIME* revoked_at = nullptr;
  ASN1_GENERALIZEDTIME* this_update = nullptr;
  ASN1_GENERALIZEDTIME* next_update = nullptr;
  const int status = OCSP_single_get0_status(single, &reason, &revoked_at, &this_update, &next_update);
  // RFC 6960 §4.2.2.1. OCSP_check_validity() would ask the machine's clock.
  const auto time = static_cast<std::time_t>(now.time_since_epoch().count());
  if (ASN1_TIME_cmp_time_t(this_update, time) > 0) return faulty("is of the future: " + time_text(this_update));
  if (next_update != nullptr && ASN1_TIME_cmp_time_t(next_update, time) < 0)
    return faulty("expired on " + time_text(next_update));
  const std::string which = "certificate " + name_text(X509_get_subject_name(certificate));
  if (status == V_OCSP_CERTSTATUS_REVOKED)
    return {OcspVerdict::Revoked, which + " was revoked on " + time_text(revoked_at) + " (OCSP)"};
  if (status == V_OCSP_CERTSTATUS_GOOD) return {OcspVerdict::Good, {}};
  return faulty(which + " is unknown to its issuer");
}

}  // namespace ikevet::crypto
