#include "engine/wire/message.hpp"

#include "engine/wire/describe.hpp"
#include "tests/unit/wire/octets.hpp"
#include "tests/unit/wire/sample_messages.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

namespace {

Message parse(BytesView octets) {
  auto message = Message::parse(octets);
  REQUIRE(message);
  return *message;
}

/// What is wrong with these octets, one line for each fault.
std::string faults(BytesView octets) {
  std::string out;
  for (const ParseError& fault : parse(octets).faults) out += fault.text() + "\n";
  return out;
}

}  // namespace

TEST_CASE("message: an IKE_SA_INIT request of a third party", "[wire][message][rfc7296-3.1]") {
  const Bytes octets = hex(kSaInitRequest);
  const Message message = parse(octets);
  CHECK(message.faults.empty());
  CHECK(message.header.spis.i.value == 0x54c184961bc3fd77);
  CHECK(message.header.spis.r.is_zero());
  CHECK(message.header.exchange == ExchangeType::IKE_SA_INIT);
  CHECK(message.header.is_request());
  CHECK(message.header.is_from_original_initiator());
  CHECK(message.header.major() == 2);
  CHECK(message.header.minor() == 0);
  CHECK(message.header.length == 256);
  REQUIRE(message.payloads.size() == 3);
  CHECK(find<SecurityAssociation>(message.payloads)->proposals.at(0).transforms.size() == 5);
  CHECK(equal(message.octets(), octets));
}

TEST_CASE("message: values come back from their octets", "[wire][message]") {
  for (Message sent : {sa_init_request(), auth_request(), Message{}}) {
    const Bytes octets = sent.octets();
    const Message received = parse(octets);
    CHECK(received.faults.empty());
    CHECK(received.payloads == sent.payloads);
    CHECK(received.header.length == octets.size());
    CHECK(received.header.next_payload == first_type(sent.payloads));
  }
}

TEST_CASE("message: fewer octets than a header are an error", "[wire][message]") {
  const Bytes octets = hex(kSaInitRequest);
  const auto message = Message::parse(BytesView(octets).first(27));
  REQUIRE_FALSE(message);
  CHECK(message.error() == ParseError{"Length", 24, "4 octets wanted, 3 left"});
  CHECK_FALSE(Message::parse({}));
}

TEST_CASE("message: a Length other than what came", "[wire][message]") {
  Bytes octets = sa_init_request().octets();
  const std::size_t size = octets.size();

  append(octets, hex("ffff"));
  CHECK(faults(octets) ==
        "Length at octet 24: " + std::to_string(size) + ", but " + std::to_string(size + 2) + " octets came\n");
  CHECK(to_hex(parse(octets).trailing) == "ffff");
  CHECK(parse(octets).payloads == sa_init_request().payloads);

  octets.resize(size - 1);
  const Message cut = parse(octets);
  REQUIRE(cut.faults.size() == 2);
  CHECK(cut.faults[0].field == "Length");
  CHECK(cut.faults[1].field == "Payload Length");
  CHECK(cut.payloads.size() == 5);
  CHECK(std::holds_alternative<Malformed>(cut.payloads.back().body));

  Bytes tiny = sa_init_request().octets();
  tiny[26] = 0;
  tiny[27] = 27;
  CHECK(faults(tiny) == "Length at octet 24: 27, less than the header's own 28\n");
  CHECK(parse(tiny).payloads.size() == 5);
}

TEST_CASE("message: a payload that does not parse keeps its octets, and the next ones are read", "[wire][message]") {
  Bytes octets = sa_init_request().octets();
  octets[28 + 4 + 3] = 7;  // Proposal Length
  const Message message = parse(octets);
  REQUIRE(message.faults.size() == 1);
  CHECK(message.faults[0] == ParseError{"Proposal Length", 34, "7, at least 8 wanted"});
  REQUIRE(message.payloads.size() == 5);
  const auto& malformed = std::get<Malformed>(message.payloads[0].body);
  CHECK(malformed.type == PayloadType::SA);
  CHECK(malformed.why == message.faults[0]);
  CHECK(find<KeyExchange>(message.payloads));
  CHECK(equal(message.octets(), octets));  // nothing of it was lost
  CHECK(describe(message).starts_with("HDR, SA!, KEi, Ni"));
}

TEST_CASE("chain: unknown payloads, the critical bit and RESERVED bits are kept", "[wire][message][rfc7296-2.5]") {
  // Type 200 with all bits of the second octet, then one of type 1 that is empty.
  const Bytes octets = hex("01ff0006 abcd 00010004");
  const Chain chain = parse_chain(static_cast<PayloadType>(200), octets);
  CHECK(chain.faults.empty());
  REQUIRE(chain.payloads.size() == 2);
  CHECK(chain.payloads[0].critical);
  CHECK(chain.payloads[0].reserved == 0x7f);
  CHECK(std::get<Unknown>(chain.payloads[0].body) == Unknown{static_cast<PayloadType>(200), hex("abcd")});
  CHECK_FALSE(chain.payloads[1].critical);
  CHECK(chain.payloads[1].reserved == 1);
  CHECK(equal(serialise_chain(chain.payloads), octets));
}

TEST_CASE("chain: ends that do not fit", "[wire][message]") {
  const Chain announced = parse_chain(PayloadType::KE, hex("2800000a 001f0000 abcd"), 28);
  REQUIRE(announced.faults.size() == 1);
  CHECK(announced.faults[0] == ParseError{"Next Payload", 38, "Nonce announced, 0 octets left"});

  const Chain half_a_header = parse_chain(PayloadType::Nonce, hex("0000"));
  REQUIRE(half_a_header.faults.size() == 1);
  CHECK(half_a_header.payloads.empty());
  CHECK(to_hex(half_a_header.trailing) == "0000");

  const Chain not_announced = parse_chain(PayloadType::None, hex("00000004"));
  REQUIRE(not_announced.faults.size() == 1);
  CHECK(not_announced.faults[0].why == "none announced, but 4 octets follow");
}

TEST_CASE("chain: a length of zero does not go in circles", "[wire][message]") {
  const Chain chain = parse_chain(PayloadType::Notify, Bytes(4000, 0x29));
  CHECK(chain.payloads.size() == 1);
  const Chain zeros = parse_chain(PayloadType::Notify, hex("29000000 29000000"));
  CHECK(zeros.payloads.size() == 1);
  CHECK(zeros.faults.size() == 1);
}

TEST_CASE("payloads: finding them", "[wire][message]") {
  const Message message = sa_init_request();
  CHECK(find<KeyExchange>(message.payloads)->group == DhGroup::CURVE25519);
  CHECK_FALSE(find<Delete>(message.payloads));
  CHECK(notifies(message.payloads).size() == 2);
  CHECK(find_notify(message.payloads, NotifyType::NAT_DETECTION_SOURCE_IP));
  CHECK_FALSE(find_notify(message.payloads, NotifyType::COOKIE));
  CHECK_FALSE(find_error(message.payloads));
  const std::vector<Payload> refusal{{Notify::of(NotifyType::NO_PROPOSAL_CHOSEN)}};
  CHECK(find_error(refusal)->type == NotifyType::NO_PROPOSAL_CHOSEN);
}
