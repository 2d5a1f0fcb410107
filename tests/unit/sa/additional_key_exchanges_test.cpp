#include "engine/sa/additional_key_exchanges.hpp"

#include <catch2/catch.hpp>

#include "engine/sa/proposal.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using wire::DhGroup;
using wire::Proposal;
using wire::Transform;
using enum wire::TransformType;

namespace {

using Row = std::pair<wire::TransformType, DhGroup>;

Proposal proposal(const std::vector<Row>& additional) {
  Proposal out = ike_proposal();
  for (const auto& [type, group] : additional) out.transforms.push_back(Transform::of(type, group));
  return out;
}

std::vector<DhGroup> chosen(const Proposal& offered, const Proposal& ours) {
  const auto answer = sa::choose(std::vector{offered}, std::vector{ours});
  if (!answer) return {};
  CHECK_FALSE(sa::not_chosen_from(std::vector{*answer}, std::vector{offered}));
  std::vector<DhGroup> out;
  for (const Transform& transform : answer->transforms)
    if (sa::is_additional(transform.type)) out.push_back(static_cast<DhGroup>(transform.id));
  return out;
}

constexpr auto k512 = DhGroup::ML_KEM_512;
constexpr auto k768 = DhGroup::ML_KEM_768;
constexpr auto k1024 = DhGroup::ML_KEM_1024;
constexpr auto kNone = DhGroup::NONE;

}  // namespace

TEST_CASE("the example of RFC 9370 §2.2.1: two in any order, and one that may be left out", "[sa][rfc9370-2.2.1]") {
  const Proposal offer =
      proposal({{ADDKE2, k512}, {ADDKE2, k768}, {ADDKE3, k512}, {ADDKE3, k768}, {ADDKE5, k1024}, {ADDKE5, kNone}});
  const Proposal ours = proposal({{ADDKE2, k768}, {ADDKE3, k768}, {ADDKE3, k512}, {ADDKE5, kNone}});
  CHECK(chosen(offer, ours) == std::vector{k768, k512, kNone});
  const auto answer = sa::choose(std::vector{offer}, std::vector{ours});
  REQUIRE(answer);
  CHECK(sa::to_be_done(sa::ike_suite(*answer).additional) == std::vector{k768, k512});
  CHECK(sa::additional_groups(*answer)[1] == k768);
}

TEST_CASE("no algorithm is chosen twice, even where the first wish has to give way", "[sa][rfc9370-2.2.1]") {
  CHECK(chosen(proposal({{ADDKE1, k512}, {ADDKE1, k768}, {ADDKE2, k512}}),
               proposal({{ADDKE1, k512}, {ADDKE1, k768}, {ADDKE2, k512}})) == std::vector{k768, k512});
  CHECK_FALSE(sa::choose(std::vector{proposal({{ADDKE1, k512}, {ADDKE2, k512}})},
                         std::vector{proposal({{ADDKE1, k512}, {ADDKE2, k512}})}));
  // NONE may stand any number of times, and the first key exchange does not count.
  CHECK(chosen(proposal({{ADDKE1, kNone}, {ADDKE2, kNone}, {ADDKE3, DhGroup::CURVE25519}}),
               proposal({{ADDKE1, kNone}, {ADDKE2, kNone}, {ADDKE3, DhGroup::CURVE25519}})) ==
        std::vector{kNone, kNone, DhGroup::CURVE25519});
}

TEST_CASE("an answer that names an algorithm twice is no choice", "[sa][rfc9370-2.2.1]") {
  const Proposal offer = sa::offer(std::vector{proposal({{ADDKE1, k512}, {ADDKE1, k768}, {ADDKE2, k512}})}, {}).front();
  Proposal answer = proposal({{ADDKE1, k512}, {ADDKE2, k512}});
  const auto why = sa::not_chosen_from(std::vector{answer}, std::vector{offer});
  REQUIRE(why);
  CHECK(why->find("RFC 9370") != std::string::npos);
  answer = proposal({{ADDKE1, k768}});  // nothing for ADDKE2, which was offered without NONE
  CHECK(sa::not_chosen_from(std::vector{answer}, std::vector{offer}));
}

