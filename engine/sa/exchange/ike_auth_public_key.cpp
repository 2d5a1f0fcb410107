// AUTH by public keys, and the CERT and CERTREQ payloads around it: RFC 7296 §2.15, §3.6, §3.7; RFC 4754, RFC 7427,
// RFC 8420, RFC 7670, RFC 4806.
#include <algorithm>
#include <iterator>
#include <string_view>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/crypto/x509.hpp"
#include "engine/sa/exchange/ike_auth_parts.hpp"

namespace ikevet::sa {

using crypto::KeyType;
using crypto::SignatureScheme;
using wire::AuthMethod;
using wire::CertEncoding;
using wire::HashAlgorithm;
using wire::NotifyType;
using Kind = SignatureScheme::Kind;

namespace {

/// RFC 7296 §3.6 asks for four; chains are seldom longer than that. The bounds are per message.
constexpr std::size_t kMostCertificates = 16;
constexpr std::size_t kMostRevocationItems = 16;
constexpr std::size_t kMostFetches = 4;
constexpr std::size_t kLongestUrl = 1024;
constexpr std::size_t kMostFetchedOctets = 65536;
constexpr std::size_t kSha1Size = 20;

std::vector<HashAlgorithm> announced_hashes(const AuthInputs& auth, bool by_initiator) {
  std::vector<HashAlgorithm> out;
  const auto sa_init = peer_sa_init(auth, by_initiator);
  const wire::Notify* list = wire::find_notify(sa_init, NotifyType::SIGNATURE_HASH_ALGORITHMS);
  if (!list) return out;
  Reader in(list->data);
  while (in.remaining() >= 2) out.push_back(in.u16<HashAlgorithm>("Hash Algorithm"));
  return out;
}

struct Signature {
  AuthMethod method{};
  SignatureScheme scheme;
};

/// How our key signs for this peer; empty: in no way that the peer has said to understand.
std::optional<Signature> choose_signature(const LocalKey& key, const AuthInputs& auth, bool by_initiator,
                                          const Config& config) {
  const crypto::PublicKey& ours = key.key->public_key();
  // RFC 7427 §3: only where both have sent SIGNATURE_HASH_ALGORITHMS; §4: with a hash that the peer has sent.
  std::vector<HashAlgorithm> hashes = announced_hashes(auth, !by_initiator);
  std::erase_if(hashes, [&](HashAlgorithm hash) {
    const auto& allowed = config.credentials.signature_hashes;
    return std::ranges::find(allowed, hash) == allowed.end();
  });
  if (key.digital_signature && !announced_hashes(auth, by_initiator).empty())
    if (const auto scheme = crypto::choose_scheme(ours, hashes, key.rsa_pss))
      return Signature{AuthMethod::DIGITAL_SIGNATURE, *scheme};
  switch (ours.type()) {
    case KeyType::Rsa:
      // RFC 7296 §3.8: SHA-1 is the default here.
      return Signature{AuthMethod::RSA_DIGITAL_SIGNATURE, {Kind::RsaPkcs1, HashAlgorithm::SHA1, {}, 0, {}}};
    case KeyType::EcP256:
      return Signature{AuthMethod::ECDSA_SHA256_P256, {Kind::EcdsaRaw, HashAlgorithm::SHA2_256, {}, 0, {}}};
    case KeyType::EcP384:
      return Signature{AuthMethod::ECDSA_SHA384_P384, {Kind::EcdsaRaw, HashAlgorithm::SHA2_384, {}, 0, {}}};
    case KeyType::EcP521:
      return Signature{AuthMethod::ECDSA_SHA512_P521, {Kind::EcdsaRaw, HashAlgorithm::SHA2_512, {}, 0, {}}};
    default:
      return std::nullopt;
  }
}

/// What of the peer's CERT payloads goes into the check, with what "Hash and URL" leads to.
class Collector {
 public:
  explicit Collector(const Credentials& credentials) : credentials_(credentials) {}

  /// Empty, or why the CERT payloads are of no use.
  std::optional<std::string> take(const wire::Certificate& cert) {
    switch (cert.encoding) {
      case CertEncoding::X509_SIGNATURE:
        return add(evidence.certificates, cert.data, kMostCertificates);
      case CertEncoding::CRL:
        return add(evidence.crls, cert.data, kMostRevocationItems);
      case CertEncoding::OCSP_CONTENT:
        return add(evidence.ocsp, cert.data, kMostRevocationItems);
      case CertEncoding::RAW_PUBLIC_KEY:
        if (!raw_key) raw_key = cert.data;
        return std::nullopt;
      case CertEncoding::HASH_AND_URL_X509:
      case CertEncoding::HASH_AND_URL_BUNDLE:
        return follow(cert);
      default:
        return std::nullopt;  // RFC 7296 §3.6: types without a syntax there
    }
  }

