// AlgorithmIdentifiers of signatures, RFC 7427 Appendix A and RFC 4055 §3.1.
#include <algorithm>
#include <array>

#include "engine/crypto/sign_parts.hpp"

namespace ikevet::crypto {

using wire::HashAlgorithm;
using Kind = SignatureScheme::Kind;

namespace {

struct Row {
  int nid;
  Kind kind;
  HashAlgorithm hash;
  std::optional<KeyType> edwards;
  bool null_parameters;  ///< "preferredPresent", RFC 7427 §3
};
constexpr std::array kRows{
    // RFC 7427 Appendix A.1: sha*WithRSAEncryption with NULL parameters.
    Row{NID_sha1WithRSAEncryption, Kind::RsaPkcs1, HashAlgorithm::SHA1, {}, true},
    Row{NID_sha256WithRSAEncryption, Kind::RsaPkcs1, HashAlgorithm::SHA2_256, {}, true},
    Row{NID_sha384WithRSAEncryption, Kind::RsaPkcs1, HashAlgorithm::SHA2_384, {}, true},
    Row{NID_sha512WithRSAEncryption, Kind::RsaPkcs1, HashAlgorithm::SHA2_512, {}, true},
    // Appendix A.3: ecdsa-with-*, no parameters.
    Row{NID_ecdsa_with_SHA1, Kind::EcdsaDer, HashAlgorithm::SHA1, {}, false},
    Row{NID_ecdsa_with_SHA256, Kind::EcdsaDer, HashAlgorithm::SHA2_256, {}, false},
    Row{NID_ecdsa_with_SHA384, Kind::EcdsaDer, HashAlgorithm::SHA2_384, {}, false},
    Row{NID_ecdsa_with_SHA512, Kind::EcdsaDer, HashAlgorithm::SHA2_512, {}, false},
    // RFC 8420 Appendix A.
    Row{NID_ED25519, Kind::EdDsa, HashAlgorithm::IDENTITY, KeyType::Ed25519, false},
    Row{NID_ED448, Kind::EdDsa, HashAlgorithm::IDENTITY, KeyType::Ed448, false},
};

tl::unexpected<ParseError> refuse(std::string why) { return parse_error("AlgorithmIdentifier", 0, std::move(why)); }

std::optional<HashAlgorithm> hash_of(const X509_ALGOR* algorithm) {
  if (algorithm == nullptr) return HashAlgorithm::SHA1;  // RFC 4055 §3.1: DEFAULT sha1Identifier
  const ASN1_OBJECT* oid = nullptr;
  X509_ALGOR_get0(&oid, nullptr, nullptr, algorithm);
  switch (OBJ_obj2nid(oid)) {
    case NID_sha1:
      return HashAlgorithm::SHA1;
    case NID_sha256:
      return HashAlgorithm::SHA2_256;
    case NID_sha384:
      return HashAlgorithm::SHA2_384;
    case NID_sha512:
      return HashAlgorithm::SHA2_512;
    default:
      return std::nullopt;
  }
}

/// Reads the parameters of one AlgorithmIdentifier as a type of their own.
template <class T>
T* read_parameters(const X509_ALGOR* algorithm, T* (*d2i)(T**, const unsigned char**, long)) {
  int type = V_ASN1_UNDEF;
  const void* value = nullptr;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  if (type != V_ASN1_SEQUENCE) return nullptr;
  const auto* sequence = static_cast<const ASN1_STRING*>(value);
  const unsigned char* at = ASN1_STRING_get0_data(sequence);
  return d2i(nullptr, &at, ASN1_STRING_length(sequence));
}

Result<SignatureScheme> read_pss(const X509_ALGOR* algorithm) {
  const PssParamsPtr parameters(read_parameters(algorithm, &d2i_RSA_PSS_PARAMS));
  if (!parameters) return refuse("RSASSA-PSS without readable parameters");
  const auto hash = hash_of(parameters->hashAlgorithm);
  std::optional<HashAlgorithm> mgf_hash = HashAlgorithm::SHA1;
  if (parameters->maskGenAlgorithm != nullptr) {
    const ASN1_OBJECT* oid = nullptr;
    X509_ALGOR_get0(&oid, nullptr, nullptr, parameters->maskGenAlgorithm);
    const AlgorPtr inner(OBJ_obj2nid(oid) == NID_mgf1 ? read_parameters(parameters->maskGenAlgorithm, &d2i_X509_ALGOR)
                                                      : nullptr);
    if (!inner) return refuse("RSASSA-PSS with another mask generation function than MGF1");
    mgf_hash = hash_of(inner.get());
  }
  if (!hash || !mgf_hash) return refuse("RSASSA-PSS with a hash that is not supported");
  constexpr long kDefaultSalt = 20;
  constexpr long kMostSalt = 1024;
  const long salt = parameters->saltLength ? ASN1_INTEGER_get(parameters->saltLength) : kDefaultSalt;
  if (salt < 0 || salt > kMostSalt) return refuse("RSASSA-PSS with an impossible salt length");
  // RFC 4055 §3.1: the trailer field is always 1.
  if (parameters->trailerField && ASN1_INTEGER_get(parameters->trailerField) != 1)
    return refuse("RSASSA-PSS with an unknown trailer field");
  return SignatureScheme{Kind::RsaPss, *hash, *mgf_hash, static_cast<std::size_t>(salt), {}};
}

AlgorPtr make_algorithm(int nid, int parameter_type, void* parameter) {
  AlgorPtr out(check(X509_ALGOR_new(), "X509_ALGOR_new"));
  check(X509_ALGOR_set0(out.get(), OBJ_nid2obj(nid), parameter_type, parameter), "X509_ALGOR_set0");
  return out;
}

AlgorPtr hash_algorithm(HashAlgorithm hash) {
  return make_algorithm(EVP_MD_get_type(digest_of(hash)), V_ASN1_NULL, nullptr);
}

ASN1_STRING* sequence_of(const Bytes& der) {
  ASN1_STRING* out = check(ASN1_STRING_new(), "ASN1_STRING_new");
  ASN1_STRING_set(out, der.data(), static_cast<int>(der.size()));
  return out;
}

Bytes pss_identifier(const SignatureScheme& scheme) {
  const PssParamsPtr parameters(check(RSA_PSS_PARAMS_new(), "RSA_PSS_PARAMS_new"));
  // DER leaves out what has its default value.
  if (scheme.hash != HashAlgorithm::SHA1) parameters->hashAlgorithm = hash_algorithm(scheme.hash).release();
  if (scheme.mgf_hash != HashAlgorithm::SHA1)
    parameters->maskGenAlgorithm =
        make_algorithm(NID_mgf1, V_ASN1_SEQUENCE,
                       sequence_of(to_der(hash_algorithm(scheme.mgf_hash).get(), &i2d_X509_ALGOR)))
            .release();
  if (scheme.salt_size != 20) {
    parameters->saltLength = check(ASN1_INTEGER_new(), "ASN1_INTEGER_new");
    ASN1_INTEGER_set(parameters->saltLength, static_cast<long>(scheme.salt_size));
  }
  const AlgorPtr out =
      make_algorithm(NID_rsassaPss, V_ASN1_SEQUENCE, sequence_of(to_der(parameters.get(), &i2d_RSA_PSS_PARAMS)));
  return to_der(out.get(), &i2d_X509_ALGOR);
}

}  // namespace

Bytes algorithm_identifier(const SignatureScheme& scheme) {
  if (scheme.kind == Kind::RsaPss) return pss_identifier(scheme);
  const auto row = std::ranges::find_if(kRows, [&](const Row& r) {
    return r.kind == scheme.kind && r.hash == scheme.hash && r.edwards == scheme.edwards;
  });
  if (row == kRows.end()) return {};
  return to_der(make_algorithm(row->nid, row->null_parameters ? V_ASN1_NULL : V_ASN1_UNDEF, nullptr).get(),
                &i2d_X509_ALGOR);
}

Result<SignatureScheme> read_algorithm_identifier(BytesView der) {
  const unsigned char* at = der.data();
  const AlgorPtr algorithm(d2i_X509_ALGOR(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (!algorithm || at != der.data() + der.size()) return refuse("no DER AlgorithmIdentifier");
  const ASN1_OBJECT* oid = nullptr;
  int parameter_type = V_ASN1_UNDEF;
  X509_ALGOR_get0(&oid, &parameter_type, nullptr, algorithm.get());
  const int nid = OBJ_obj2nid(oid);
  if (nid == NID_rsassaPss) {
    auto out = read_pss(algorithm.get());
    ERR_clear_error();
    return out;
  }
  const auto row = std::ranges::find(kRows, nid, &Row::nid);
  if (row == kRows.end()) {
    std::array<char, 80> text{};
    OBJ_obj2txt(text.data(), text.size(), oid, 1);
    return refuse("unsupported algorithm " + std::string(text.data()));
  }
  // RFC 7427 §3: NULL or missing, whichever the sender's library prefers.
  if (parameter_type != V_ASN1_UNDEF && parameter_type != V_ASN1_NULL) return refuse("parameters where none belong");
  return SignatureScheme{row->kind, row->hash, {}, 0, row->edwards};
}

}  // namespace ikevet::crypto
