// EAP as IKE_AUTH drives it: octets in, octets out, never silent.
#include "engine/eap/provider.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/eap/conversation.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using eap::Failure;
using eap::Outcome;
using eap::Reply;
using eap::Success;

namespace {

wire::IDi fqdn(std::string_view name) {
  wire::IDi id;
  id.id_type = wire::IdType::ID_FQDN;
  id.data = to_bytes(name);
  return id;
}

struct Pair {
  explicit Pair(PeerConfig p = alice(EapType::MSCHAPv2), AuthenticatorConfig a = server(EapType::MSCHAPv2))
      : provider(eap::make_provider(std::make_shared<PeerConfig>(std::move(p)),
                                    std::make_shared<AuthenticatorConfig>(std::move(a)))),
        peer(provider->peer(fqdn("alice"), {random, kNow})),
        authenticator(provider->authenticator(fqdn("alice"), {random, kNow})) {}

  SeededRandom random{1};
  std::shared_ptr<const eap::Provider> provider;
  std::unique_ptr<eap::Conversation> peer;
  std::unique_ptr<eap::Conversation> authenticator;
};

Bytes reply(const Outcome& outcome) { return std::get<Reply>(outcome).packet; }

}  // namespace

TEST_CASE("EAP in IKE_AUTH: MSCHAPv2 gives both sides the same key", "[eap][rfc7296-2.16]") {
  PeerConfig p = alice(EapType::MSCHAPv2);
  p.identity.clear();  // then IDi it is
  Pair pair(p);
  const Bytes challenge = reply(pair.authenticator->handle({}));
  const Bytes proof = reply(pair.authenticator->handle(reply(pair.peer->handle(challenge))));
  const auto success = std::get<Success>(pair.authenticator->handle(reply(pair.peer->handle(proof))));
  CHECK(success.packet.size() == 4);
  CHECK(success.identity == "alice");
  CHECK_FALSE(success.mutual);
  const auto end = std::get<Success>(pair.peer->handle(success.packet));
  CHECK(end.packet.empty());
  REQUIRE(end.msk);
  CHECK(end.msk == success.msk);
}

TEST_CASE("EAP in IKE_AUTH: MD5 gives no key", "[eap][rfc7296-2.16]") {
  Pair pair(alice(EapType::MD5_Challenge), server(EapType::MD5_Challenge));
  const auto success =
      std::get<Success>(pair.authenticator->handle(reply(pair.peer->handle(reply(pair.authenticator->handle({}))))));
  CHECK_FALSE(success.msk);
  CHECK_FALSE(success.mutual);
}

TEST_CASE("EAP in IKE_AUTH: refused", "[eap][rfc7296-2.16]") {
  Pair pair(alice(EapType::GTC, {"wrong"}), server(EapType::GTC));
  const auto failure =
      std::get<Failure>(pair.authenticator->handle(reply(pair.peer->handle(reply(pair.authenticator->handle({}))))));
  CHECK(failure.reason == "GTC: wrong password");
  CHECK_FALSE(failure.by_other_side);
  CHECK(failure.packet[0] == 4);
  const auto told = std::get<Failure>(pair.peer->handle(failure.packet));
  CHECK(told.by_other_side);
  CHECK(told.packet.empty());
}

TEST_CASE("EAP in IKE_AUTH: an authenticator repeats its request rather than being silent", "[eap][rfc3748-4.1]") {
  Pair pair;
  const Bytes challenge = reply(pair.authenticator->handle({}));
  CHECK(reply(pair.authenticator->handle({})) == challenge);
  CHECK(reply(pair.authenticator->handle(octets("02"))) == challenge);
  CHECK(reply(pair.authenticator->handle(octets("0200000501"))) == challenge);
  CHECK(reply(pair.authenticator->handle(challenge)) == challenge);
  const auto failure = std::get<Failure>(pair.authenticator->handle(octets("ff")));
  CHECK(failure.packet == Bytes{4, challenge[1], 0, 4});
}

TEST_CASE("EAP in IKE_AUTH: a peer without an answer gives up", "[eap]") {
  CHECK(std::get<Failure>(Pair().peer->handle({})).reason == "EAP: Code at octet 0: 1 octets wanted, 0 left");
  const auto early = std::get<Failure>(Pair().peer->handle(octets("03000004")));
  CHECK(early.reason == "Success with an Identifier that was not answered");
  CHECK_FALSE(early.by_other_side);
}

TEST_CASE("EAP in IKE_AUTH: roles that are not set up, names of all kinds", "[eap]") {
  SeededRandom random(1);
  const auto none = eap::make_provider(nullptr, nullptr);
  CHECK_FALSE(none->peer(fqdn("a"), {random, kNow}));
  CHECK_FALSE(none->authenticator(fqdn("a"), {random, kNow}));
  CHECK(eap::name_in(fqdn("a.test")) == "a.test");
  wire::IDi address;
  address.id_type = wire::IdType::ID_IPV4_ADDR;
  address.data = octets("c0000201");
  CHECK(eap::name_in(address) == "192.0.2.1");
}

TEST_CASE("EAP alone: only methods that can stand alone are offered", "[eap][rfc5998-4]") {
  auto config = std::make_shared<AuthenticatorConfig>(server(EapType::MSCHAPv2));
  SeededRandom random(3);
  wire::IDi id;
  id.id_type = wire::IdType::ID_FQDN;
  id.data = to_bytes(as_bytes("alice"));
  const eap::Surroundings alone{random, kNow, true};
  CHECK(make_provider(nullptr, config)->authenticator(id, alone) == nullptr);
  config->methods = {EapType::MSCHAPv2, EapType::TLS};
  config->tls.certificate_pem = pki("server.pem");
  config->tls.private_key_pem = secret(pki("server.key"));
  config->tls.trusted_pem = pki("ca.pem");
  const auto conversation = make_provider(nullptr, config)->authenticator(id, alone);
  REQUIRE(conversation);
  CHECK(wire::Eap::parse(Reader(reply(conversation->handle({})))).value().type == EapType::TLS);
}