  crypto::Evidence evidence;
  std::optional<Bytes> raw_key;  ///< SubjectPublicKeyInfo

 private:
  static std::optional<std::string> add(std::vector<Bytes>& to, Bytes octets, std::size_t most) {
    if (to.size() >= most) return "more than " + std::to_string(most) + " CERT payloads of a kind";
    to.push_back(std::move(octets));
    return std::nullopt;
  }

  std::optional<std::string> follow(const wire::Certificate& cert) {
    if (cert.data.size() <= kSha1Size) return "Hash and URL without URL";
    const BytesView hash = BytesView(cert.data).first(kSha1Size);
    const BytesView rest = BytesView(cert.data).subspan(kSha1Size);
    const std::string url(rest.begin(), rest.end());
    // RFC 7296 §3.6: "http:" and no other scheme; what goes to the fetcher is plain text.
    const bool plain = std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f; });
    if (!url.starts_with("http://") || !plain || url.size() > kLongestUrl)
      return std::string("Hash and URL with a URL that is not http");
    if (!credentials_.fetch || ++fetches_ > kMostFetches) return "Hash and URL that is not looked up: " + url;
    const auto fetched = credentials_.fetch(url);
    if (!fetched) return "nothing found at " + url;
    if (fetched->size() > kMostFetchedOctets || !equal(crypto::sha1(BytesView(*fetched)), hash))
      return "what is found at " + url + " has another hash";
    if (cert.encoding == CertEncoding::HASH_AND_URL_X509)
      return add(evidence.certificates, *fetched, kMostCertificates);
    auto bundle = crypto::read_bundle(*fetched);
    if (!bundle) return "the bundle at " + url + " cannot be read";
    for (Bytes& one : bundle->certificates)
      if (auto why = add(evidence.certificates, std::move(one), kMostCertificates)) return why;
    for (Bytes& one : bundle->crls)
      if (auto why = add(evidence.crls, std::move(one), kMostRevocationItems)) return why;
    return std::nullopt;
  }

  const Credentials& credentials_;
  std::size_t fetches_{};
};

/// The peer's public key, believed.
Result<crypto::PublicKey, std::string> peer_key(const Identity& peer, const std::vector<wire::Payload>& payloads,
                                                Step& step) {
  const Credentials& credentials = step.env.config.credentials;
  if (!credentials.trust) return tl::unexpected(std::string("no CA and no key is trusted"));
  Collector collected(credentials);
  for (const wire::Certificate* cert : wire::find_all<wire::Certificate>(payloads))
    if (auto why = collected.take(*cert)) return tl::unexpected(std::move(*why));
  const auto now =
      std::chrono::floor<std::chrono::seconds>((step.now + credentials.wall_clock_offset).time_since_epoch());
  const crypto::WallClock wall(now);
  if (!collected.evidence.certificates.empty())
    return credentials.trust->check(collected.evidence, peer.type, peer.data, wall);
  if (collected.raw_key) return credentials.trust->check_raw_key(*collected.raw_key, peer.type, peer.data);
  return credentials.trust->known_key(peer.type, peer.data, wall);
}

/// RFC 7427 §3: length of the AlgorithmIdentifier, the AlgorithmIdentifier, the signature.
std::optional<std::string> why_not_digital_signature(const wire::Authentication& proof, const crypto::PublicKey& key,
                                                     BytesView octets, const std::vector<HashAlgorithm>& ours) {
  Reader in(proof.data);
  const std::size_t size = in.u8("ASN.1 Length");
  if (!in.ok() || size > in.remaining()) return "ASN.1 Length reaches beyond the payload";
  const BytesView identifier = BytesView(proof.data).subspan(1, size);
  const auto scheme = crypto::read_algorithm_identifier(identifier);
  if (!scheme) return "AlgorithmIdentifier: " + scheme.error().why;
  // §4: "a peer MUST pick one algorithm sent by the other peer".
  if (std::ranges::find(ours, scheme->hash) == ours.end())
    return "signed with " + wire::name_or_number(scheme->hash) + ", which we did not announce";
  if (!crypto::verify(key, *scheme, octets, BytesView(proof.data).subspan(1 + size)))
    return "the signature is not one by the key (" + key.text() + ")";
  return std::nullopt;
}

bool uses_public_keys(const Credentials& credentials) {
  return std::ranges::any_of(credentials.local, [](const LocalAuth& l) { return l.kind == AuthKind::PublicKey; }) ||
         std::ranges::any_of(credentials.remote, [](const RemoteAuth& r) { return allows(r, AuthKind::PublicKey); });
}

