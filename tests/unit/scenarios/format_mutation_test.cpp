#include "scenarios/format/describe_body.hpp"
#include "scenarios/format/mutation.hpp"
#include "scenarios/format/relative_number.hpp"
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
  CHECK(text(AppendNotify{wire::NotifyType::COOKIE, Bytes(2, 0xc0)}) == "append N(COOKIE), data c0c0");
  CHECK(text(change_by("HDR/Message ID", -1)) == "HDR/Message ID -1");
  CHECK(text(RemovePayload{{wire::PayloadType::SK, {}, 0}}) == "without protection: what is in SK stands in clear");
  CHECK(describe(Mutation{Layer::BeforeIntegrity, Truncate{4}}) == "last 4 octets cut off (before-integrity)");
}

TEST_CASE("Bodies in words, as far as they can be read", "[scenarios][mutation]") {
  const auto body = [](wire::PayloadType type, const char* hex) { return describe_body(type, from_hex(hex).value()); };
  CHECK(body(wire::PayloadType::TSr, "0100000007110010003500350a0200090a020009") ==
        "10.2.0.9 protocol 17 ports 53-53");
  CHECK(body(wire::PayloadType::TSr, "00000000") == "no selectors");
  CHECK(body(wire::PayloadType::Delete, "03040001deadbeef") == "ESP deadbeef");
  CHECK(body(wire::PayloadType::Delete, "01000000") == "the IKE SA");
  CHECK(body(wire::PayloadType::CP, "0100000000010000") == "CFG_REQUEST INTERNAL_IP4_ADDRESS");
  CHECK(body(wire::PayloadType::EAP, "04010004") == "Failure");
  CHECK(body(wire::PayloadType::EAP, "04") == "04, which cannot be read");
  CHECK(body(wire::PayloadType::CERT, "0411") == "0411");
}

TEST_CASE("A number that a field changes by", "[scenarios][mutation]") {
  CHECK(parse_difference("+1") == 1);
  CHECK(parse_difference("-20") == -20);
  for (const char* none : {"", "1", "+", "+-1", "+x", "c8"}) CHECK_FALSE(parse_difference(none));
  CHECK(difference_of(change_by("HDR/Message ID", -2)) == -2);
  CHECK_FALSE(difference_of(SetField{"HDR/Message ID", {}, 7}));
  CHECK(changed(0, -1, 32) == 0xffffffff);
  CHECK(changed(15, 2, 4) == 1);
}

TEST_CASE("The parts of SK have their layers", "[scenarios][mutation]") {
  CHECK(natural_layer(set("SK/Padding"), true) == Layer::BeforeIntegrity);
  CHECK(natural_layer(set("SK/Integrity Checksum Data"), true) == Layer::AfterIntegrity);
  CHECK(impossible({Layer::AfterIntegrity, set("SK/Pad Length")}, true) ==
        "padding is made before the integrity check value");
  CHECK(impossible({Layer::BeforeIntegrity, ResizeField{"SK/Padding", 255}}, true).empty());
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
