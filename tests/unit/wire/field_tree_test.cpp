#include "engine/wire/field_tree.hpp"

#include "engine/base/random.hpp"
#include "tests/unit/wire/octets.hpp"
#include "tests/unit/wire/sample_messages.hpp"
#include "tests/unit/wire/tree_support.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

namespace {

std::string value_at(const FieldNode& tree, std::string_view path) {
  const FieldNode* field = find_field(tree, path);
  return field ? field->value : "no such field";
}

}  // namespace

TEST_CASE("field tree: the header of a third party's message", "[wire][field_tree]") {
  const FieldNode tree = field_tree(hex(kSaInitRequest));
  CHECK(value_at(tree, "HDR/IKE SA Initiator's SPI") == "54c184961bc3fd77");
  CHECK(value_at(tree, "HDR/Version") == "2.0");
  CHECK(value_at(tree, "HDR/Version/Major Version") == "2");
  CHECK(value_at(tree, "HDR/Exchange Type") == "IKE_SA_INIT (34)");
  CHECK(value_at(tree, "HDR/Flags") == "Initiator");
  CHECK(value_at(tree, "HDR/Flags/Response") == "0");
  CHECK(value_at(tree, "HDR/Length") == "256");
  CHECK(value_at(tree, "SA/Proposal/Transform[KE]/Transform ID") == "MODP_1024 (2)");
  CHECK_FALSE(has_fault(tree));
  CHECK(first_uncovered(tree, 256) == 256);
}

TEST_CASE("field tree: places are exact", "[wire][field_tree]") {
  const Bytes octets = hex(kSaInitRequest);
  const FieldNode tree = field_tree(octets);
  const FieldNode* id = find_field(tree, "SA/Proposal[0]/Transform[1]/Transform ID");
  REQUIRE(id);
  CHECK(id->offset == 28 + 4 + 8 + 12 + 6);
  CHECK(id->size == 2);
  CHECK(field_number(octets, *id) == 3);
  const FieldNode* data = find_field(tree, "Nonce/Nonce Data");
  REQUIRE(data);
  CHECK(data->offset + data->size == octets.size());
  CHECK_FALSE(field_number(octets, *data));  // 32 octets are no number
}

TEST_CASE("field tree: paths", "[wire][field_tree]") {
  const FieldNode tree = field_tree(sa_init_request().octets());
  CHECK(find_field(tree, "sa/proposal/transform[2]/transform_id") ==
        find_field(tree, "SA[0]/Proposal[0]/Transform[2]/Transform ID"));
  CHECK(find_field(tree, "Notify[1]") == find_field(tree, "Notify[NAT_DETECTION_DESTINATION_IP]"));
  CHECK(find_field(tree, "SA/Proposal/Transform[ENCR]") == find_field(tree, "SA/Proposal/Transform[0]"));
  CHECK_FALSE(find_field(tree, "Notify[2]"));
  CHECK_FALSE(find_field(tree, "Notify[COOKIE]"));
  CHECK_FALSE(find_field(tree, "SA/Proposal/Transfrom"));
  CHECK_FALSE(find_field(tree, ""));
  CHECK_FALSE(find_field(tree, "SA[0"));
  CHECK(known_fields(tree, "Nonce/Noncedata") ==
        std::vector<std::string>{"Next Payload", "Critical", "RESERVED", "Payload Length", "Nonce Data"});
  CHECK(known_fields(tree, "Nounce") == std::vector<std::string>{"HDR", "SA", "KE", "Nonce", "Notify"});
}

TEST_CASE("field tree: fields are changed in place", "[wire][field_tree]") {
  Bytes octets = sa_init_request().octets();
  const FieldNode tree = field_tree(octets);
  const auto set = [&](std::string_view path, std::uint64_t number) {
    const FieldNode* field = find_field(tree, path);
    REQUIRE(field);
    return set_field_number({octets.data(), octets.size()}, *field, number);
  };
  CHECK(set("HDR/Version/Minor Version", 3));
  CHECK(set("KE/Critical", 1));
  CHECK(set("KE/RESERVED", 0x55));
  CHECK(set("SA/Proposal/Transform/Attribute/Attribute Value", 192));
  CHECK(set("HDR/IKE SA Responder's SPI", 0xfedcba9876543210));
  CHECK_FALSE(set("KE/Critical", 2));
  CHECK_FALSE(set("KE/Payload Length", 65536));
  CHECK_FALSE(set("Nonce/Nonce Data", 1));

  const auto message = Message::parse(octets);
  REQUIRE(message);
  CHECK(message->header.version == 0x23);
  CHECK(message->header.spis.r.value == 0xfedcba9876543210);
  CHECK(message->payloads[1].critical);
  CHECK(message->payloads[1].reserved == 0x55);
  CHECK(find<SecurityAssociation>(message->payloads)->proposals[0].transforms[0].key_length() == 192);
}

