#include "scenarios/format/mutation.hpp"
#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet;             // NOLINT(google-build-using-namespace)
using namespace ikevet::scenarios;  // NOLINT(google-build-using-namespace)

namespace {
SetField set(const char* path) { return {path, Bytes(1, 0xff), {}}; }
}  // namespace

TEST_CASE("The natural layer of an alteration", "[scenarios][mutation]") {
  struct {
    MutationAction action;
    Layer in_clear, under_sk;
  } const cases[]{
      {AppendPayload{200, true, {}, {}}, Layer::Values, Layer::Values},
      {set("Nonce/Nonce Data"), Layer::Values, Layer::Values},
      {set("HDR/Message ID"), Layer::Values, Layer::Values},
      {set("HDR/Length"), Layer::AfterIntegrity, Layer::AfterIntegrity},
      {set("KE/Payload Length"), Layer::AfterIntegrity, Layer::BeforeIntegrity},
      {set("AUTH/Authentication Data"), Layer::Values, Layer::BeforeIntegrity},
      {set("SK/Encrypted Data"), Layer::AfterIntegrity, Layer::AfterIntegrity},
      {FlipBits{"", Bytes(1, 1)}, Layer::AfterIntegrity, Layer::AfterIntegrity},
      {Truncate{4}, Layer::AfterIntegrity, Layer::AfterIntegrity},
  };
  for (const auto& it : cases) {
    INFO(describe(Mutation{it.in_clear, it.action}));
    CHECK(natural_layer(it.action, false) == it.in_clear);
    CHECK(natural_layer(it.action, true) == it.under_sk);
    CHECK(impossible({it.under_sk, it.action}, true).empty());
  }
}

TEST_CASE("What cannot be altered at a layer, and why", "[scenarios][mutation]") {
  CHECK(impossible({Layer::BeforeIntegrity, set("KE/RESERVED")}, false) ==
        "IKE_SA_INIT is not protected: there is no layer before integrity");
  CHECK(impossible({Layer::AfterIntegrity, RemovePayload{}}, false) ==
        "`remove` alters the list of payloads, which exists among the values only");
  CHECK(impossible({Layer::Values, Truncate{1}}, true) ==
        "`truncate` alters octets, and there are none among the values yet");
  CHECK(impossible({Layer::AfterIntegrity, set("IDi/ID Type")}, true) == "that field is encrypted by then");
  CHECK(impossible({Layer::AfterIntegrity, set("IDi/ID Type")}, false).empty());
  CHECK(impossible({Layer::BeforeIntegrity, set("HDR/Flags")}, true) == "that field does not stand inside SK");
  CHECK(impossible({Layer::Values, set("Nonce/Payload Length")}, true) ==
        "that field is computed later, and would come out right again");
}

TEST_CASE("An alteration in words", "[scenarios][mutation]") {
  const auto text = [](MutationAction action) { return describe(Mutation{natural_layer(action, true), action}); };
  CHECK(text(AppendPayload{200, true, {}, {}}) == "append payload 200 (critical)");
  CHECK(text(AppendNotify{wire::NotifyType::COOKIE, {}}) == "append N(COOKIE)");
  CHECK(text(RemovePayload{{wire::PayloadType::KE, {}, 0}}) == "leave out KE");
  CHECK(text(SetField{"HDR/Message ID", {}, 7}) == "HDR/Message ID is 7");
  CHECK(text(FlipBits{"", Bytes(1, 0x80)}) == "message XOR 80");
  CHECK(text(ResizeField{"Nonce/Nonce Data", 8}) == "Nonce/Nonce Data of 8 octets");
  CHECK(describe(Mutation{Layer::BeforeIntegrity, Truncate{4}}) == "last 4 octets cut off (before-integrity)");
}

TEST_CASE("A field path is checked against the dissection, with the nearest names", "[scenarios][mutation]") {
  const TempFolder folder;
  const auto problems = [&](const std::string& field) {
    const auto file = folder.write("a.json", R"({"id": "a", "title": "Some title", "description": "d", "control": "c",
"covers": ["rfc7296-2.5-critical-unknown"], "harness": "initiator", "steps": [
{"send": "IKE_SA_INIT", "mutate": [{"set": {"field": ")" +
                                                 field + R"(", "value": 1}}]}]})");
    Suite suite;
    suite.push_back({});
    suite.back().id = "c";
    return problems_of([&] { load_scenario(file, two_requirements(), suite); });
  };
  for (const char* good : {"HDR/Version/Minor Version", "SA/Proposal[1]/Transform[ENCR]/Attribute[0]/Attribute Value",
                           "Notify[COOKIE]/Notification Data", "TSi/Traffic Selector[2]/Start Port", "KE/RESERVED[1]"})
    CHECK(problems(good).empty());
  CHECK(problems("SA/Proposal[0]/Proposal Number") ==
        std::vector<std::string>{
            "3:45 /steps/0/mutate/0/set/field: no field \"Proposal Number\" in \"SA/Proposal[0]/Proposal "
            "Number\"; did you mean Proposal Num?"});
  CHECK_THAT(problems("HDR/MessageID").at(0), Catch::Contains("did you mean Message ID?"));
}
