// Any payloads in the places of CP, TSi and TSr: parsed, narrowed and answered. What comes out is always within our
// policy and our pool, and an answer is never wider than its request.
//
// The input is a chain of payloads that begins with CP, as inside SK.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engine/sa/configuration.hpp"
#include "engine/sa/narrowing.hpp"
#include "tests/support/peer_pair.hpp"

namespace {

using namespace ikevet;
using namespace ikevet::tests;

void check(bool holds) {
  if (!holds) std::abort();
}

IpAddress ip(const char* text) { return *IpAddress::parse(text); }

sa::ConfigurationOptions server() {
  sa::ConfigurationOptions out;
  out.pool = {{ip("10.3.0.1"), ip("10.3.0.9")}, {ip("2001:db8:3::1"), ip("2001:db8:3::9")}};
  out.reply = {{false, wire::CfgAttribute::INTERNAL_IP4_DNS, to_bytes(ip("10.2.0.53").octets())},
               {false, wire::CfgAttribute::INTERNAL_DNS_DOMAIN, to_bytes(as_bytes("example.test"))}};
  return out;
}

const std::vector<sa::TsPolicy>& policies() {
  static const std::vector<sa::TsPolicy> list{
      {{wire::TrafficSelector::prefix(ip("10.2.0.0"), 24)}, {wire::TrafficSelector::prefix(ip("0.0.0.0"), 0)}},
      {{wire::TrafficSelector::prefix(ip("2001:db8:2::"), 48, 6),
        wire::TrafficSelector::prefix(ip("10.7.0.0"), 16, 17)},
       {wire::TrafficSelector::prefix(ip("::"), 0), wire::TrafficSelector::prefix(ip("10.0.0.0"), 8)}}};
  return list;
}

void configuration(const std::vector<wire::Payload>& payloads) {
  static const sa::ConfigurationOptions options = server();
  sa::AddressPool pool(options.pool);
  sa::AssignedConfiguration assigned;
  for (const bool for_child_sa : {true, false}) {
    const auto answer = sa::answer_configuration(payloads, options, pool, assigned, for_child_sa);
    check(assigned.given.size() <= 2 * sa::kMaxInternalAddresses);
    check(pool.in_use() == assigned.given.size());
    if (!answer.cp) continue;
    const auto octets = wire::serialise_chain(std::vector{*answer.cp});
    check(wire::parse_chain(wire::PayloadType::CP, octets).faults.empty());
  }
  if (const auto* reply = wire::find<wire::Configuration>(payloads)) {
    const wire::Configuration request{
        wire::CfgType::CFG_REQUEST,
        {},
        {{false, wire::CfgAttribute::INTERNAL_IP4_ADDRESS, {}}, {false, wire::CfgAttribute::INTERNAL_IP6_ADDRESS, {}}}};
    sa::AssignedConfiguration got;
    got.received = sa::read_configuration_reply(*reply, request).attributes;
    check(got.addresses().size() <= 2);
    (void)sa::text(got.received);
  }
}

void selectors(const std::vector<wire::Payload>& payloads) {
  const auto* tsi = wire::find<wire::TSi>(payloads);
  const auto* tsr = wire::find<wire::TSr>(payloads);
  if (!tsi || !tsr) return;
  for (const bool single_pair : {false, true}) {
    const auto out = sa::narrow_pair(tsi->selectors, tsr->selectors, policies(), single_pair);
    check(out.tsi.empty() == out.tsr.empty());
    if (out.empty()) continue;
    bool allowed = false;
    for (const sa::TsPolicy& policy : policies())
      allowed = allowed || (sa::covered(out.tsi, policy.remote) && sa::covered(out.tsr, policy.local));
    check(allowed);
    for (const auto& ts : out.tsi) check(sa::within(ts, tsi->selectors));
    for (const auto& ts : out.tsr) check(sa::within(ts, tsr->selectors));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto chain = wire::parse_chain(wire::PayloadType::CP, {data, size});
  configuration(chain.payloads);
  selectors(chain.payloads);
  return 0;
}
