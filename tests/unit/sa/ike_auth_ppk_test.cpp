// Postquantum preshared keys: Table 1 of RFC 8784 §3, both roles, and what the keys are made of.
#include <catch2/catch.hpp>

#include "engine/keys/key_schedule.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using wire::NotifyType;

namespace {

sa::Ppk ppk(const char* id, const char* secret) {
  return {cat(Bytes{2}, as_bytes(id)), SecretBytes(as_bytes(secret))};  // §5.1: PPK_ID_FIXED
}

struct Record final : sa::OutboundTap {
  std::vector<wire::Payload> auth;
  void on_plaintext(const sa::OutboundMessage& message, sa::Plaintext&) override {
    if (message.header.exchange == wire::ExchangeType::IKE_AUTH) auth = message.payloads;
  }
  bool says(NotifyType type) const { return wire::find_notify(auth, type) != nullptr; }
};

struct Setup {
  sa::Config i = initiator_config();
  sa::Config r = responder_config();
  Record from_i, from_r;
  std::unique_ptr<PeerPair> pair;

  void run() {
    sa::Seams tap_i, tap_r;
    tap_i.outbound = &from_i;
    tap_r.outbound = &from_r;
    pair = std::make_unique<PeerPair>(i, r, tap_i, tap_r);
    pair->establish();
  }
  bool established() {
    run();
    return pair->initiator.engine.ike_sas().size() == 1 && pair->responder.engine.ike_sas().size() == 1 &&
           pair->responder.only_sa().children.size() == 1 && pair->initiator.only_sa().children.size() == 1;
  }
  bool with_ppk() const { return from_r.says(NotifyType::PPK_IDENTITY); }
};

}  // namespace

TEST_CASE("PPK: both have it", "[sa][rfc8784-3]") {
  Setup s;
  s.i.credentials.ppks = s.r.credentials.ppks = {ppk("a", "secret")};
  s.i.credentials.ppk_mandatory = GENERATE(false, true);
  s.r.credentials.ppk_mandatory = GENERATE(false, true);
  CHECK(s.established());
  CHECK(s.with_ppk());
  CHECK(wire::find_notify(s.from_r.auth, NotifyType::PPK_IDENTITY)->data.empty());
  CHECK(wire::find_notify(s.from_i.auth, NotifyType::PPK_IDENTITY)->data == s.i.credentials.ppks[0].id);
  CHECK(s.from_i.says(NotifyType::NO_PPK_AUTH) == !s.i.credentials.ppk_mandatory);
  // The keys of both sides are the same: a rekeying by one is understood by the other.
  const auto view = s.pair->initiator.only_sa();
  s.pair->settle(s.pair->initiator.command(sa::RekeyChildSa{view.spis, view.children.at(0).inbound}, s.pair->now));
  CHECK(s.pair->responder.only_sa().children.size() == 1);
}

TEST_CASE("PPK: the same PPK_ID for different PPKs", "[sa][rfc8784-3]") {
  Setup s;
  s.i.credentials.ppks = {ppk("a", "secret")};
  s.r.credentials.ppks = {ppk("a", "another")};
  CHECK_FALSE(s.established());
  CHECK(s.pair->initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::AUTHENTICATION_FAILED);
}

TEST_CASE("PPK: the responder does not know the PPK_ID", "[sa][rfc8784-3]") {
  Setup s;
  s.i.credentials.ppks = {ppk("a", "secret")};
  s.r.credentials.ppks = {ppk("b", "other"), ppk("c", "third")};
  SECTION("optional for both: without a PPK, by NO_PPK_AUTH") {
    CHECK(s.established());
    CHECK_FALSE(s.with_ppk());
  }
  SECTION("mandatory for the initiator: it sends no NO_PPK_AUTH") {
    s.i.credentials.ppk_mandatory = true;
    CHECK_FALSE(s.established());
    CHECK(s.pair->responder.seen<trace::PeerFault>().at(0).section == "RFC 8784 §3");
  }
  SECTION("mandatory for the responder") {
    s.r.credentials.ppk_mandatory = true;
    CHECK_FALSE(s.established());
    CHECK(s.pair->initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::AUTHENTICATION_FAILED);
  }
  SECTION("several, and one of them is it") {
    s.r.credentials.ppks.push_back(ppk("a", "secret"));
    CHECK(s.established());
    CHECK(s.with_ppk());
  }
}

TEST_CASE("PPK: one side knows nothing of it", "[sa][rfc8784-3]") {
  Setup s;
  SECTION("the responder; optional") {
    s.i.credentials.ppks = {ppk("a", "secret")};
    CHECK(s.established());
    CHECK_FALSE(s.from_i.says(NotifyType::PPK_IDENTITY));
  }
  SECTION("the responder; mandatory: the initiator stops before IKE_AUTH") {
    s.i.credentials.ppks = {ppk("a", "secret")};
    s.i.credentials.ppk_mandatory = true;
    CHECK_FALSE(s.established());
    CHECK(s.from_i.auth.empty());
    CHECK(s.pair->initiator.seen<trace::PeerFault>().at(0).section == "RFC 8784 §3");
  }
  SECTION("the initiator; optional") {
    s.r.credentials.ppks = {ppk("a", "secret")};
    CHECK(s.established());
  }
  SECTION("the initiator; mandatory") {
    s.r.credentials.ppks = {ppk("a", "secret")};
    s.r.credentials.ppk_mandatory = true;
    CHECK_FALSE(s.established());
    CHECK(s.pair->responder.seen<trace::PeerFault>().at(0).section == "RFC 8784 §3");
  }
}

TEST_CASE("PPK: SK_d, SK_pi and SK_pr pass through prf+ once more", "[keys][rfc8784-3]") {
  const auto prf = crypto::Prf::find(wire::PrfId::PRF_HMAC_SHA2_256).value();
  const Bytes sk(32, 7);
  // "For such PRFs, only the first iteration of prf+ is needed": prf (PPK, SK_d' | 0x01).
  CHECK(keys::mix_ppk(prf, as_bytes("ppk"), sk) == prf.compute(as_bytes("ppk"), {sk, Bytes{1}}));
}
