#include <catch2/catch.hpp>

#include "engine/wire/describe.hpp"
#include "engine/wire/message.hpp"
#include "scenarios/format/relative_number.hpp"
#include "scenarios/runner/chosen_random.hpp"
#include "scenarios/runner/mutate.hpp"
#include "scenarios/runner/scenario_tap.hpp"

using namespace ikevet;
using namespace ikevet::scenarios;
using Catch::Matchers::Contains;
using wire::ExchangeType;
using wire::PayloadType;

namespace {

PayloadSelector any(PayloadType type, std::size_t index = 0) { return {type, std::nullopt, index}; }

sa::OutboundMessage sa_init() {
  sa::OutboundMessage out;
  out.header.spis.i = IkeSpi{0x0102030405060708};
  out.header.exchange = ExchangeType::IKE_SA_INIT;
  out.header.flags = wire::kFlagInitiator;
  wire::Proposal proposal;
  proposal.protocol = wire::ProtocolId::IKE;
  proposal.transforms = {wire::Transform::of(wire::EncrId::ENCR_AES_CBC, std::uint16_t{256}),
                         wire::Transform::of(wire::DhGroup::CURVE25519)};
  out.payloads = {{wire::SecurityAssociation{{proposal}}, false, 0},
                  {wire::KeyExchange{wire::DhGroup::CURVE25519, 0, Bytes(32, 5)}, false, 0},
                  {wire::Nonce{Bytes(32, 7)}, false, 0},
                  {wire::Notify::of(wire::NotifyType::COOKIE, Bytes(4, 9)), false, 0}};
  return out;
}

wire::Message as_message(const sa::OutboundMessage& m) {
  return wire::Message::parse(wire::Message{m.header, m.payloads, {}, {}}.octets()).value();
}

std::string notation(const sa::OutboundMessage& m) { return wire::describe(as_message(m)); }

/// What is left of an honest IKE_SA_INIT after one alteration that must succeed.
sa::OutboundMessage altered(const MutationAction& action) {
  sa::OutboundMessage m = sa_init();
  const CannotAlter why = alter_values(action, m);
  INFO(why.value_or(""));
  CHECK_FALSE(why);
  return m;
}

}  // namespace

TEST_CASE("values: payloads come, go and move", "[runner][mutate]") {
  CHECK(notation(sa_init()) == "HDR, SAi1, KEi, Ni, N(COOKIE)");
  CHECK(notation(altered(AppendPayload{200, true, Bytes(4, 1), std::nullopt})) ==
        "HDR, SAi1, KEi, Ni, N(COOKIE), payload 200");
  CHECK(notation(altered(AppendPayload{200, false, {}, 0})) == "HDR, payload 200, SAi1, KEi, Ni, N(COOKIE)");
  CHECK(notation(altered(AppendNotify{wire::NotifyType::INITIAL_CONTACT, {}})) ==
        "HDR, SAi1, KEi, Ni, N(COOKIE), N(INITIAL_CONTACT)");
  CHECK(notation(altered(RemovePayload{any(PayloadType::KE)})) == "HDR, SAi1, Ni, N(COOKIE)");
  CHECK(notation(altered(DoublePayload{any(PayloadType::Nonce)})) == "HDR, SAi1, KEi, Ni, Ni, N(COOKIE)");
  CHECK(notation(altered(MovePayload{any(PayloadType::Nonce), 0})) == "HDR, Ni, SAi1, KEi, N(COOKIE)");
  CHECK(notation(altered(RemovePayload{{PayloadType::Notify, wire::NotifyType::COOKIE, 0}})) == "HDR, SAi1, KEi, Ni");
}

TEST_CASE("values: bits of the generic header", "[runner][mutate][rfc7296-3.2]") {
  CHECK(altered(SetCritical{any(PayloadType::KE), true}).payloads[1].critical);
  CHECK(altered(SetPayloadReserved{any(PayloadType::KE), 0x7f}).payloads[1].reserved == 0x7f);
  CHECK(altered(AppendPayload{200, true, {}, std::nullopt}).payloads.back().critical);
}

