#include <catch2/catch.hpp>

#include "engine/wire/describe.hpp"
#include "scenarios/runner/extension_setup.hpp"
#include "scenarios/runner/peer_setup.hpp"
#include "scenarios/runner/proposal_strings.hpp"

using namespace ikevet;
using namespace ikevet::scenarios;
using Catch::Matchers::Contains;
using wire::TransformType;

namespace {

std::vector<std::uint16_t> ids(const wire::Proposal& proposal, TransformType type) {
  std::vector<std::uint16_t> out;
  for (const wire::Transform& transform : proposal.transforms)
    if (transform.type == type) out.push_back(transform.id);
  return out;
}

std::vector<std::uint16_t> numbers(std::initializer_list<unsigned> list) { return {list.begin(), list.end()}; }

template <class Parse>
std::string complaint(Parse parse) {
  try {
    parse();
  } catch (const SetupError& error) {
    return error.what();
  }
  return "";
}

Target a_target() {
  Target target;
  target.file = "t.json";
  target.harness_identity = "fqdn:harness.test";
  target.dut_identity = "fqdn:dut.test";
  target.psk = "secret";
  target.ike_proposals = {"aes256gcm16-prfsha256-x25519"};
  target.child_proposals = {"aes256gcm16"};
  target.harness_ts = {"10.1.0.0/24"};
  target.dut_ts = {"10.2.0.0/24", "2001:db8::/32"};
  return target;
}

}  // namespace

TEST_CASE("additional key exchanges in words", "[runner][rfc9370-2.2.1]") {
  const wire::Proposal p =
      parse_ike_proposal("aes256gcm16-prfsha256-x25519-ke1_mlkem768-ke1_mlkem1024-ke7_none-ke7_x448");
  CHECK(ids(p, TransformType::KE) == numbers({31}));
  CHECK(ids(p, TransformType::ADDKE1) == numbers({36, 37}));
  CHECK(ids(p, TransformType::ADDKE7) == numbers({0, 32}));
  CHECK(ids(parse_child_proposal("aes256gcm16-x25519-ke2_mlkem512"), TransformType::ADDKE2) == numbers({35}));
  CHECK_THAT(complaint([] { parse_child_proposal("aes256gcm16-ke2_mlkem512"); }), Contains("first key exchange"));
  for (const char* word : {"ke0_x448", "ke8_x448", "ke1_", "ke1_aes256", "ke1x448"})
    CHECK_THAT(complaint([&] { parse_ike_proposal("aes256gcm16-prfsha256-x25519-" + std::string(word)); }),
               Contains("no algorithm"));
}

TEST_CASE("an IKE proposal in words", "[runner][rfc7296-3.3.3]") {
  const wire::Proposal p = parse_ike_proposal("aes256-aes128-sha256-sha1-x25519-ecp256");
  CHECK(p.protocol == wire::ProtocolId::IKE);
  CHECK(ids(p, TransformType::ENCR) == numbers({12, 12}));
  CHECK(p.transforms[0].key_length() == 256);
  CHECK(p.transforms[1].key_length() == 128);
  CHECK(ids(p, TransformType::PRF) == numbers({5, 2}));  // those beside the integrity algorithms
  CHECK(ids(p, TransformType::INTEG) == numbers({12, 2}));
  CHECK(ids(p, TransformType::KE) == numbers({31, 19}));

  const wire::Proposal aead = parse_ike_proposal("aes256gcm16-prfsha384-modp2048");
  CHECK(ids(aead, TransformType::INTEG).empty());
  CHECK(ids(aead, TransformType::PRF) == numbers({6}));
}

TEST_CASE("a Child SA proposal in words", "[runner]") {
  const wire::Proposal p = parse_child_proposal("aes256-sha256-ecp256");
  CHECK(p.protocol == wire::ProtocolId::ESP);
  CHECK(ids(p, TransformType::KE) == numbers({19}));
  CHECK(ids(p, TransformType::ESN) == numbers({0}));
  CHECK(ids(parse_child_proposal("aes128gcm16-esn-noesn"), TransformType::ESN) == numbers({1, 0}));
}