/// RFC 7427 §4.
void append_hashes(std::vector<wire::Payload>& to, const Credentials& credentials) {
  if (!uses_public_keys(credentials) || credentials.signature_hashes.empty()) return;
  Writer list;
  for (const HashAlgorithm hash : credentials.signature_hashes) list.u16(hash);
  to.push_back(notify(NotifyType::SIGNATURE_HASH_ALGORITHMS, list.view()));
}

}  // namespace

void append_auth_to_sa_init_request(std::vector<wire::Payload>& to, const Config& config) {
  append_hashes(to, config.credentials);
  if (!config.credentials.ppks.empty()) to.push_back(notify(NotifyType::USE_PPK));  // RFC 8784 §3
}

void append_auth_to_sa_init_response(std::vector<wire::Payload>& to, const std::vector<wire::Payload>& request,
                                     const Config& config) {
  // §1.2: HDR, SAr1, KEr, Nr, [CERTREQ]
  std::ranges::move(certificate_requests(config), std::back_inserter(to));
  if (wire::find_notify(request, NotifyType::SIGNATURE_HASH_ALGORITHMS)) append_hashes(to, config.credentials);
  // RFC 8784 §3: only in answer to the initiator's.
  if (!config.credentials.ppks.empty() && wire::find_notify(request, NotifyType::USE_PPK))
    to.push_back(notify(NotifyType::USE_PPK));
  // RFC 4739 §2.1: the responder says so here, the initiator in its first IKE_AUTH request.
  if (wants_multiple_auth(config)) to.push_back(notify(NotifyType::MULTIPLE_AUTH_SUPPORTED));
}

std::vector<wire::Payload> certificate_requests(const Config& config) {
  const Credentials& ours = config.credentials;
  std::vector<wire::Payload> out;
  const bool expected =
      std::ranges::any_of(ours.remote, [](const RemoteAuth& remote) { return allows(remote, AuthKind::PublicKey); });
  if (!expected || !ours.trust || !ours.send_certreq) return out;
  if (ours.trust->has_anchors()) {
    const Bytes hashes = ours.trust->anchor_key_hashes();
    out.push_back(payload(wire::CertificateRequest{CertEncoding::X509_SIGNATURE, hashes}));
    if (ours.fetch) {
      // RFC 7296 §3.7: may go wherever a CERTREQ goes.
      out.push_back(payload(wire::CertificateRequest{CertEncoding::HASH_AND_URL_X509, hashes}));
      out.push_back(notify(NotifyType::HTTP_CERT_LOOKUP_SUPPORTED));
    }
    // RFC 4806 §3.1: an empty list leaves it to the peer whose responses it has.
    if (ours.request_ocsp) out.push_back(payload(wire::CertificateRequest{CertEncoding::OCSP_CONTENT, {}}));
  }
  // RFC 7670 §3: "the Certification Authority field MUST be empty".
  if (ours.trust->has_raw_keys()) out.push_back(payload(wire::CertificateRequest{CertEncoding::RAW_PUBLIC_KEY, {}}));
  return out;
}

std::vector<wire::Payload> certificates(const LocalKey& key, const std::vector<wire::Payload>& asked) {
  std::vector<wire::Payload> out;
  if (key.form == CertForm::Nothing) return out;
  if (key.form == CertForm::RawPublicKey) {
    out.push_back(payload(wire::Certificate{CertEncoding::RAW_PUBLIC_KEY, key.key->public_key().spki()}));
    return out;
  }
  const bool by_url = key.form == CertForm::HashAndUrl && !key.url.empty() && !key.chain.empty() &&
                      wire::find_notify(asked, NotifyType::HTTP_CERT_LOOKUP_SUPPORTED);
  for (const Bytes& certificate : key.chain) {
    // §3.6: the first one holds the key, the others may be in any order.
    if (by_url && out.empty())
      out.push_back(payload(wire::Certificate{CertEncoding::HASH_AND_URL_X509,
                                              cat(crypto::sha1(BytesView(certificate)), as_bytes(key.url))}));
    else
      out.push_back(payload(wire::Certificate{CertEncoding::X509_SIGNATURE, certificate}));
  }
  // RFC 4806 §3.2: only for a peer that asked.
  const auto requests = wire::find_all<wire::CertificateRequest>(asked);
  const bool ocsp = std::ranges::any_of(
      requests, [](const wire::CertificateRequest* r) { return r->encoding == CertEncoding::OCSP_CONTENT; });
  if (ocsp && !key.ocsp_response.empty())
    out.push_back(payload(wire::Certificate{CertEncoding::OCSP_CONTENT, key.ocsp_response}));
  return out;
}