TEST_CASE("values: a body of any octets keeps its type", "[runner][mutate]") {
  const auto m = altered(ReplacePayload{any(PayloadType::SA), Bytes(3, 0xff)});
  CHECK(m.payloads[0].type() == PayloadType::SA);
  CHECK(std::holds_alternative<wire::Malformed>(m.payloads[0].body));
  CHECK(to_hex(wire::serialise_chain(std::span(m.payloads).first(1))) == "00000007ffffff");
}

TEST_CASE("values: fields by the RFC's names", "[runner][mutate]") {
  CHECK(altered(SetField{"HDR/Message ID", {}, 4096}).header.message_id.value == 4096);
  CHECK(altered(SetField{"HDR/Version/Major Version", {}, 3}).header.version == 0x30);
  CHECK(altered(FlipBits{"HDR/Flags", Bytes{0xd7}}).header.flags == (wire::kFlagInitiator ^ 0xd7));
  CHECK(
      std::get<wire::KeyExchange>(altered(SetField{"KE/RESERVED[1]", Bytes(2, 0xff), {}}).payloads[1].body).reserved ==
      0xffff);
  const auto m = altered(SetField{"SA/Proposal[0]/Transform[1]/Transform ID", {}, 14});
  CHECK(std::get<wire::SecurityAssociation>(m.payloads[0].body).proposals[0].transforms[1].id == 14);
  const auto cookie = altered(FlipBits{"Notify[COOKIE]/Notification Data", Bytes{0xff}});
  CHECK(to_hex(std::get<wire::Notify>(cookie.payloads[3].body).data) == "f6090909");
}

TEST_CASE("values: a field of another size puts the lengths around it right", "[runner][mutate]") {
  const auto shorter = altered(ResizeField{"Nonce/Nonce Data", 8});
  CHECK(std::get<wire::Nonce>(shorter.payloads[2].body).data == Bytes(8, 7));
  const auto longer = altered(ResizeField{"Nonce/Nonce Data", 300});
  CHECK(std::get<wire::Nonce>(longer.payloads[2].body).data == Bytes(300, 7));
  CHECK(as_message(longer).faults.empty());
  const auto cookie = altered(SetField{"Notify[COOKIE]/Notification Data", Bytes(9, 2), {}});
  CHECK(std::get<wire::Notify>(cookie.payloads[3].body).data == Bytes(9, 2));
  const auto spi = altered(SetField{"Notify[COOKIE]/Security Parameter Index (SPI)", Bytes(4, 3), {}});
  CHECK(std::get<wire::Notify>(spi.payloads[3].body).spi == Bytes(4, 3));
  CHECK(as_message(spi).faults.empty());
}

TEST_CASE("values: payloads that were not meant keep their typed form", "[runner][mutate]") {
  sa::OutboundMessage m = sa_init();
  m.payloads.push_back({wire::Authentication{wire::AuthMethod::SHARED_KEY_MIC, {}, {}}, false, 0});
  CHECK_FALSE(alter_values(SetField{"Nonce/Nonce Data", Bytes(32, 1), {}}, m));
  CHECK(wire::find<wire::Authentication>(m.payloads));  // still empty, for the engine to compute
}

TEST_CASE("octets: before and after integrity", "[runner][mutate]") {
  const sa::OutboundMessage m = sa_init();
  Bytes inner = wire::serialise_chain(m.payloads);
  const std::size_t size = inner.size();
  CHECK_FALSE(alter_plaintext(SetField{"Nonce/Payload Length", {}, 3}, PayloadType::SA, inner));
  CHECK_FALSE(alter_plaintext(Truncate{4}, PayloadType::SA, inner));
  CHECK(inner.size() == size - 4);

  const Bytes honest = as_message(m).octets();
  Bytes octets = honest;
  CHECK_FALSE(alter_message(SetField{"HDR/Length", {}, 20}, octets));
  CHECK(octets[27] == 20);
  octets = honest;
  CHECK_FALSE(alter_message(FlipBits{"", Bytes{0xff}}, octets));
  CHECK(octets[0] == (honest[0] ^ 0xff));
  CHECK_FALSE(alter_message(AppendOctets{Bytes(3, 1)}, octets));
  CHECK(octets.size() == honest.size() + 3);
  CHECK_FALSE(alter_message(RawMessage{Bytes(2, 9)}, octets));
  CHECK(octets == Bytes(2, 9));
}