TEST_CASE("proposals that make no sense are refused with what would do", "[runner]") {
  CHECK_THAT(complaint([] { parse_ike_proposal("aes257-sha256-x25519"); }),
             Contains("aes257") && Contains("aes256gcm16"));
  CHECK_THAT(complaint([] { parse_ike_proposal("aes256-sha256"); }), Contains("Diffie-Hellman group"));
  CHECK_THAT(complaint([] { parse_ike_proposal("aes256gcm16-x25519"); }), Contains("no prf"));
  CHECK_THAT(complaint([] { parse_ike_proposal("aes256-x25519"); }), Contains("no integrity algorithm"));
  CHECK_THAT(complaint([] { parse_ike_proposal("aes256gcm16-aes256-sha256-x25519"); }), Contains("two proposals"));
  CHECK_THAT(complaint([] { parse_ike_proposal("aes256gcm16-sha256-prfsha256-x25519"); }), Contains("RFC 5282"));
  CHECK_THAT(complaint([] { parse_ike_proposal("aes256-sha256-x25519-esn"); }), Contains("Child SAs"));
  CHECK_THAT(complaint([] { parse_child_proposal("aes256gcm16-prfsha256"); }), Contains("no prf"));
  CHECK_THAT(complaint([] { parse_ike_proposal(""); }), Contains("no algorithm"));
}

TEST_CASE("identities", "[runner][rfc7296-3.5]") {
  CHECK(parse_identity("fqdn:dut.test") == sa::Identity::fqdn("dut.test"));
  CHECK(parse_identity("email:a@b.test").type == wire::IdType::ID_RFC822_ADDR);
  CHECK(to_hex(parse_identity("ipv4:192.0.2.1").data) == "c0000201");
  CHECK(parse_identity("ipv6:2001:db8::1").data.size() == 16);
  CHECK(to_hex(parse_identity("keyid:0a0B").data) == "0a0b");
  CHECK_THAT(complaint([] { parse_identity("dut.test"); }), Contains("fqdn:"));
  CHECK_THAT(complaint([] { parse_identity("ipv4:2001:db8::1"); }), Contains("not an address"));
  CHECK_THAT(complaint([] { parse_identity("keyid:xyz"); }), Contains("hexadecimal"));
}

TEST_CASE("traffic selectors", "[runner][rfc7296-3.13.1]") {
  CHECK(parse_traffic_selector("10.1.0.0/24").text() == "10.1.0.0-10.1.0.255");
  CHECK(parse_traffic_selector("192.0.2.9").start() == parse_traffic_selector("192.0.2.9").end());
  CHECK(parse_traffic_selector("0.0.0.0/0").text() == "0.0.0.0-255.255.255.255");
  for (const char* bad : {"10.1.0.0/33", "10.1.0/24", "10.1.0.0/", "10.1.0.0/2x", "net"})
    CHECK_THAT(complaint([&] { parse_traffic_selector(bad); }), Contains("10.1.0.0/24"));
}

TEST_CASE("a target becomes a configuration of either side", "[runner]") {
  const Target target = a_target();
  const sa::Config ours = harness_config(target);
  const sa::Config theirs = dut_config(target);
  CHECK(ours.local_id == *theirs.remote_id);
  CHECK(theirs.local_id == *ours.remote_id);
  CHECK(ours.psk == theirs.psk);
  CHECK(ours.local_ts == theirs.remote_ts);
  CHECK(ours.remote_ts.size() == 2);
  CHECK_FALSE(ours.cookie_threshold);
  CHECK(harness_config(target, {}, 3.0).retransmission.first == std::chrono::seconds(3));
}

TEST_CASE("a scenario's overrides replace the target's values", "[runner]") {
  ConfigOverrides overrides;
  overrides.ike_proposals = {"aes128-sha1-modp2048-ecp256"};
  overrides.psk = "other";
  overrides.demand_cookie = true;
  overrides.ke_group = "ecp256";
  overrides.remote_ts = {"203.0.113.0/24"};
  overrides.nonce_size = 256;
  const sa::Config config = harness_config(a_target(), overrides);
  CHECK(config.nonce_size == 256);
  CHECK(config.psk == SecretBytes(as_bytes("other")));
  CHECK(config.cookie_threshold == 0);
  CHECK(config.first_ke_group == wire::DhGroup::ECP_256);
  CHECK(config.remote_ts.size() == 1);
  CHECK(config.ike_proposals.size() == 1);
}

