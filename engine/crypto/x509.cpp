#include "engine/crypto/x509.hpp"

#include <openssl/pem.h>

#include <algorithm>
#include <limits>

#include "engine/crypto/hash.hpp"
#include "engine/crypto/x509_parts.hpp"

namespace ikevet::crypto {

using wire::IdType;

namespace {

BytesView octets_of(const ASN1_STRING* text) {
  return {ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::uint8_t lower(std::uint8_t c) { return c >= 'A' && c <= 'Z' ? static_cast<std::uint8_t>(c - 'A' + 'a') : c; }

bool equal_without_case(BytesView a, BytesView b) {
  return std::ranges::equal(a, b, [](std::uint8_t x, std::uint8_t y) { return lower(x) == lower(y); });
}

BioPtr memory(BytesView file) {
  return BioPtr(check(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())), "BIO_new_mem_buf"));
}

bool alternative_name_matches(const X509* certificate, int kind, BytesView id) {
  struct FreeNames {
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  };
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return false;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type != kind) continue;
    const BytesView there = octets_of(static_cast<const ASN1_STRING*>(value));
    // RFC 4945 §3.1.1: addresses bit by bit; §3.1.2, §3.1.3: names without regard to case, and nothing else loosened.
    if (kind == GEN_IPADD ? equal(there, id) : equal_without_case(there, id)) return true;
  }
  return false;
}

}  // namespace

std::string time_text(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable date";
  std::array<char, 40> out{};
  std::strftime(out.data(), out.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return out.data();
}

std::string name_text(const X509_NAME* name) {
  const BioPtr bio(check(BIO_new(BIO_s_mem()), "BIO_new"));
  // Control characters and everything beyond ASCII are escaped: a peer chose them.
  X509_NAME_print_ex(bio.get(), name, 0, (XN_FLAG_ONELINE & ~ASN1_STRFLGS_UTF8_CONVERT) | ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  constexpr std::size_t kMost = 200;
  std::string out(text, std::min(static_cast<std::size_t>(std::max(size, 0L)), kMost));
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out.empty() ? "(no subject)" : out;
}

CrlPtr parse_crl(BytesView der) {
  const unsigned char* at = der.data();
  CrlPtr out(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (at != der.data() + der.size()) return nullptr;
  return out;
}

Certificate::Certificate(X509* certificate) : certificate_(certificate, X509_free) { X509_up_ref(certificate); }

Result<Certificate> Certificate::parse(BytesView der) {
  const unsigned char* at = der.data();
  const X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!certificate) return parse_error("Certificate", 0, last_openssl_reason());
  if (at != der.data() + der.size())
    return parse_error("Certificate", static_cast<std::size_t>(at - der.data()), "octets behind the certificate");
  ERR_clear_error();
  return Certificate(certificate.get());
}

std::vector<Certificate> Certificate::read(BytesView file) {
  std::vector<Certificate> out;
  const BioPtr bio = memory(file);
  while (const X509Ptr one{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)})
    out.push_back(Certificate(one.get()));
  ERR_clear_error();
  if (!out.empty()) return out;
  auto der = parse(file);
  if (!der) throw std::invalid_argument("no certificate in PEM or DER: " + der.error().why);
  out.push_back(std::move(*der));
  return out;
}

Bytes Certificate::der() const { return to_der(handle(), &i2d_X509); }

Result<PublicKey> Certificate::public_key() const { return PublicKey::adopt(X509_get0_pubkey(handle())); }

std::string Certificate::subject() const { return name_text(X509_get_subject_name(handle())); }

Bytes Certificate::subject_der() const { return to_der(X509_get_subject_name(handle()), &i2d_X509_NAME); }

Bytes Certificate::key_hash() const {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(handle()), &der);
  if (size <= 0) return {};
  Bytes out = sha1(BytesView(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return out;
}

bool Certificate::is_ca() const { return X509_check_ca(handle()) > 0; }

bool Certificate::bears(IdType type, BytesView id) const {
  if (id.empty()) return false;
  switch (type) {
    case IdType::ID_FQDN:
      return alternative_name_matches(handle(), GEN_DNS, id);
    case IdType::ID_RFC822_ADDR:
      return alternative_name_matches(handle(), GEN_EMAIL, id);
    case IdType::ID_IPV4_ADDR:
    case IdType::ID_IPV6_ADDR:
      return id.size() == (type == IdType::ID_IPV4_ADDR ? 4U : 16U) &&
             alternative_name_matches(handle(), GEN_IPADD, id);
    case IdType::ID_DER_ASN1_DN:
      return equal(subject_der(), id);  // §3.1.5: bit by bit
    case IdType::ID_KEY_ID: {
      const ASN1_OCTET_STRING* key_id = X509_get0_subject_key_id(handle());
      return key_id != nullptr && equal(octets_of(key_id), id);
    }
    default:
      return false;
  }
}

Result<Evidence> read_bundle(BytesView der) {
  const auto fault = [](std::string why) { return parse_error("CertificateBundle", 0, std::move(why)); };
  const unsigned char* at = der.data();
  const auto header = [](const unsigned char*& p, std::size_t room, int wanted_tag, int wanted_class,
                         bool either) -> std::optional<std::pair<int, std::size_t>> {
    long length = 0;
    int tag = 0;
    int tag_class = 0;
    const int result = ASN1_get_object(&p, &length, &tag, &tag_class, static_cast<long>(room));
    ERR_clear_error();
    // 0x20: constructed, with a definite length.
    if (result != V_ASN1_CONSTRUCTED || tag_class != wanted_class || (!either && tag != wanted_tag))
      return std::nullopt;
    return std::pair{tag, static_cast<std::size_t>(length)};
  };
  const auto outer = header(at, der.size(), V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, false);
  if (!outer || at + outer->second != der.data() + der.size()) return fault("no SEQUENCE of this length");
  const unsigned char* const end = at + outer->second;
  Evidence out;
  while (at < end) {
    const auto element = header(at, static_cast<std::size_t>(end - at), 0, V_ASN1_CONTEXT_SPECIFIC, true);
    if (!element || element->first > 1) return fault("neither certificate nor CRL");
    (element->first == 0 ? out.certificates : out.crls).push_back(to_bytes(BytesView(at, element->second)));
    at += element->second;
  }
  return out;
}

}  // namespace ikevet::crypto
