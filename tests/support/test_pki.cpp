#include "tests/support/test_pki.hpp"

#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace ikevet::tests {
namespace {

using crypto::WallClock;

void must(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("test PKI: ") + what);
}

std::shared_ptr<EVP_PKEY> generate(PkiKey kind) {
  EVP_PKEY* key = nullptr;
  switch (kind) {
    case PkiKey::Rsa2048:
      key = EVP_RSA_gen(2048);
      break;
    case PkiKey::P256:
      key = EVP_EC_gen("P-256");
      break;
    case PkiKey::P384:
      key = EVP_EC_gen("P-384");
      break;
    case PkiKey::P521:
      key = EVP_EC_gen("P-521");
      break;
    case PkiKey::Ed25519:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      break;
    case PkiKey::Ed448:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448");
      break;
  }
  must(key != nullptr, "key");
  return {key, EVP_PKEY_free};
}

const EVP_MD* digest_for(const EVP_PKEY* key) {
  return EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448") ? nullptr : EVP_sha256();
}

std::time_t seconds(WallClock time) { return static_cast<std::time_t>(time.time_since_epoch().count()); }

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  must(extension != nullptr, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Issued make(const Issued* ca, PkiKey kind, const CertSpec& spec) {
  static long serial = 1000;
  Issued out{{X509_new(), X509_free}, generate(kind)};
  X509* certificate = out.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(spec.from));
  ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(spec.to));
  X509_NAME* subject = X509_get_subject_name(certificate);
  const auto add = [&](const char* field, const std::string& value) {
    X509_NAME_add_entry_by_txt(subject, field, MBSTRING_ASC, reinterpret_cast<const unsigned char*>(value.c_str()), -1,
                               -1, 0);
  };
  add("O", "ikevet");
  add("CN", spec.cn);
  X509_set_issuer_name(certificate, ca != nullptr ? X509_get_subject_name(ca->certificate.get()) : subject);
  X509_set_pubkey(certificate, out.key.get());
  X509* issuer = ca != nullptr ? ca->certificate.get() : certificate;
  add_extension(certificate, issuer, NID_basic_constraints, spec.ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(certificate, issuer, NID_key_usage,
                spec.key_usage.empty() && spec.ca ? "critical,keyCertSign,cRLSign" : spec.key_usage);
  add_extension(certificate, issuer, NID_ext_key_usage, spec.extended_key_usage);
  add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
  add_extension(certificate, issuer, NID_subject_alt_name, spec.san);
  add_extension(certificate, issuer, NID_name_constraints, spec.name_constraints);
  EVP_PKEY* signer = ca != nullptr ? ca->key.get() : out.key.get();
  must(X509_sign(certificate, signer, digest_for(signer)) > 0, "X509_sign");
  return out;
}

template <class Write>
std::string pem(Write write) {
  BIO* bio = BIO_new(BIO_s_mem());
  write(bio);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string out(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  return out;
}

template <class T>
Bytes der_of(const T* object, int (*i2d)(const T*, unsigned char**)) {
  Bytes out(static_cast<std::size_t>(i2d(object, nullptr)));
  unsigned char* at = out.data();
  i2d(object, &at);
  return out;
}

}  // namespace

std::string Issued::certificate_pem() const {
  return pem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); });
}
std::string Issued::key_pem() const {
  return pem([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}
Bytes Issued::der() const { return der_of(certificate.get(), &i2d_X509); }
crypto::Certificate Issued::parsed() const { return crypto::Certificate::parse(der()).value(); }
crypto::SigningKey Issued::signing_key() const { return crypto::SigningKey::read(as_bytes(key_pem())); }

Issued self_signed(PkiKey key, const CertSpec& spec) { return make(nullptr, key, spec); }
Issued issue(const Issued& ca, PkiKey key, const CertSpec& spec) { return make(&ca, key, spec); }

Bytes make_crl(const Issued& ca, const std::vector<Issued>& revoked, WallClock from, WallClock to) {
  const std::shared_ptr<X509_CRL> crl(X509_CRL_new(), X509_CRL_free);
  X509_CRL_set_version(crl.get(), 1);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(ca.certificate.get()));
  const std::shared_ptr<ASN1_TIME> start(ASN1_TIME_set(nullptr, seconds(from)), ASN1_TIME_free);
  const std::shared_ptr<ASN1_TIME> end(ASN1_TIME_set(nullptr, seconds(to)), ASN1_TIME_free);
  X509_CRL_set1_lastUpdate(crl.get(), start.get());
  X509_CRL_set1_nextUpdate(crl.get(), end.get());
  for (const Issued& one : revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one.certificate.get()));
    X509_REVOKED_set_revocationDate(entry, start.get());
    X509_CRL_add0_revoked(crl.get(), entry);
  }
  X509_CRL_sort(crl.get());
  must(X509_CRL_sign(crl.get(), ca.key.get(), digest_for(ca.key.get())) > 0, "X509_CRL_sign");
  return der_of(crl.get(), &i2d_X509_CRL);
}

Bytes make_ocsp(const Issued& ca, const Issued& about, bool revoked, const Issued& signer, WallClock from,
                WallClock to) {
  const std::shared_ptr<OCSP_BASICRESP> basic(OCSP_BASICRESP_new(), OCSP_BASICRESP_free);
  const std::shared_ptr<OCSP_CERTID> id(OCSP_cert_to_id(EVP_sha1(), about.certificate.get(), ca.certificate.get()),
                                        OCSP_CERTID_free);
  const std::shared_ptr<ASN1_TIME> start(ASN1_GENERALIZEDTIME_set(nullptr, seconds(from)), ASN1_TIME_free);
  const std::shared_ptr<ASN1_TIME> end(ASN1_GENERALIZEDTIME_set(nullptr, seconds(to)), ASN1_TIME_free);
  OCSP_basic_add1_status(basic.get(), id.get(), revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD, 0,
                         revoked ? start.get() : nullptr, start.get(), end.get());
  must(OCSP_basic_sign(basic.get(), signer.certificate.get(), signer.key.get(), digest_for(signer.key.get()), nullptr,
                       0) == 1,
       "OCSP_basic_sign");
  const std::shared_ptr<OCSP_RESPONSE> response(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()),
                                                OCSP_RESPONSE_free);
  return der_of(response.get(), &i2d_OCSP_RESPONSE);
}

std::string crl_pem(const Bytes& der) {
  const unsigned char* at = der.data();
  const std::shared_ptr<X509_CRL> crl(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())), X509_CRL_free);
  return pem([&](BIO* bio) { PEM_write_bio_X509_CRL(bio, crl.get()); });
}

}  // namespace ikevet::tests
