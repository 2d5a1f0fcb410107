#include "engine/wire/encrypted.hpp"

#include "tests/unit/wire/octets.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

TEST_CASE("SK: Next Payload is the first payload inside", "[wire][sk][rfc7296-3.14]") {
  // strongSwan 5.9.8, captures/peers/ss-ss-eap-mschapv2.pcap frame 6: SK {EAP}, AES-CBC-256, HMAC-SHA2-256-128.
  const Bytes octets = hex(
      "300000543b493527a82f76dcbebe9f162d85bab2e478ff985f182c272360a83424ea232d68c0421be3191cb8451ead2e74986b71fd867fe9"
      "b5272d38e77f4e74ce73658bc2be5524fb5d699ddfcb5e93783d65c8");
  const Chain chain = parse_chain(PayloadType::SK, octets);
  CHECK(chain.faults.empty());
  REQUIRE(chain.payloads.size() == 1);
  const auto* sk = find<Encrypted>(chain.payloads);
  REQUIRE(sk);
  CHECK(sk->first_inner == PayloadType::EAP);
  CHECK(sk->body.size() == 80);
  CHECK(equal(serialise_chain(chain.payloads), octets));
}

TEST_CASE("SKF: fragment 2 of 2, from a capture", "[wire][skf][rfc7383-2.5]") {
  // strongSwan 5.9.8, captures/peers/ss-ss-rsa.pcap frame 4, the first octets of the body.
  const Bytes octets = hex("00000018 0002 0002 ba5d1254e348289ebc3da9cc081d0a11");
  const Chain chain = parse_chain(PayloadType::SKF, octets);
  CHECK(chain.faults.empty());
  const auto* skf = find<EncryptedFragment>(chain.payloads);
  REQUIRE(skf);
  CHECK(skf->first_inner == PayloadType::None);
  CHECK(skf->fragment_number == 2);
  CHECK(skf->total_fragments == 2);
  const FieldNode tree = field_tree(PayloadType::SKF, octets);
  CHECK(find_field(tree, "SKF/Total Fragments")->value == "2");
}

TEST_CASE("SK, SKF: values come back from their octets", "[wire][sk]") {
  CHECK(round_trips(Encrypted{PayloadType::None, Bytes(100, 1)}));
  CHECK(round_trips(EncryptedFragment{PayloadType::None, 1, 65535, Bytes(40, 2)}));
  const std::vector<Payload> payloads{{EncryptedFragment{PayloadType::IDi, 1, 3, Bytes(40, 2)}}};
  CHECK(parse_chain(PayloadType::SKF, serialise_chain(payloads)).payloads == payloads);
}

TEST_CASE("SK, SKF: faults", "[wire][sk]") {
  CHECK(fault_in<EncryptedFragment>("0001 00").field == "Total Fragments");
  // RFC 7296 §3.14: nothing can follow SK, because its Next Payload speaks of what is inside.
  const Chain chain = parse_chain(PayloadType::SK, hex("28000008 aaaaaaaa 00000014"));
  REQUIRE(chain.faults.size() == 1);
  CHECK(chain.faults[0].field == "Next Payload");
  CHECK(chain.faults[0].offset == 8);
  CHECK(to_hex(chain.trailing) == "00000014");
}
