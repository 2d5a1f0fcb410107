// The configuration payload, alone and in IKE_AUTH, and the pool behind it.
#include "engine/sa/configuration.hpp"

#include <catch2/catch.hpp>

#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::sa;
using wire::CfgAttribute;
using wire::CfgType;
using wire::ConfigurationAttribute;
using wire::NotifyType;

namespace {

IpAddress ip(const char* text) { return *IpAddress::parse(text); }
ConfigurationAttribute attribute(CfgAttribute type, Bytes value = {}) { return {false, type, std::move(value)}; }
ConfigurationAttribute ip4(CfgAttribute type, const char* text) { return attribute(type, to_bytes(ip(text).octets())); }

ConfigurationOptions server() {
  ConfigurationOptions out;
  out.pool = {{ip("10.3.0.1"), ip("10.3.0.2")}, {ip("2001:db8:3::1"), ip("2001:db8:3::ff")}};
  out.ip6_prefix_length = 64;
  out.reply = {ip4(CfgAttribute::INTERNAL_IP4_NETMASK, "255.255.255.0"),
               ip4(CfgAttribute::INTERNAL_IP4_DNS, "10.2.0.53"),
               ip4(CfgAttribute::INTERNAL_IP4_NBNS, "10.2.0.42"),
               ip4(CfgAttribute::INTERNAL_IP4_DHCP, "10.2.0.67"),
               attribute(CfgAttribute::INTERNAL_IP4_SUBNET, *from_hex("0a020000 ffffff00")),
               attribute(CfgAttribute::INTERNAL_DNS_DOMAIN, to_bytes(as_bytes("example.test"))),
               attribute(CfgAttribute::INTERNAL_DNSSEC_TA, *from_hex("aa5a0801 b6225ab2")),
               attribute(CfgAttribute::INTERNAL_DNS_DOMAIN, to_bytes(as_bytes("city.test"))),
               attribute(CfgAttribute::APPLICATION_VERSION, to_bytes(as_bytes("ikevet")))};
  return out;
}

std::vector<wire::Payload> cp(CfgType type, std::vector<ConfigurationAttribute> attributes) {
  return {{wire::Configuration{type, {}, std::move(attributes)}, false, 0}};
}

/// The types in an answer, in order.
std::vector<CfgAttribute> types(const ConfigurationAnswer& answer) {
  std::vector<CfgAttribute> out;
  if (!answer.cp) return out;
  for (const auto& each : std::get<wire::Configuration>(answer.cp->body).attributes) out.push_back(each.type);
  return out;
}

}  // namespace

TEST_CASE("Pool: one holder at a time, the longest unused first", "[sa][rfc7296-2.19]") {
  AddressPool pool({{ip("10.3.0.1"), ip("10.3.0.3")}});
  auto a = pool.take(false);
  auto b = pool.take(false);
  REQUIRE(a);
  REQUIRE(b);
  CHECK(a->address() == ip("10.3.0.1"));
  CHECK(b->address() == ip("10.3.0.2"));
  a.reset();
  const auto c = pool.take(false);
  CHECK(c->address() == ip("10.3.0.3"));  // not the one that has just come back
  const auto d = pool.take(false);
  CHECK(d->address() == ip("10.3.0.1"));
  CHECK_FALSE(pool.take(false));
  CHECK_FALSE(pool.take(true));
  CHECK(pool.in_use() == 3);
}

TEST_CASE("Pool: wishes are granted where they can be", "[sa][rfc7296-3.15.1]") {
  AddressPool pool({{ip("10.3.0.1"), ip("10.3.0.3")}, {ip("2001:db8:3::1"), ip("2001:db8:3::ff")}});
  const auto wished = pool.take(false, ip("10.3.0.2"));
  CHECK(wished->address() == ip("10.3.0.2"));
  CHECK(pool.take(false, ip("10.3.0.2"))->address() == ip("10.3.0.1"));       // taken
  CHECK(pool.take(false, ip("192.0.2.7"))->address() == ip("10.3.0.3"));      // not ours
  CHECK(pool.take(true, ip("fe80::42"))->address() == ip("2001:db8:3::42"));  // §3.15.3: the interface identifier
  CHECK_THROWS_AS(AddressPool({{ip("10.3.0.9"), ip("10.3.0.1")}}), std::invalid_argument);
}

