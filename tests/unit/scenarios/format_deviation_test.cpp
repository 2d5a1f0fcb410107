// Files of deviating peers: what they give, and what is said of a wrong one.
#include "scenarios/format/deviation.hpp"
#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet::scenarios;  // NOLINT(google-build-using-namespace)

namespace {

std::vector<Deviation> load(const TempFolder& folder, const std::string& deviations) {
  folder.write("some.json", "{\"deviations\": [" + deviations + "]}");
  return load_deviations(folder.path(), two_requirements());
}

}  // namespace

TEST_CASE("a deviation says whom it plays, what it breaks and how it misbehaves", "[deviation]") {
  const TempFolder folder;
  const auto all = load(folder, R"({
    "id": "RTX-02", "role": "both", "title": "A repeated request gets no answer", "citation": "RFC 7296 §2.1",
    "breaks": ["rfc7296-2.1-response-repeated"],
    "target": {"initiator": "eap-client"},
    "inbound": [{"when": {"response": false, "repeated": true, "odd": ["padded", "fragment"]}, "then": "drop"}],
    "network": [{"when": {"nth": 2}, "delay": "500ms", "mutate": [{"set": {"field": "HDR/Message ID", "value": 7}}]}],
    "decisions": {"narrow": []}
  })");
  REQUIRE(all.size() == 1);
  CHECK(all[0].roles == std::vector<std::string>{"initiator", "responder"});
  CHECK(all[0].breaks == std::vector<std::string>{"rfc7296-2.1-response-repeated"});
  REQUIRE(all[0].inbound.size() == 1);
  CHECK(all[0].inbound[0].then == InboundDeviation::Then::Drop);
  CHECK(all[0].inbound[0].when.repeated == true);
  CHECK(all[0].inbound[0].when.odd == std::vector<Oddity>{Oddity::Padded, Oddity::Fragment});
  CHECK(all[0].target("initiator") == "eap-client");
  CHECK(all[0].target("responder") == "embedded");
  REQUIRE(all[0].network.size() == 1);
  CHECK(all[0].network[0].when.nth == 2);
  // On the network there is nothing but finished octets.
  CHECK(all[0].network[0].mutate.at(0).layer == Layer::AfterIntegrity);
  REQUIRE(all[0].decisions.narrow);
  CHECK(all[0].decisions.narrow->empty());
  CHECK(&find_deviation(all, "RTX-02") == &all[0]);
  CHECK_THROWS_AS(find_deviation(all, "RTX-03"), FormatError);
}

TEST_CASE("everything that is wrong with deviations is told at once", "[deviation]") {
  const TempFolder folder;
  const auto problems = problems_of([&] {
    load(folder,
         R"({"id": "AAA-01", "role": "responder", "title": "Breaks nothing at all", "citation": "RFC 7296 §2.1"},
                    {"id": "AAA-01", "role": "responder", "title": "Breaks what is not there", "citation": "RFC 7296 §2.1",
                     "breaks": ["rfc7296-2.1-response-repeatet"]},
                    {"id": "AAA-02", "role": "responder", "title": "May be so, and why?", "citation": "RFC 7296 §2.1",
                     "legitimate": true},
                    {"id": "AAA-03", "role": "responder", "title": "Keys in disorder", "citation": "RFC 7296 §2.1",
                     "breaks": ["rfc7296-2.1-response-repeated"],
                     "keys": {"order": ["d", "d", "ar", "ei", "er", "pi", "pr"]}})");
  });
  REQUIRE(problems.size() == 5);
  const auto told = [&](const std::string& what) {
    for (const std::string& problem : problems)
      if (problem.find(what) != std::string::npos) return true;
    return false;
  };
  CHECK(told("breaks no requirement"));
  CHECK(told("no such requirement \"rfc7296-2.1-response-repeatet\""));
  CHECK(told("is an id in"));
  CHECK(told("without the reason why it may"));
  CHECK(told("is not each of the seven keys once"));
}
