#include <catch2/catch.hpp>

#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using wire::DhGroup;
using wire::NotifyType;

namespace {

sa::RekeyChildSa rekey(const Peer& peer) { return {peer.only_sa().spis, peer.only_sa().children.at(0).inbound}; }

void check_replaced(const PeerPair& p, ChildSpi old_inbound_i) {
  const auto i = p.initiator.only_sa();
  const auto r = p.responder.only_sa();
  REQUIRE(i.children.size() == 1);
  REQUIRE(r.children.size() == 1);
  CHECK(i.children[0].inbound != old_inbound_i);
  CHECK(i.children[0].inbound == r.children[0].outbound);
  CHECK(i.children[0].outbound == r.children[0].inbound);
}

}  // namespace

TEST_CASE("CREATE_CHILD_SA: a Child SA is rekeyed and the old one deleted", "[sa][rfc7296-2.8]") {
  PeerPair p;
  p.establish();
  const ChildSpi old = p.initiator.only_sa().children.at(0).inbound;
  SECTION("by the original initiator") { p.settle(p.initiator.command(rekey(p.initiator), p.now)); }
  SECTION("by the original responder") { p.settle(p.responder.command(rekey(p.responder), p.now)); }
  check_replaced(p, old);
}

TEST_CASE("CREATE_CHILD_SA: with a Diffie-Hellman exchange of its own", "[sa][rfc7296-1.3.3]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.child_proposals = {esp_proposal({DhGroup::ECP_256, DhGroup::CURVE25519})};
  SECTION("the first group does") { r.child_proposals = {esp_proposal({DhGroup::ECP_256})}; }
  SECTION("INVALID_KE_PAYLOAD leads to the other") { r.child_proposals = {esp_proposal({DhGroup::CURVE25519})}; }
  PeerPair p(i, r);
  p.establish();
  const ChildSpi old = p.initiator.only_sa().children.at(0).inbound;
  p.settle(p.initiator.command(rekey(p.initiator), p.now));
  check_replaced(p, old);
}

TEST_CASE("CREATE_CHILD_SA: the response is lost", "[sa][rfc7296-2.1]") {
  PeerPair p;
  p.establish();
  const ChildSpi old = p.initiator.only_sa().children.at(0).inbound;
  const auto ask = p.initiator.command(rekey(p.initiator), p.now);
  const auto lost = p.to_responder(ask.at(0));
  CHECK(p.responder.only_sa().children.size() == 2);
  const auto again = p.initiator_wakes();
  CHECK(again.at(0).payload == ask.at(0).payload);
  const auto repeated = p.to_responder(again.at(0));
  CHECK(repeated.at(0).payload == lost.at(0).payload);
  CHECK(p.responder.only_sa().children.size() == 2);
  p.settle(p.to_initiator(repeated.at(0)));
  check_replaced(p, old);
}

TEST_CASE("CREATE_CHILD_SA: a Child SA that is not there", "[sa][rfc7296-2.25]") {
  PeerPair p;
  p.establish();
  // The responder loses its Child SA without a word to the initiator.
  const auto ask = p.initiator.command(rekey(p.initiator), p.now);
  const auto i = p.initiator.only_sa();
  const auto deletion =
      p.responder.command(sa::DeleteChildSa{i.spis, p.responder.only_sa().children.at(0).inbound}, p.now);
  SECTION("it is being deleted: TEMPORARY_FAILURE") {
    p.settle(p.to_responder(ask.at(0)));
    CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::TEMPORARY_FAILURE);
  }
  SECTION("it is gone: CHILD_SA_NOT_FOUND") {
    const auto answered = p.to_initiator(deletion.at(0));
    p.to_responder(answered.at(0));
    CHECK(p.responder.only_sa().children.empty());
    p.settle(p.to_responder(ask.at(0)));
    CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::CHILD_SA_NOT_FOUND);
    CHECK(p.initiator.only_sa().children.empty());
  }
}

TEST_CASE("CREATE_CHILD_SA: keys of both sides are the same and new", "[sa][rfc7296-2.17]") {
  struct Log final : sa::KeyLog {
    void ike_keys(const IkeSpis&, const crypto::IkeSuite&, const keys::SaKeys&) override {}
    void child_keys(const sa::ChildKeyEntry& e) override { entries.push_back(e); }
    std::vector<sa::ChildKeyEntry> entries;
  } log_i, log_r;
  PeerPair p(initiator_config(), responder_config(), {.key_log = &log_i}, {.key_log = &log_r});
  p.establish();
  p.settle(p.responder.command(rekey(p.responder), p.now));
  REQUIRE(log_i.entries.size() == 2);
  REQUIRE(log_r.entries.size() == 2);
  for (std::size_t n = 0; n < 2; ++n) {
    CHECK(log_i.entries[n].keys == log_r.entries[n].keys);
    CHECK(log_i.entries[n].spi_to_initiator == log_r.entries[n].spi_to_initiator);
    CHECK(log_i.entries[n].initiator == log_r.entries[n].initiator);
  }
  CHECK_FALSE(log_i.entries[0].keys == log_i.entries[1].keys);
}
