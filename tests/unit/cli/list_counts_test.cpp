#include "bindings/cli/list_counts.hpp"

#include <catch2/catch.hpp>
#include <sstream>

using namespace ikevet;       // NOLINT(google-build-using-namespace)
using namespace ikevet::cli;  // NOLINT(google-build-using-namespace)
using scenarios::Scenario;

namespace {

Scenario scenario(std::string id, std::string file, scenarios::Role role) {
  Scenario out;
  out.id = std::move(id);
  out.file = std::move(file);
  out.harness = role;
  return out;
}

}  // namespace

TEST_CASE("scenarios written by hand and instances of families are told apart", "[cli][list]") {
  const Scenario all[]{
      scenario("rfc1/2.1-a/plain", "/d/suite/rfc1/2.1-a/plain.json", scenarios::Role::Initiator),
      scenario("rfc1/2.1-a/many/x/1", "/d/suite/rfc1/2.1-a/many.json", scenarios::Role::Initiator),
      scenario("rfc1/2.1-a/many/x/2", "/d/suite/rfc1/2.1-a/many.json", scenarios::Role::Responder),
      scenario("mine", "mine.json", scenarios::Role::Responder),
  };
  CHECK(family_of(all[0]).empty());
  CHECK(family_of(all[1]) == "rfc1/2.1-a/many");
  CHECK(area_of(all[1]) == "rfc1/2.1-a");
  CHECK(area_of(all[3]).empty());

  const Counts counts = count({&all[0], &all[1], &all[2], &all[3]});
  CHECK(counts.families == 1);
  CHECK(counts.total.hand_written == 2);
  CHECK(counts.total.instances == 2);
  const auto json = counts_json(counts);
  CHECK(json["by_role"]["responder"]["all"] == 2);
  CHECK(json["by_area"]["rfc1/2.1-a"]["instances"] == 2);

  std::ostringstream out;
  Terminal terminal = Terminal::plain(out);
  print_counts(terminal, counts);
  CHECK(out.str().find("rfc1/2.1-a") != std::string::npos);
  CHECK(out.str().find("all, 1 family") != std::string::npos);
}