TEST_CASE("a target's `config` of either end goes before its values, and a scenario's before both", "[runner]") {
  Target target = a_target();
  target.harness_config.psk = "of the target";
  target.harness_config.demand_cookie = true;
  target.harness_config.local_id = "email:h@harness.test";
  target.dut_config.ke_group = "ecp256";
  ConfigOverrides scenario;
  scenario.psk = "of the scenario";
  const sa::Config ours = harness_config(target, scenario);
  CHECK(ours.psk == SecretBytes(as_bytes("of the scenario")));
  CHECK(ours.cookie_threshold == 0);
  CHECK(ours.local_id == parse_identity("email:h@harness.test"));
  CHECK(dut_config(target).first_ke_group == wire::DhGroup::ECP_256);
  CHECK_FALSE(dut_config(target).cookie_threshold);
  scenario.demand_cookie = false;
  CHECK_FALSE(harness_config(target, scenario).cookie_threshold);
}

TEST_CASE("the built-in device gives up within the target's time", "[runner]") {
  Target target = a_target();
  target.give_up_time = std::chrono::seconds(10);
  const sa::Retransmission policy = dut_config(target).retransmission;
  Duration total{}, wait = policy.first;
  for (int i = 0; i <= policy.attempts; ++i, wait = scale(wait, policy.factor)) total += std::min(wait, policy.longest);
  CHECK(total < target.give_up_time);
  CHECK(total > target.give_up_time / 2);
}

TEST_CASE("an unusable value is named with file, member and remedy", "[runner]") {
  Target target = a_target();
  target.ike_proposals = {"aes999-sha256-x25519"};
  CHECK_THAT(complaint([&] { harness_config(target); }),
             Contains("t.json: ike_proposals:") && Contains("aes999") && Contains("known are"));
  target = a_target();
  target.dut_ts.clear();
  CHECK_THAT(complaint([&] { harness_config(target); }), Contains("give at least one"));
}

TEST_CASE("Options of Child SAs, configuration and extensions reach the engine", "[scenarios][setup]") {
  const Bytes subnet = *from_hex("0a020000 ffffff00");
  CHECK(parse_attribute("INTERNAL_IP4_SUBNET 10.2.0.0/24").value == subnet);
  CHECK(parse_attribute("INTERNAL_IP6_ADDRESS 2001:db8::1/64").value.size() == 17);
  CHECK(parse_attribute("INTERNAL_IP4_ADDRESS").value.empty());
  CHECK_THROWS_AS(parse_attribute("INTERNAL_IP4_ADRESS"), SetupError);
  CHECK_THROWS_AS(parse_attribute("INTERNAL_IP4_DNS nonsense"), SetupError);
  CHECK_THROWS_AS(parse_range("10.3.0.9-10.3.0.1"), SetupError);

  sa::Config out;
  ExtensionOverrides extensions;
  extensions.childless = "prefer";
  extensions.redirect_to = "192.0.2.9";
  extensions.redirect_in = "IKE_AUTH";
  extensions.puzzle_in_init = 9;
  apply_extensions(extensions, out);
  CHECK(out.extensions.childless == sa::Childless::Prefer);
  CHECK(out.extensions.redirect.to == sa::GatewayIdentity::of(*IpAddress::parse("192.0.2.9")));
  CHECK(out.extensions.redirect.when == sa::RedirectOptions::When::Auth);
  CHECK(out.extensions.puzzle.init_difficulty == 9);
  ChildOverrides child;
  child.transport_mode = true;
  child.ipcomp = {{"deflate", "lzs"}};
  child.trigger_packet = {{"10.1.0.5", "10.2.0.9"}};
  apply_child(child, out);
  CHECK(out.transport_mode);
  CHECK(out.child.ipcomp.size() == 2);
  CHECK(out.child.trigger_packet);
}

TEST_CASE("AH is written ah-sha256", "[scenarios][setup]") {
  const auto ah = parse_child_proposal("ah-sha256-esn-noesn");
  CHECK(ah.protocol == wire::ProtocolId::AH);
  CHECK(ids(ah, TransformType::INTEG) == numbers({12}));
  CHECK(ids(ah, TransformType::ESN) == numbers({1, 0}));
  CHECK(ids(ah, TransformType::ENCR).empty());
  CHECK_THROWS_AS(parse_child_proposal("ah-aes256-sha256"), SetupError);
  CHECK_THROWS_AS(parse_child_proposal("ah-esn"), SetupError);
}
