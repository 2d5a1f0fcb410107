#include "scenarios/format/selector.hpp"
#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet::scenarios;  // NOLINT(google-build-using-namespace)

namespace {

Scenario scenario(const std::string& id, Role harness, std::vector<std::string> covers, std::vector<std::string> tags) {
  Scenario out;
  out.id = id;
  out.harness = harness;
  out.covers = std::move(covers);
  out.tags = std::move(tags);
  return out;
}

Library library() {
  Library out;
  out.catalogue = two_requirements();
  out.catalogue.find("rfc7296-2.1-response-repeated")->second.level = Level::Should;
  out.suite = {
      scenario("rfc7296/1.02-initial-exchanges/setup", Role::Initiator, {}, {"control"}),
      scenario("rfc7296/2.01-retransmission/request-repeated", Role::Responder, {"rfc7296-2.1-response-repeated"},
               {"slow"}),
      scenario("rfc7296/2.05-forward-compatibility/critical", Role::Initiator, {"rfc7296-2.5-critical-unknown"},
               {"critical"}),
      scenario("rfc7296/2.05.01-more/critical", Role::Responder, {"rfc7296-2.5-critical-unknown"}, {"critical"}),
      scenario("rfc7383/2.05-fragments/lost", Role::Initiator, {}, {"slow"}),
  };
  out.suite[2].control = "rfc7296/1.02-initial-exchanges/setup";
  out.profiles = {{"small", "Few", {"rfc7296/2.1", "rfc7383"}, ""}};
  return out;
}

std::vector<std::string> ids(std::vector<std::string> selectors) {
  const Library all = library();
  std::vector<std::string> out;
  for (const Scenario* one : select(all, selectors)) out.push_back(one->id.substr(one->id.find('/') + 1));
  return out;
}

std::vector<std::string> wrong(std::vector<std::string> selectors) {
  return problems_of([&] { ids(std::move(selectors)); });
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("Paths: RFC, section with subsections, scenario", "[scenarios][selector]") {
  CHECK(ids({}).size() == 5);
  CHECK(ids({"rfc7296"}).size() == 4);
  CHECK(ids({"rfc7296/2.5"}) == Ids{"2.05-forward-compatibility/critical", "2.05.01-more/critical"});
  CHECK(ids({"rfc7296/2.05-forward-compatibility"}) == Ids{"2.05-forward-compatibility/critical"});
  CHECK(ids({"rfc7296/2.5/critical"}) == Ids{"2.05-forward-compatibility/critical"});
  CHECK(ids({"rfc7296/2"}).size() == 3);
  CHECK(ids({"rfc7296/1.2/setup", "rfc7383"}) == Ids{"1.02-initial-exchanges/setup", "2.05-fragments/lost"});
}

TEST_CASE("Requirements, tags, roles and levels", "[scenarios][selector]") {
  CHECK(ids({"rfc7296-2.1-response-repeated"}) == Ids{"2.01-retransmission/request-repeated"});
  CHECK(ids({"tag:slow"}) == Ids{"2.01-retransmission/request-repeated", "2.05-fragments/lost"});
  CHECK(ids({"tag:slow", "rfc7296"}) == Ids{"2.01-retransmission/request-repeated"});
  CHECK(ids({"role:responder", "tag:critical"}) == Ids{"2.05.01-more/critical"});
  CHECK(ids({"level:must"}).size() == 2);
  CHECK(ids({"level:should"}) == Ids{"2.01-retransmission/request-repeated"});
  CHECK(ids({"level:may"}).empty());  // the caller's exit code 5
}

TEST_CASE("Taking away comes last", "[scenarios][selector]") {
  CHECK(ids({"not:slow", "rfc7296"}).size() == 3);
  CHECK(ids({"rfc7296", "not:tag:slow", "not:rfc7296/2.5"}) == Ids{"1.02-initial-exchanges/setup"});
  CHECK(ids({"not:role:initiator", "not:level:should"}) == Ids{"2.05.01-more/critical"});
}

TEST_CASE("Profiles", "[scenarios][selector]") {
  CHECK(ids({"profile:small"}) == Ids{"2.01-retransmission/request-repeated", "2.05-fragments/lost"});
  CHECK(ids({"profile:small", "not:rfc7383"}) == Ids{"2.01-retransmission/request-repeated"});
}

TEST_CASE("What is joined by & is a selection of its own", "[scenarios][selector]") {
  CHECK(ids({"rfc7383 & role:responder"}).empty());
  CHECK(ids({"rfc7383", "rfc7296/2.5 & role:responder"}) == Ids{"2.05.01-more/critical", "2.05-fragments/lost"});
  CHECK(ids({"rfc7383", "profile:small & not:rfc7383"}) == ids({"profile:small"}));
  CHECK(wrong({"rfc7296 & tag:slwo"}) ==
        std::vector<std::string>{"0:0 : \"tag:slwo\" selects nothing; did you mean tag:slow?"});
}

TEST_CASE("Profiles may name each other, but not themselves", "[scenarios][selector]") {
  Library all = library();
  all.profiles.push_back({"both", "More", {"profile:small", "rfc7296/2.5"}, ""});
  all.profiles.push_back({"snake", "Round", {"profile:tail"}, ""});
  all.profiles.push_back({"tail", "Round", {"profile:snake"}, ""});
  const std::vector<std::string> both{"profile:both"}, snake{"profile:snake"};
  CHECK(select(all, both).size() == 4);
  CHECK(problems_of([&] { select(all, snake); }) ==
        std::vector<std::string>{"0:0 : profile:snake contains itself; take one of the references out"});
}

TEST_CASE("What names nothing is told with the nearest names, all of it at once", "[scenarios][selector]") {
  CHECK(
      wrong({"rfc7269", "tag:slwo", "levl:must", "rfc7296/2.5/critcal", "profile:smal", "role:both"}) ==
      std::vector<std::string>{
          "0:0 : \"rfc7269\" selects nothing; did you mean rfc7296?",
          "0:0 : \"tag:slwo\" selects nothing; did you mean tag:slow?",
          "0:0 : \"levl:must\" selects nothing; did you mean level:?",
          "0:0 : \"rfc7296/2.5/critcal\" selects nothing; did you mean rfc7296/2.5/critical or rfc7296/2.5.1/critical?",
          "0:0 : \"profile:smal\" selects nothing; did you mean profile:small?",
          "0:0 : \"role:both\" selects nothing; known: role:initiator, role:responder",
      });
}

TEST_CASE("Controls come along, once, before what needs them", "[scenarios][selector]") {
  const Library all = library();
  const auto chosen = select(all, std::vector<std::string>{"rfc7296/2.5/critical", "rfc7383"});
  const auto played = with_controls(all, chosen);
  REQUIRE(played.size() == 3);
  CHECK(played[0]->id == "rfc7296/1.02-initial-exchanges/setup");
  CHECK(played[1]->id == "rfc7296/2.05-forward-compatibility/critical");
  CHECK(with_controls(all, played).size() == 3);
}