TEST_CASE("what cannot be altered is named with what there is", "[runner][mutate]") {
  sa::OutboundMessage m = sa_init();
  CHECK_THAT(alter_values(RemovePayload{any(PayloadType::CERT)}, m).value(), Contains("CERT") && Contains("SA, KE"));
  CHECK_THAT(alter_values(RemovePayload{any(PayloadType::KE, 1)}, m).value(), Contains("place 1"));
  CHECK_THAT(alter_values(SetField{"KE/Groop", {}, 1}, m).value(), Contains("Groop") && Contains("Key Exchange Data"));
  CHECK_THAT(alter_values(SetField{"HDR/Message ID", {}, 1ULL << 40}, m).value(), Contains("does not fit"));
  CHECK_THAT(alter_values(ResizeField{"HDR/IKE SA Initiator's SPI", 4}, m).value(), Contains(""));
  Bytes octets(30, 1);
  CHECK_THAT(alter_message(Truncate{31}, octets).value(), Contains("there are 30"));
  CHECK_THAT(alter_message(RemovePayload{any(PayloadType::KE)}, octets).value(), Contains("values"));
  CHECK(wire::Message{m.header, m.payloads, {}, {}} == wire::Message{sa_init().header, sa_init().payloads, {}, {}});
}

TEST_CASE("the tap alters the next message of its exchange, and no other", "[runner][mutate]") {
  ScenarioTap tap([](const auto&, const auto&) { return std::nullopt; }, [](const auto&) { return std::nullopt; },
                  [](const auto&, auto) {});
  const auto pass = [&](bool response) {
    sa::OutboundMessage m = sa_init();
    if (response) m.header.flags = wire::kFlagResponse;
    tap.on_payloads(m);
    Bytes octets = wire::Message{m.header, m.payloads, {}, {}}.octets();
    tap.on_message(m, octets);
    return octets;
  };
  const Bytes honest = pass(false);
  tap.arm({ExchangeType::IKE_SA_INIT,
           false,
           {{Layer::Values, RemovePayload{any(PayloadType::KE)}}, {Layer::AfterIntegrity, AppendOctets{Bytes(2, 1)}}},
           false});
  pass(true);
  CHECK_FALSE(tap.made());
  const Bytes damaged = pass(false);
  CHECK(damaged.size() == honest.size() - 40 + 2);
  CHECK(pass(false) == honest);
  const auto made = tap.disarm();
  REQUIRE(made);
  CHECK(made->altered);
  CHECK(made->failure.empty());
  CHECK_FALSE(tap.disarm());
}

TEST_CASE("with `once` the engine keeps the honest message", "[runner][mutate]") {
  Bytes kept, sent;
  ScenarioTap tap([](const auto&, const auto&) { return std::nullopt; }, [](const auto&) { return std::nullopt; },
                  [&](const Bytes& honest, Bytes altered) {
                    kept = honest;
                    sent = std::move(altered);
                  });
  tap.arm({ExchangeType::IKE_SA_INIT, false, {{Layer::Values, SetField{"HDR/Message ID", {}, 7}}}, true});
  sa::OutboundMessage m = sa_init();
  tap.on_payloads(m);
  Bytes octets = wire::Message{m.header, m.payloads, {}, {}}.octets();
  const Bytes before = octets;
  tap.on_message(m, octets);
  CHECK(octets == before);
  CHECK(kept == before);
  CHECK(wire::Message::parse(sent)->header.message_id.value == 7);
}

TEST_CASE("a field is changed by a number, and wraps round", "[runner][mutate]") {
  sa::OutboundMessage m = sa_init();
  CHECK_FALSE(alter_values(change_by("HDR/Message ID", 3), m));
  CHECK(m.header.message_id.value == 3);
  CHECK_FALSE(alter_values(change_by("HDR/Message ID", -4), m));
  CHECK(m.header.message_id.value == 0xffffffff);
  CHECK_FALSE(alter_values(change_by("HDR/Version/Minor Version", -1), m));
  CHECK(m.header.minor() == 15);
  CHECK_THAT(alter_values(change_by("KE/Key Exchange Data", 1), m).value(), Contains("no number"));
}