TEST_CASE("Pool: a lease outlives the pool", "[sa]") {
  std::optional<AddressPool::Lease> lease;
  {
    AddressPool pool({{ip("10.3.0.1"), ip("10.3.0.1")}});
    lease = pool.take(false);
  }
  CHECK(lease->address() == ip("10.3.0.1"));
}

TEST_CASE("CFG_REQUEST: what was asked for, and what goes with an address", "[sa][rfc7296-2.19]") {
  const ConfigurationOptions options = server();
  AddressPool pool(options.pool);
  AssignedConfiguration assigned;
  const auto answer = answer_configuration(cp(CfgType::CFG_REQUEST, {attribute(CfgAttribute::INTERNAL_IP4_ADDRESS),
                                                                     attribute(CfgAttribute::INTERNAL_IP4_DNS)}),
                                           options, pool, assigned, true);
  CHECK(types(answer) == std::vector{CfgAttribute::INTERNAL_IP4_ADDRESS, CfgAttribute::INTERNAL_IP4_NETMASK,
                                     CfgAttribute::INTERNAL_IP4_DNS, CfgAttribute::INTERNAL_IP4_SUBNET});
  CHECK(assigned.scope().remote == std::vector{wire::TrafficSelector::range(ip("10.3.0.1"), ip("10.3.0.1"))});
  CHECK(assigned.scope().local.empty());
  // Asked again, in another Child SA of the same IKE SA: the same address.
  const auto again = answer_configuration(cp(CfgType::CFG_REQUEST, {attribute(CfgAttribute::INTERNAL_IP4_ADDRESS)}),
                                          options, pool, assigned, true);
  CHECK(assigned.given.size() == 1);
  CHECK(types(again).front() == CfgAttribute::INTERNAL_IP4_ADDRESS);
}

TEST_CASE("CFG_REQUEST: split DNS comes with its servers, anchors behind their domain", "[sa][rfc8598-3.2]") {
  ConfigurationOptions options = server();
  AddressPool pool(options.pool);
  AssignedConfiguration assigned;
  using enum CfgAttribute;
  const auto ask = [&](std::vector<ConfigurationAttribute> list) {
    return types(answer_configuration(cp(CfgType::CFG_REQUEST, std::move(list)), options, pool, assigned, false));
  };
  CHECK(ask({attribute(INTERNAL_DNS_DOMAIN)}) ==
        std::vector{INTERNAL_IP4_DNS, INTERNAL_DNS_DOMAIN, INTERNAL_DNS_DOMAIN});
  CHECK(ask({attribute(INTERNAL_DNS_DOMAIN), attribute(INTERNAL_DNSSEC_TA)}) ==
        std::vector{INTERNAL_IP4_DNS, INTERNAL_DNS_DOMAIN, INTERNAL_DNSSEC_TA, INTERNAL_DNS_DOMAIN});
  CHECK(ask({attribute(INTERNAL_DNSSEC_TA)}).empty());
  std::erase_if(options.reply, [](const auto& each) { return each.type == INTERNAL_IP4_DNS; });
  CHECK(ask({attribute(INTERNAL_DNS_DOMAIN)}).empty());  // no server, no domains
}

