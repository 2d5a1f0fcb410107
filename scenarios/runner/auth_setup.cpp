#include "scenarios/runner/auth_setup.hpp"

#include <fmt/format.h>

#include "engine/crypto/x509.hpp"
#include "scenarios/runner/eap_setup.hpp"
#include "scenarios/runner/read_named_file.hpp"

namespace ikevet::scenarios {
namespace {

using sa::AuthKind;
using sa::CertForm;

constexpr std::uint8_t kPpkIdFixed = 2;  // RFC 8784 §5.1

template <class T, class U>
void set(const std::optional<T>& from, U& to) {
  if (from) to = *from;
}

AuthKind parse_kind(std::string_view text) {
  if (text == "psk") return AuthKind::SharedKey;
  if (text == "public-key") return AuthKind::PublicKey;
  if (text == "null") return AuthKind::Null;
  if (text == "eap") return AuthKind::Eap;
  throw SetupError(fmt::format("no authentication \"{}\"; known are psk, public-key, null, eap", text));
}

std::vector<AuthKind> parse_kinds(const std::vector<std::string>& texts) {
  std::vector<AuthKind> out;
  for (const std::string& text : texts) out.push_back(parse_kind(text));
  return out;
}

CertForm parse_form(std::string_view text) {
  if (text == "x509") return CertForm::X509;
  if (text == "hash-and-url") return CertForm::HashAndUrl;
  if (text == "raw-public-key") return CertForm::RawPublicKey;
  if (text == "none") return CertForm::Nothing;
  throw SetupError(fmt::format("no certificate form \"{}\"; known are x509, hash-and-url, raw-public-key, none", text));
}

crypto::Revocation parse_revocation(std::string_view text) {
  if (text == "ignore") return crypto::Revocation::Ignore;
  if (text == "if-known") return crypto::Revocation::IfKnown;
  if (text == "required") return crypto::Revocation::Required;
  throw SetupError(fmt::format("no revocation policy \"{}\"; known are ignore, if-known, required", text));
}

Bytes whole(BytesView octets) { return to_bytes(octets); }

sa::LocalAuth make_proof(const ProofOverrides& from) {
  sa::LocalAuth out;
  if (from.method) out.kind = parse_kind(*from.method);
  if (from.id) out.id = parse_identity(*from.id);
  if (from.private_key)
    out.key.key = read_named_file(*from.private_key, [](BytesView file) {
      return std::make_shared<const crypto::SigningKey>(crypto::SigningKey::read(file));
    });
  if (from.certificate) {
    const auto chain = read_named_file(*from.certificate, &crypto::Certificate::read);
    for (const crypto::Certificate& one : chain) out.key.chain.push_back(one.der());
    const auto key = chain.front().public_key();
    if (out.key.key && (!key || key->spki() != out.key.key->public_key().spki()))
      throw SetupError(
          fmt::format("{}: {}: its first certificate ({}) is not that of the private key; the end entity's "
                      "certificate stands first",
                      from.certificate->place, from.certificate->path, chain.front().subject()));
    if (from.subject_as_id.value_or(false))
      out.id = sa::Identity{wire::IdType::ID_DER_ASN1_DN, chain.front().subject_der()};
  }
  if (from.certificate_form) out.key.form = parse_form(*from.certificate_form);
  set(from.certificate_url, out.key.url);
  if (from.ocsp_response) out.key.ocsp_response = read_named_file(*from.ocsp_response, whole);
  set(from.digital_signature, out.key.digital_signature);
  set(from.rsa_pss, out.key.rsa_pss);
  if (out.kind == AuthKind::PublicKey && !out.key.key)
    throw SetupError("\"method\": \"public-key\" needs \"private_key\", the path of a PEM file");
  return out;
}

std::shared_ptr<const crypto::TrustStore> make_trust(const AuthOverrides& from) {
  if (!from.ca && !from.crl && !from.public_keys) return nullptr;
  crypto::TrustSettings settings;
  for (const FileReference& file : from.ca.value_or(std::vector<FileReference>{}))
    for (crypto::Certificate& one : read_named_file(file, &crypto::Certificate::read))
      settings.anchors.push_back(std::move(one));
  for (const FileReference& file : from.crl.value_or(std::vector<FileReference>{})) {
    settings.crls.push_back(read_named_file(file, whole));
    // Alone, so that what is wrong is told with the file it is in.
    read_named_file(file, [](BytesView octets) {
      crypto::TrustSettings one;
      one.crls.push_back(to_bytes(octets));
      return std::make_unique<crypto::TrustStore>(std::move(one));
    });
  }
  for (const NamedKey& named : from.public_keys.value_or(std::vector<NamedKey>{})) {
    const auto key = read_named_file(named.file, &crypto::PublicKey::read);
    if (!named.id) {
      settings.keys.push_back({key, std::nullopt, {}});
      continue;
    }
    const sa::Identity id = parse_identity(*named.id);
    settings.keys.push_back({key, id.type, id.data});
  }
  if (from.revocation) settings.revocation = parse_revocation(*from.revocation);
  set(from.check_extended_key_usage, settings.check_extended_key_usage);
  return std::make_shared<const crypto::TrustStore>(std::move(settings));
}

wire::HashAlgorithm parse_hash(std::string_view text) {
  if (const auto hash = wire::from_name<wire::HashAlgorithm>(text)) return *hash;
  throw SetupError(fmt::format("no hash algorithm \"{}\"; write for example \"SHA2_256\" or \"IDENTITY\"", text));
}

}  // namespace

AuthOverrides merged(AuthOverrides base, const AuthOverrides& over) {
  const auto take = [](auto& to, const auto& from) {
    if (from) to = from;
  };
  ProofOverrides& proof = base.proof;
  take(proof.method, over.proof.method);
  take(proof.certificate, over.proof.certificate);
  take(proof.private_key, over.proof.private_key);
  take(proof.certificate_form, over.proof.certificate_form);
  take(proof.certificate_url, over.proof.certificate_url);
  take(proof.ocsp_response, over.proof.ocsp_response);
  take(proof.digital_signature, over.proof.digital_signature);
  take(proof.rsa_pss, over.proof.rsa_pss);
  take(proof.subject_as_id, over.proof.subject_as_id);
  if (!over.another.empty()) base.another = over.another;
  take(base.accept, over.accept);
  take(base.accept_another, over.accept_another);
  take(base.ca, over.ca);
  take(base.crl, over.crl);
  take(base.public_keys, over.public_keys);
  take(base.revocation, over.revocation);
  take(base.check_extended_key_usage, over.check_extended_key_usage);
  take(base.request_ocsp, over.request_ocsp);
  take(base.send_certreq, over.send_certreq);
  take(base.signature_hashes, over.signature_hashes);
  take(base.secrets, over.secrets);
  take(base.ppk, over.ppk);
  take(base.ppk_mandatory, over.ppk_mandatory);
  take(base.lifetime, over.lifetime);
  take(base.eap_peer, over.eap_peer);
  take(base.eap_server, over.eap_server);
  take(base.eap_only, over.eap_only);
  return base;
}

void apply_auth(const AuthOverrides& from, sa::Config& out) {
  sa::Credentials& credentials = out.credentials;
  credentials.local = {make_proof(from.proof)};
  for (const ProofOverrides& further : from.another) credentials.local.push_back(make_proof(further));
  if (from.accept) credentials.remote[0].kinds = parse_kinds(*from.accept);
  if (from.accept_another) credentials.remote.push_back({parse_kinds(*from.accept_another), {}});
  credentials.trust = make_trust(from);
  set(from.request_ocsp, credentials.request_ocsp);
  set(from.send_certreq, credentials.send_certreq);
  if (from.signature_hashes) {
    credentials.signature_hashes.clear();
    for (const std::string& text : *from.signature_hashes) credentials.signature_hashes.push_back(parse_hash(text));
  }
  for (const NamedSecret& one : from.secrets.value_or(std::vector<NamedSecret>{}))
    credentials.shared_secrets.push_back({parse_identity(one.id), SecretBytes(as_bytes(one.secret))});
  for (const NamedSecret& one : from.ppk.value_or(std::vector<NamedSecret>{}))
    credentials.ppks.push_back({cat(Bytes{kPpkIdFixed}, as_bytes(one.id)), SecretBytes(as_bytes(one.secret))});
  set(from.ppk_mandatory, credentials.ppk_mandatory);
  credentials.eap = make_eap(from.eap_peer, from.eap_server);
  set(from.eap_only, credentials.eap_only);
  if (from.lifetime) credentials.auth_lifetime = *from.lifetime;
}

}  // namespace ikevet::scenarios