TEST_CASE("the parts of SK have names where the algorithms are known", "[runner][mutate]") {
  wire::Message message{sa_init().header, {{wire::Encrypted{PayloadType::None, Bytes(64, 7)}, false, 0}}, {}, {}};
  Bytes octets = message.octets();
  const auto dissect = [](BytesView of) {
    wire::FieldNode tree = wire::field_tree(of);
    name_parts_of_sk(tree, {16, 12, 16});
    return tree;
  };
  const std::size_t body = octets.size() - 64;
  CHECK_FALSE(alter_message(FlipBits{"SK/Initialization Vector", Bytes(64, 0xff)}, octets, dissect));
  CHECK(octets[body + 15] == 0xf8);
  CHECK(octets[body + 16] == 7);
  CHECK_FALSE(alter_message(SetField{"SK/Integrity Checksum Data", Bytes(12, 1), {}}, octets, dissect));
  CHECK(octets[octets.size() - 13] == 7);
  CHECK(octets[octets.size() - 12] == 1);
  CHECK_THAT(alter_message(FlipBits{"SK/Initialization Vector", Bytes(1, 1)}, octets).value(), Contains("no field"));
}

TEST_CASE("padding is lengthened as far as it aligns, and Pad Length follows or lies", "[runner][mutate]") {
  sa::Plaintext plaintext{Bytes(20, 1), {}};
  CHECK_FALSE(alter_padding(ResizeField{"SK/Padding", 255}, plaintext, 16));
  REQUIRE(plaintext.padding);
  CHECK(plaintext.padding->size() == 252);  // 20 + 252 = 17 * 16
  CHECK(plaintext.padding->back() == 251);
  CHECK_FALSE(alter_padding(change_by("SK/Pad Length", 2), plaintext, 16));
  CHECK(plaintext.padding->back() == 253);
  CHECK_FALSE(alter_padding(SetField{"SK/Padding", Bytes(11, 9), {}}, plaintext, 16));
  CHECK(*plaintext.padding == cat(Bytes(11, 9), Bytes(1, 11)));
  CHECK_THAT(alter_padding(SetField{"SK/Padding", Bytes(10, 9), {}}, plaintext, 16).value(),
             Contains("multiple of 16"));
  CHECK_THAT(alter_padding(ResizeField{"SK/Padding", 5}, plaintext, 16).value(), Contains("aligns"));
}

TEST_CASE("what SK would hold can stand in clear, and the engine keeps the protected message", "[runner][mutate]") {
  Bytes sent;
  ScenarioTap tap([](const auto&, const auto&) { return std::nullopt; }, [](const auto&) { return std::nullopt; },
                  [&](const Bytes&, Bytes altered) { sent = std::move(altered); });
  tap.arm({ExchangeType::IKE_SA_INIT, false, {{Layer::Values, RemovePayload{any(PayloadType::SK)}}}, true});
  sa::OutboundMessage m = sa_init();
  m.encrypted = true;
  tap.on_payloads(m);
  Bytes octets(40, 0);
  tap.on_message(m, octets);
  CHECK(wire::Message::parse(sent)->payloads == m.payloads);
  CHECK(tap.disarm()->failure.empty());
}

TEST_CASE("a nonce is chosen among the draws of its size", "[runner]") {
  ChosenRandom random(std::make_unique<SeededRandom>(1));
  SeededRandom plain(1);
  random.choose(Bytes(32, 0xab), 1);
  CHECK(random.bytes(8) == plain.bytes(8));
  CHECK(random.bytes(32) == plain.bytes(32));
  CHECK(random.bytes(32) == Bytes(32, 0xab));
  plain.bytes(32);
  CHECK(random.bytes(32) == plain.bytes(32));
  random.choose(Bytes(32, 1), 0);
  random.forget();
  CHECK(random.bytes(32) == plain.bytes(32));
}
