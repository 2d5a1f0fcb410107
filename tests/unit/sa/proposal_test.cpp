#include "engine/sa/proposal.hpp"

#include <catch2/catch.hpp>

#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using wire::DhGroup;
using wire::Proposal;
using wire::Transform;

namespace {

std::vector<Proposal> offered(std::vector<Proposal> list) { return sa::offer(list, Bytes{1, 2, 3, 4}); }

}  // namespace

TEST_CASE("Proposals are numbered from 1 and offered once", "[sa][rfc7296-3.3.1]") {
  const auto out = offered({esp_proposal(), esp_proposal({DhGroup::ECP_256}), esp_proposal()});
  REQUIRE(out.size() == 2);
  CHECK(out[0].number == 1);
  CHECK(out[1].number == 2);
  CHECK(out[1].spi == Bytes{1, 2, 3, 4});
}

TEST_CASE("The choice has one transform of each type and the number of the offer", "[sa][rfc7296-3.3.6]") {
  const auto offer =
      offered({ike_proposal({DhGroup::MODP_1024}), ike_proposal({DhGroup::ECP_256, DhGroup::CURVE25519})});
  const std::vector ours{ike_proposal({DhGroup::CURVE25519, DhGroup::ECP_256})};
  const auto chosen = sa::choose(offer, ours);
  REQUIRE(chosen);
  CHECK(chosen->number == 2);
  CHECK(chosen->transforms.size() == 3);
  CHECK(sa::ike_suite(*chosen).group == DhGroup::CURVE25519);  // our order
  const std::vector answer{*chosen};
  CHECK_FALSE(sa::not_chosen_from(answer, offer));
}

TEST_CASE("Another Key Length is another transform", "[sa][rfc7296-3.3.6]") {
  Proposal longer = esp_proposal();
  Proposal shorter = esp_proposal();
  shorter.transforms[0] = Transform::of(wire::EncrId::ENCR_AES_GCM_16, 128);
  CHECK_FALSE(sa::choose(offered({longer}), std::vector{shorter}));
  CHECK(sa::not_chosen_from(std::vector{shorter}, offered({longer})));
}

TEST_CASE("Integrity NONE and no integrity say the same", "[sa][rfc7296-3.3.2]") {
  Proposal with_none = esp_proposal();
  with_none.transforms.push_back(Transform::of(wire::IntegId::NONE));
  CHECK(sa::choose(offered({with_none}), std::vector{esp_proposal()}));
  CHECK(sa::choose(offered({esp_proposal()}), std::vector{with_none}));
}

TEST_CASE("A transform type we do not know is not passed over", "[sa][rfc7296-3.3.6]") {
  Proposal strange = esp_proposal();
  strange.transforms.push_back(Transform::of(static_cast<wire::TransformType>(200), wire::EsnId::NoESN));
  CHECK_FALSE(sa::choose(offered({strange}), std::vector{esp_proposal()}));
}

TEST_CASE("A mandatory type that is not offered is not invented", "[sa][rfc7296-3.3.3]") {
  Proposal no_prf = ike_proposal();
  std::erase_if(no_prf.transforms, [](const Transform& t) { return t.type == wire::TransformType::PRF; });
  CHECK_FALSE(sa::choose(offered({no_prf}), std::vector{ike_proposal()}));
}

TEST_CASE("A proposal that states another number of transforms than it has is not chosen", "[sa][rfc7296-3.3]") {
  std::vector<Proposal> offer = offered({esp_proposal(), esp_proposal({DhGroup::ECP_256})});
  const std::vector ours{esp_proposal(), esp_proposal({DhGroup::ECP_256})};
  REQUIRE(offer.size() == 2);
  offer[0].transform_count = 7;
  const auto chosen = sa::choose(offer, ours);
  REQUIRE(chosen);
  CHECK(chosen->number == 2);
  offer[1].transform_count = 1;
  CHECK_FALSE(sa::choose(offer, ours));
}

TEST_CASE("What is wrong with an answer is said", "[sa][rfc7296-2.7]") {
  const auto offer = offered({ike_proposal({DhGroup::ECP_256, DhGroup::CURVE25519})});
  CHECK(sa::not_chosen_from({}, offer));
  CHECK(sa::not_chosen_from(offer, offer) == "two transforms of type KE");
  Proposal other = ike_proposal();
  other.number = 9;
  CHECK(sa::not_chosen_from(std::vector{other}, offer) == "proposal number 9 was not offered");
}

TEST_CASE("Reserved octets of an offer do not come back in the answer", "[sa][rfc7296-2.5]") {
  auto offer = offered({esp_proposal()});
  offer[0].reserved = 0xff;
  offer[0].transforms[0].reserved1 = offer[0].transforms[0].reserved2 = 0xff;
  const auto chosen = sa::choose(offer, std::vector{esp_proposal()});
  REQUIRE(chosen);
  CHECK(chosen->reserved == 0);
  CHECK(chosen->transforms[0].reserved1 == 0);
  CHECK(chosen->transforms[0].reserved2 == 0);
}