std::optional<std::string> why_no_proof(const LocalAuth& local, const AuthInputs& auth, bool by_initiator,
                                        const Config& config) {
  if (local.kind != AuthKind::PublicKey) return std::nullopt;
  if (!local.key.key) throw std::invalid_argument("authentication by public key is configured without a private key");
  if (choose_signature(local.key, auth, by_initiator, config)) return std::nullopt;
  return "the peer understands no signature by a key for " + local.key.key->public_key().text();
}

AuthMethod signature_method(const LocalKey& key, const AuthInputs& auth, bool by_initiator, const Config& config) {
  const auto signature = choose_signature(key, auth, by_initiator, config);
  return signature ? signature->method : AuthMethod::DIGITAL_SIGNATURE;  // why_no_proof() comes before
}

Bytes sign_auth(const LocalKey& key, const wire::Authentication& unfinished, const AuthInputs& auth, bool by_initiator,
                BytesView octets, Environment& env) {
  const auto signature = choose_signature(key, auth, by_initiator, env.config);
  if (!signature) return {};
  Bytes value = crypto::sign(*key.key, signature->scheme, octets, env.random);
  if (unfinished.method != AuthMethod::DIGITAL_SIGNATURE) return value;
  const Bytes identifier = crypto::algorithm_identifier(signature->scheme);
  return Writer().u8(static_cast<std::uint8_t>(identifier.size())).bytes(identifier).bytes(value).take();
}

std::optional<std::string> why_not_signature(const wire::Authentication& proof, const Identity& peer,
                                             const std::vector<wire::Payload>& payloads, BytesView octets,
                                             const AuthInputs& auth, bool peer_is_initiator, Step& step) {
  SignatureScheme scheme{Kind::EcdsaRaw, HashAlgorithm::SHA2_256, {}, 0, {}};
  KeyType wanted = KeyType::EcP256;
  switch (proof.method) {
    case AuthMethod::RSA_DIGITAL_SIGNATURE:
    case AuthMethod::DIGITAL_SIGNATURE:
    case AuthMethod::ECDSA_SHA256_P256:
      break;
    case AuthMethod::ECDSA_SHA384_P384:
      scheme.hash = HashAlgorithm::SHA2_384;
      wanted = KeyType::EcP384;
      break;
    case AuthMethod::ECDSA_SHA512_P521:
      scheme.hash = HashAlgorithm::SHA2_512;
      wanted = KeyType::EcP521;
      break;
    default:
      return "method " + wire::name_or_number(proof.method) + " is not supported";
  }
  const auto key = peer_key(peer, payloads, step);
  if (!key) return key.error();
  const std::vector<HashAlgorithm> ours = announced_hashes(auth, !peer_is_initiator);
  const std::vector<HashAlgorithm> theirs = announced_hashes(auth, peer_is_initiator);
  if (proof.method == AuthMethod::DIGITAL_SIGNATURE) {
    // RFC 7427 §3: "only allowed ... if [SIGNATURE_HASH_ALGORITHMS] has been sent and received by each peer".
    if (ours.empty() || theirs.empty()) return "a digital signature without SIGNATURE_HASH_ALGORITHMS of both sides";
    return why_not_digital_signature(proof, *key, octets, ours);
  }
  if (proof.method == AuthMethod::RSA_DIGITAL_SIGNATURE) {
    // RFC 7296 §3.8: the hash is named inside the signature; ours to find out.
    constexpr std::array kHashes{HashAlgorithm::SHA1, HashAlgorithm::SHA2_256, HashAlgorithm::SHA2_384,
                                 HashAlgorithm::SHA2_512};
    const bool good = std::ranges::any_of(kHashes, [&](HashAlgorithm hash) {
      return crypto::verify(*key, {Kind::RsaPkcs1, hash, {}, 0, {}}, octets, proof.data);
    });
    if (!good) return "the signature is not one by the key (" + key->text() + ")";
  } else if (key->type() != wanted || !crypto::verify(*key, scheme, octets, proof.data)) {
    return wire::name_or_number(proof.method) + ": the signature is not one by the key (" + key->text() + ")";
  }
  // RFC 7427 §3: where both know digital signatures they "MUST be used"; the identity is proved all the same.
  const auto message = wire::Message::parse(auth.real_message_r);
  const IkeSpis spis = message ? message->header.spis : IkeSpis{};
  if (!ours.empty() && !theirs.empty())
    step.out.events.push_back(
        trace::PeerFault{spis, wire::name_or_number(proof.method) + " although both sides know digital signatures",
                         "RFC 7427 §3", std::nullopt});
  return std::nullopt;
}

}  // namespace ikevet::sa
