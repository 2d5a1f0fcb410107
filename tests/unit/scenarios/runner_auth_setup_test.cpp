// The member `auth` of a `config`: from JSON names and files to credentials, and what is said about those of no use.
#include <catch2/catch.hpp>

#include "engine/crypto/x509.hpp"
#include "scenarios/format/loader.hpp"
#include "scenarios/runner/auth_setup.hpp"
#include "scenarios/runner/proposal_strings.hpp"
#include "tests/support/paths.hpp"

using namespace ikevet;
using namespace ikevet::scenarios;
using Catch::Matchers::Contains;
using sa::AuthKind;

namespace {

FileReference file(const std::string& name) {
  return {(test::source_dir() / "scenarios/targets/pki" / name).string(), "s.json: /config/auth/" + name};
}

AuthOverrides by_certificate(const std::string& certificate, const std::string& key) {
  AuthOverrides out;
  out.proof.method = "public-key";
  out.proof.certificate = file(certificate);
  out.proof.private_key = file(key);
  return out;
}

std::string complaint(const AuthOverrides& from) {
  sa::Config config;
  try {
    apply_auth(from, config);
  } catch (const SetupError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("auth: nothing said is a pre-shared key both ways", "[runner]") {
  sa::Config config;
  apply_auth({}, config);
  CHECK(config.credentials.local.at(0).kind == AuthKind::SharedKey);
  CHECK(config.credentials.remote.at(0).kinds == std::vector{AuthKind::SharedKey});
  CHECK(config.credentials.trust == nullptr);
}

TEST_CASE("auth: certificates, keys, CAs and CRLs from files", "[runner]") {
  auto from = by_certificate("harness-rsa.pem", "harness-rsa.key");
  from.accept = {"psk", "public-key"};
  from.ca = {file("ca.pem")};
  from.crl = {file("crl.pem")};
  from.proof.subject_as_id = true;
  sa::Config config;
  apply_auth(from, config);
  const auto& local = config.credentials.local.at(0);
  CHECK(local.kind == AuthKind::PublicKey);
  CHECK(local.key.chain.size() == 2);
  CHECK(local.key.key->public_key().type() == crypto::KeyType::Rsa);
  CHECK(local.id->type == wire::IdType::ID_DER_ASN1_DN);
  REQUIRE(config.credentials.trust);
  CHECK(config.credentials.trust->anchor_key_hashes().size() == 20);
}

TEST_CASE("auth: what a scenario says goes before what its target says", "[runner]") {
  AuthOverrides target = by_certificate("harness-rsa.pem", "harness-rsa.key");
  target.accept = {"public-key"};
  AuthOverrides scenario;
  scenario.proof.method = "null";
  scenario.ppk = std::vector{NamedSecret{"name", "value"}};
  const AuthOverrides both = merged(target, scenario);
  CHECK(both.proof.method == "null");
  CHECK(both.proof.certificate == target.proof.certificate);
  CHECK(both.accept == target.accept);
  CHECK(both.ppk == scenario.ppk);
}

TEST_CASE("auth: errors name the place, the file and a remedy", "[runner]") {
  CHECK_THAT(complaint(by_certificate("none.pem", "harness-rsa.key")),
             Contains("s.json: /config/auth/none.pem") && Contains("cannot be opened; the path is relative"));
  CHECK_THAT(complaint(by_certificate("harness-rsa.pem", "harness-rsa.pem")), Contains("openssl pkey"));
  CHECK_THAT(complaint(by_certificate("harness-rsa.pem", "harness-ecdsa.key")),
             Contains("is not that of the private key"));
  CHECK_THAT(complaint(by_certificate("make_pki.sh", "harness-rsa.key")), Contains("no certificate in PEM or DER"));
  AuthOverrides from;
  from.proof.method = "public-key";
  CHECK_THAT(complaint(from), Contains("needs \"private_key\""));
  from = {};
  from.crl = {file("ca.pem")};
  CHECK_THAT(complaint(from), Contains("s.json: /config/auth/ca.pem") && Contains("no CRL"));
  from = {};
  from.public_keys = std::vector{NamedKey{file("ca.pem"), {}}};
  CHECK_THAT(complaint(from), Contains("no public key"));
  from = {};
  from.signature_hashes = std::vector<std::string>{"SHA3"};
  CHECK_THAT(complaint(from), Contains("no hash algorithm \"SHA3\""));
}
