// Whom we believe about public keys: the check of chains, revocation and identity.
#include <openssl/pem.h>

#include <algorithm>

#include "engine/crypto/x509_parts.hpp"

namespace ikevet::crypto {

using wire::IdType;

namespace {

constexpr int kLongestChain = 8;  ///< CAs between a certificate and its anchor

std::time_t seconds(WallClock now) { return static_cast<std::time_t>(now.time_since_epoch().count()); }

/// The anchors at a point in time. Made for each check: an X509_STORE has one time.
StorePtr make_store(const std::vector<Certificate>& anchors, WallClock now) {
  StorePtr store(check(X509_STORE_new(), "X509_STORE_new"));
  for (const Certificate& anchor : anchors) X509_STORE_add_cert(store.get(), anchor.handle());
  X509_VERIFY_PARAM* parameters = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_time(parameters, seconds(now));
  X509_VERIFY_PARAM_set_depth(parameters, kLongestChain);
  // An anchor need not be self-signed: an intermediate CA, or the peer's own certificate, will do.
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  ERR_clear_error();
  return store;
}

std::string chain_error(X509_STORE_CTX* context) {
  X509* certificate = X509_STORE_CTX_get_current_cert(context);
  const std::string which =
      certificate != nullptr ? "certificate " + name_text(X509_get_subject_name(certificate)) : "certificate";
  const int error = X509_STORE_CTX_get_error(context);
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return which + " expired on " + time_text(X509_get0_notAfter(certificate));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return which + " is not valid before " + time_text(X509_get0_notBefore(certificate));
    case X509_V_ERR_CERT_REVOKED: {
      X509_REVOKED* entry = nullptr;
      X509_CRL* crl = X509_STORE_CTX_get0_current_crl(context);
      if (crl != nullptr && X509_CRL_get0_by_cert(crl, &entry, certificate) == 1 && entry != nullptr)
        return which + " was revoked on " + time_text(X509_REVOKED_get0_revocationDate(entry));
      return which + " is revoked";
    }
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      return which + ": neither a CRL nor an OCSP response says that it is not revoked";
    case X509_V_ERR_CRL_HAS_EXPIRED: {
      const X509_CRL* crl = X509_STORE_CTX_get0_current_crl(context);
      return which + ": its CRL expired on " + time_text(crl != nullptr ? X509_CRL_get0_nextUpdate(crl) : nullptr);
    }
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return which + " leads to no CA that is trusted (" + X509_verify_cert_error_string(error) + ")";
    default:
      return which + ": " + X509_verify_cert_error_string(error);
  }
}

/// What is tolerated while a chain is built, and what was not.
struct Building {
  bool missing_crls{};  ///< no CRL is no reason to refuse
  bool leaf_by_ocsp{};  ///< OCSP has spoken for the peer's certificate
  std::string why;
};
int building_index() {
  static const int index = X509_STORE_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}
int on_chain_error(int good, X509_STORE_CTX* context) {
  if (good == 1) return 1;
  auto* building = static_cast<Building*>(X509_STORE_CTX_get_ex_data(context, building_index()));
  const bool missing = X509_STORE_CTX_get_error(context) == X509_V_ERR_UNABLE_TO_GET_CRL;
  const bool leaf = X509_STORE_CTX_get_error_depth(context) == 0;
  if (missing && (building->missing_crls || (leaf && building->leaf_by_ocsp))) return 1;
  building->why = chain_error(context);  // here, because OpenSSL forgets the CRL on its way back
  return 0;
}

/// RFC 4945 §5.1.3.2 and §5.1.3.12.
std::optional<std::string> wrong_usage(X509* certificate, bool check_extended) {
  const std::uint32_t usage = X509_get_key_usage(certificate);  // all ones where there is no such extension
  if ((usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
    return "its key usage allows neither digitalSignature nor nonRepudiation";
  struct FreeUsage {
    void operator()(EXTENDED_KEY_USAGE* u) const { EXTENDED_KEY_USAGE_free(u); }
  };
  const std::unique_ptr<EXTENDED_KEY_USAGE, FreeUsage> purposes(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  if (!purposes || !check_extended) return std::nullopt;
  for (int i = 0; i < sk_ASN1_OBJECT_num(purposes.get()); ++i) {
    const int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(purposes.get(), i));
    if (nid == NID_ipsec_IKE || nid == NID_anyExtendedKeyUsage) return std::nullopt;
  }
  return "its extended key usage allows neither ipsecIKE nor anyExtendedKeyUsage";
}

std::vector<CrlPtr> read_crl_file(BytesView file) {
  std::vector<CrlPtr> out;
  const BioPtr bio(check(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())), "BIO_new_mem_buf"));
  while (CrlPtr one{PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)}) out.push_back(std::move(one));
  ERR_clear_error();
  if (out.empty())
    if (CrlPtr one = parse_crl(file)) out.push_back(std::move(one));
  return out;
}

bool belongs_to(const TrustedKey& key, IdType type, BytesView id) {
  return !key.id_type || (*key.id_type == type && equal(key.id, id));
}

}  // namespace

TrustStore::TrustStore(TrustSettings settings) : settings_(std::move(settings)) {
  for (const Bytes& file : settings_.crls) {
    auto crls = read_crl_file(file);
    if (crls.empty()) throw std::invalid_argument("no CRL in PEM or DER");
    for (CrlPtr& crl : crls) crls_.emplace_back(crl.release(), X509_CRL_free);
  }
}