TEST_CASE("field tree: a plaintext with a base", "[wire][field_tree]") {
  const Bytes octets = serialise_chain(auth_request_payloads());
  const FieldNode tree = field_tree(PayloadType::IDi, octets, 48);
  const FieldNode* type = find_field(tree, "IDi/ID Type");
  REQUIRE(type);
  CHECK(type->offset == 48 + 4);
  CHECK(field_number(octets, *type, 48) == 2);
  CHECK_FALSE(field_number(octets, *type, 100));
  CHECK(value_at(tree, "TSi/Traffic Selector") == "10.1.0.0-10.1.255.255");
  CHECK(value_at(tree, "SA/Proposal/SPI") == "01020304");
}

TEST_CASE("field tree: what is wrong is marked where it stands", "[wire][field_tree]") {
  Bytes octets = sa_init_request().octets();
  const FieldNode sound = field_tree(octets);
  set_field_number({octets.data(), octets.size()}, *find_field(sound, "SA/Proposal/Num Transforms"), 9);
  set_field_number({octets.data(), octets.size()}, *find_field(sound, "KE/Payload Length"), 2000);
  const FieldNode tree = field_tree(octets);
  CHECK(find_field(tree, "SA/Proposal/Num Transforms")->fault == "4 follow");
  const FieldNode* ke = find_field(tree, "KE");
  CHECK(find_field(tree, "KE/Payload Length")->fault == std::to_string(ke->size) + " octets left");
  CHECK(ke->offset + ke->size == octets.size());  // it takes what is left
  CHECK(find_field(tree, "Nonce")->size == 0);
  CHECK(find_field(tree, "Nonce")->fault == "announced, but not there");
}

TEST_CASE("field tree: octets that no field takes", "[wire][field_tree]") {
  Bytes octets = sa_init_request().octets();
  append(octets, hex("abcd"));
  const FieldNode tree = field_tree(octets);
  CHECK(value_at(tree, "Trailing") == "abcd");
  CHECK(has_fault(tree));
  CHECK(first_uncovered(tree, octets.size()) == octets.size());
}

TEST_CASE("field tree: truncated at every octet, each octet is covered", "[wire][field_tree]") {
  Message message = sa_init_request();
  for (const Payload& payload : auth_request_payloads()) message.payloads.push_back(payload);
  Configuration cp{CfgType::CFG_REPLY, {}, {{false, CfgAttribute::INTERNAL_IP4_ADDRESS, hex("0a000001")}}};
  message.payloads.push_back({cp});
  message.payloads.push_back({Eap{EapCode::Request, 1, EapType::Identity, {}}});
  message.payloads.push_back({Delete::child_sas(ProtocolId::ESP, std::vector{ChildSpi{1}, ChildSpi{2}})});
  const Bytes octets = message.octets();
  for (std::size_t size = 0; size <= octets.size(); ++size) {
    const BytesView cut = BytesView(octets).first(size);
    CHECK(first_uncovered(field_tree(cut), size) == size);
    CHECK(has_fault(field_tree(cut)) == (size < octets.size()));
  }
}

TEST_CASE("field tree: any octet changed, the tree and the parser stay with the octets", "[wire][field_tree]") {
  const Bytes octets = sa_init_request().octets();
  SeededRandom random(7);
  for (std::size_t at = 0; at < octets.size(); ++at) {
    Bytes changed = octets;
    changed[at] = static_cast<std::uint8_t>(random.u32());
    CHECK(first_uncovered(field_tree(changed), changed.size()) == changed.size());
    const auto message = Message::parse(changed);
    REQUIRE(message);
    if (message->faults.empty()) CHECK(equal(message->octets(), changed));
  }
}

TEST_CASE("field tree: as text", "[wire][field_tree]") {
  const std::string lines = text(field_tree(PayloadType::Nonce, hex("00000008 01020304")));
  CHECK(lines ==
        "    0     8  Payloads\n"
        "    0     8    Nonce\n"
        "    0     1      Next Payload: None (0)\n"
        "    1     1      Critical: 0\n"
        "    1     1      RESERVED: 0\n"
        "    2     2      Payload Length: 8\n"
        "    4     4      Nonce Data: 01020304\n");
}