TEST_CASE("a type that is left out says NONE", "[sa][rfc9370-2.2.1]") {
  const Proposal plain = ike_proposal();
  const Proposal optional = proposal({{ADDKE1, k768}, {ADDKE1, kNone}});
  const Proposal mandatory = proposal({{ADDKE1, k768}});
  CHECK_FALSE(sa::choose(std::vector{plain}, std::vector{mandatory}));
  CHECK_FALSE(sa::choose(std::vector{mandatory}, std::vector{plain}));
  CHECK(sa::choose(std::vector{plain}, std::vector{optional}));
  CHECK(chosen(plain, optional).empty());                // nothing was proposed, so nothing is answered
  CHECK(chosen(optional, plain) == std::vector{kNone});  // proposed types are answered
  CHECK(chosen(optional, optional) == std::vector{k768});
}

TEST_CASE("without IKE_INTERMEDIATE, proposals with additional key exchanges are passed over", "[sa][rfc9370-2.2.1]") {
  const std::vector both{proposal({{ADDKE1, k768}}), ike_proposal()};
  CHECK(sa::without_additional(both) == std::vector{ike_proposal()});
  CHECK(sa::has_additional(both));
  CHECK_FALSE(sa::has_additional(sa::without_key_exchange(both)));

  // A hybrid initiator and a responder that knows nothing of it meet in the second proposal.
  auto i = initiator_config();
  i.ike_proposals = both;
  PeerPair p(i, responder_config());
  p.establish();
  CHECK(sa::to_be_done(p.initiator.only_sa().suite.additional).empty());
}

TEST_CASE("without the notification nothing else is left: NO_PROPOSAL_CHOSEN", "[sa][rfc9370-2.2.1]") {
  struct NoNotify final : sa::OutboundTap {
    void on_payloads(sa::OutboundMessage& message) override {
      std::erase_if(message.payloads, [](const wire::Payload& payload) {
        const auto* notify = std::get_if<wire::Notify>(&payload.body);
        return notify && notify->type == wire::NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED;
      });
    }
  } tap;
  auto i = initiator_config();
  auto r = responder_config();
  i.ike_proposals = r.ike_proposals = {proposal({{ADDKE1, k768}})};
  PeerPair p(i, r, {&tap});
  const auto answer = p.to_responder(p.initiate());
  REQUIRE(answer.size() == 1);
  CHECK(wire::find_notify(message_in(answer[0]).payloads, wire::NotifyType::NO_PROPOSAL_CHOSEN));

  // And an initiator ignores a responder that chose additional key exchanges without it.
  PeerPair q(i, r, {}, {&tap});
  const auto chosen_so = q.to_responder(q.initiate());
  REQUIRE(chosen_so.size() == 1);
  CHECK(q.to_initiator(chosen_so[0]).empty());
  REQUIRE(q.initiator.seen<trace::Discarded>().size() == 1);
  CHECK(q.initiator.seen<trace::Discarded>()[0].section == "RFC 9370 §2.2.1");
}

TEST_CASE("a hybrid exchange with every method of the table", "[sa][rfc9370-2.2.1]") {
  for (const crypto::GroupInfo& row : crypto::group_table()) {
    if (row.private_size > 40 && row.kind == crypto::GroupKind::Modp) continue;  // slow, and no different
    INFO(row.name);
    auto i = initiator_config();
    auto r = responder_config();
    i.ike_proposals = r.ike_proposals = {proposal({{ADDKE4, row.id}})};
    PeerPair p(i, r);
    p.establish();
    CHECK(p.initiator.only_sa().suite.additional[3] == row.id);
  }
}

TEST_CASE("ML-KEM as the only key exchange, in IKE_SA_INIT itself", "[sa][ml-kem]") {
  for (const DhGroup group : {k512, k768, k1024}) {
    auto i = initiator_config();
    auto r = responder_config();
    i.ike_proposals = r.ike_proposals = {ike_proposal({group})};
    PeerPair p(i, r);
    p.establish();
    CHECK(p.initiator.only_sa().suite.group == group);
  }
}