TrustStore::~TrustStore() = default;

Result<PublicKey, std::string> TrustStore::check(const Evidence& evidence, IdType type, BytesView id,
                                                 WallClock now) const {
  const auto refuse = [](std::string why) { return tl::unexpected(std::move(why)); };
  if (evidence.certificates.empty()) return refuse("no certificate");
  X509Stack others(crypto::check(sk_X509_new_null(), "sk_X509_new_null"));
  std::optional<Certificate> first;
  for (const Bytes& der : evidence.certificates) {
    auto certificate = Certificate::parse(der);
    // Only the first one is indispensable; what cannot be read helps no chain.
    if (!certificate && !first) return refuse("its certificate cannot be read: " + certificate.error().why);
    if (!certificate) continue;
    if (first) {
      X509_up_ref(certificate->handle());
      sk_X509_push(others.get(), certificate->handle());
    } else {
      first = std::move(*certificate);
    }
  }
  const CrlStack crls(crypto::check(sk_X509_CRL_new_null(), "sk_X509_CRL_new_null"));
  for (const auto& crl : crls_) {
    X509_CRL_up_ref(crl.get());
    sk_X509_CRL_push(crls.get(), crl.get());
  }
  for (const Bytes& der : evidence.crls)
    if (CrlPtr crl = parse_crl(der)) sk_X509_CRL_push(crls.get(), crl.release());

  const StorePtr store = make_store(settings_.anchors, now);
  // First the chain alone, because OCSP needs the issuer; then once more with CRLs.
  Building building{settings_.revocation == Revocation::IfKnown, false, {}};
  const auto build = [&](bool with_crls) -> X509Stack {
    const StoreCtxPtr context(crypto::check(X509_STORE_CTX_new(), "X509_STORE_CTX_new"));
    crypto::check(X509_STORE_CTX_init(context.get(), store.get(), first->handle(), others.get()),
                  "X509_STORE_CTX_init");
    X509_STORE_CTX_set_ex_data(context.get(), building_index(), &building);
    X509_STORE_CTX_set_verify_cb(context.get(), on_chain_error);
    if (with_crls) {
      X509_STORE_CTX_set0_crls(context.get(), crls.get());
      X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }
    const bool good = X509_verify_cert(context.get()) == 1;
    if (!good && building.why.empty()) building.why = chain_error(context.get());
    ERR_clear_error();
    return good ? X509Stack(X509_STORE_CTX_get1_chain(context.get())) : nullptr;
  };
  const X509Stack chain = build(false);
  if (!chain) return refuse(std::move(building.why));

  if (settings_.revocation != Revocation::Ignore) {
    X509* issuer = sk_X509_num(chain.get()) > 1 ? sk_X509_value(chain.get(), 1) : nullptr;
    for (const Bytes& response : evidence.ocsp) {
      if (issuer == nullptr) break;
      const OcspAnswer answer = ask_ocsp(response, first->handle(), issuer, chain.get(), store.get(), now);
      if (answer.verdict == OcspVerdict::Revoked || answer.verdict == OcspVerdict::Faulty) return refuse(answer.why);
      if (answer.verdict == OcspVerdict::Good) building.leaf_by_ocsp = true;
    }
    // A certificate that is an anchor itself has nobody above it to revoke it.
    if (issuer != nullptr && !build(true)) return refuse(std::move(building.why));
  }
  if (const auto wrong = wrong_usage(first->handle(), settings_.check_extended_key_usage))
    return refuse("certificate " + first->subject() + ": " + *wrong);
  if (!first->bears(type, id)) return refuse("certificate " + first->subject() + " does not bear the identity");
  auto key = first->public_key();
  if (!key) return refuse("certificate " + first->subject() + ": " + key.error().why);
  return std::move(*key);
}

Result<PublicKey, std::string> TrustStore::check_raw_key(BytesView spki, IdType type, BytesView id) const {
  const auto key = PublicKey::from_spki(spki);
  if (!key) return tl::unexpected("its raw public key cannot be read: " + key.error().why);
  bool known = false;
  for (const TrustedKey& candidate : settings_.keys) {
    if (!equal(candidate.key.spki(), spki)) continue;
    if (belongs_to(candidate, type, id)) return candidate.key;
    known = true;
  }
  return tl::unexpected(std::string(known ? "its raw public key belongs to another identity"
                                          : "its raw public key is not one that is trusted"));
}

Result<PublicKey, std::string> TrustStore::known_key(IdType type, BytesView id, WallClock now) const {
  for (const TrustedKey& candidate : settings_.keys)
    if (candidate.id_type && belongs_to(candidate, type, id)) return candidate.key;
  for (const Certificate& candidate : settings_.anchors)
    if (!candidate.is_ca() && candidate.bears(type, id)) return check({{candidate.der()}, {}, {}}, type, id, now);
  return tl::unexpected(std::string("it sends no certificate, and none is known for this identity"));
}

Bytes TrustStore::anchor_key_hashes() const {
  Bytes out;
  for (const Certificate& anchor : settings_.anchors) append(out, anchor.key_hash());
  return out;
}

}  // namespace ikevet::crypto