TEST_CASE("CFG_REQUEST: versions, supported attributes, and addresses outside a Child SA", "[sa][rfc7296-2.20]") {
  ConfigurationOptions options = server();
  AddressPool pool(options.pool);
  AssignedConfiguration assigned;
  auto answer = answer_configuration(
      cp(CfgType::CFG_REQUEST,
         {attribute(CfgAttribute::APPLICATION_VERSION), attribute(CfgAttribute::SUPPORTED_ATTRIBUTES),
          attribute(CfgAttribute::INTERNAL_IP4_ADDRESS), attribute(static_cast<CfgAttribute>(99))}),
      options, pool, assigned, false);
  CHECK(types(answer) == std::vector{CfgAttribute::APPLICATION_VERSION, CfgAttribute::SUPPORTED_ATTRIBUTES});
  const auto& list = std::get<wire::Configuration>(answer.cp->body).attributes;
  CHECK(list[0].value == to_bytes(as_bytes("ikevet")));
  CHECK(list[1].value.size() == 2 * supported_attributes().size());
  CHECK(assigned.given.empty());
  options.reply.clear();
  answer = answer_configuration(cp(CfgType::CFG_REQUEST, {attribute(CfgAttribute::APPLICATION_VERSION)}), options, pool,
                                assigned, false);
  CHECK(std::get<wire::Configuration>(answer.cp->body).attributes.at(0).value.empty());
}

TEST_CASE("CFG_SET: nothing is accepted; no configuration here: no CP", "[sa][rfc7296-3.15.1]") {
  const ConfigurationOptions options = server();
  AddressPool pool(options.pool), none({});
  AssignedConfiguration assigned;
  const auto ack = answer_configuration(cp(CfgType::CFG_SET, {ip4(CfgAttribute::INTERNAL_IP4_DNS, "10.9.9.9")}),
                                        options, pool, assigned, false);
  CHECK(std::get<wire::Configuration>(ack.cp->body) == wire::Configuration{CfgType::CFG_ACK, {}, {}});
  CHECK_FALSE(answer_configuration(cp(CfgType::CFG_REQUEST, {attribute(CfgAttribute::INTERNAL_IP4_ADDRESS)}), {}, none,
                                   assigned, true)
                  .cp);
}

TEST_CASE("CFG_REQUEST: a peer cannot drain the pool", "[sa][rfc8019-5]") {
  ConfigurationOptions options;
  options.pool = {{ip("10.3.0.1"), ip("10.3.0.200")}};
  AddressPool pool(options.pool);
  AssignedConfiguration assigned;
  const std::vector<ConfigurationAttribute> many(100, attribute(CfgAttribute::INTERNAL_IP4_ADDRESS));
  CHECK(types(answer_configuration(cp(CfgType::CFG_REQUEST, many), options, pool, assigned, true)).size() ==
        kMaxInternalAddresses);
}

TEST_CASE("CFG_REPLY: what is unsound or was not asked for is passed over", "[sa][rfc7296-3.15.1]") {
  using enum CfgAttribute;
  const wire::Configuration request{CfgType::CFG_REQUEST, {}, {attribute(INTERNAL_IP4_ADDRESS)}};
  wire::Configuration reply{
      CfgType::CFG_REPLY,
      {},
      {ip4(INTERNAL_IP4_ADDRESS, "10.3.0.1"), ip4(INTERNAL_IP4_ADDRESS, "10.3.0.2"),
       attribute(INTERNAL_IP4_DNS, {1, 2, 3}), attribute(INTERNAL_DNSSEC_TA, Bytes(8, 1)),
       attribute(INTERNAL_DNS_DOMAIN, Bytes(4, 'a')), attribute(INTERNAL_DNSSEC_TA, Bytes(8, 2)),
       attribute(INTERNAL_DNSSEC_TA, Bytes(8, 3)), attribute(INTERNAL_IP6_ADDRESS, Bytes(17, 1))}};
  const auto read = read_configuration_reply(reply, request);
  CHECK(read.attributes.size() == 4);
  CHECK(read.ignored.size() == 4);
  reply.cfg_type = CfgType::CFG_ACK;
  CHECK(read_configuration_reply(reply, request).attributes.empty());
}
