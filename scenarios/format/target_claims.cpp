#include "scenarios/format/target_claims.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace ikevet::scenarios {
namespace {

constexpr std::string_view kTrigger = "trigger:";

/// A claim that makes sense only beside one of these.
struct Rests {
  std::string_view capability;
  std::array<std::string_view, 3> on;  ///< capabilities, or "trigger:NAME"; one of them is enough
  std::string_view why;
};
constexpr std::array kRests{
    Rests{"cookie2", {"mobike"}, "RFC 4555 §3.7"},
    Rests{"no-nats-allowed", {"mobike"}, "RFC 4555 §3.9"},
    Rests{"udp-echo", {"esp-echo"}, "the same host answers"},
    Rests{"eap-methods", {"eap", "eap-client"}, "they are the methods of EAP"},
    Rests{"eap-only", {"eap", "eap-client", "eap-methods"}, "RFC 5998 §3"},
    Rests{"multiple-key-exchanges", {"intermediate"}, "RFC 9370 §2.2.2: they take place in IKE_INTERMEDIATE"},
    Rests{"ppk-mandatory", {"ppk"}, "RFC 8784 §3"},
    Rests{"eddsa", {"signature-authentication"}, "RFC 8420 §3"},
    Rests{"revocation", {"test-pki"}, "the revoked certificates are those of the test CA"},
    Rests{"invalid-ke-responder", {"responder"}, "it is what a responder does"},
    Rests{"configuration-payload", {"responder"}, "it is what a responder does"},
    Rests{"eap", {"responder"}, "it is what a responder does"},
    Rests{"invalid-ke-initiator", {"trigger:initiate"}, "it is what an initiator does"},
    Rests{"auth-at-once", {"trigger:initiate"}, "it is what an initiator does"},
    Rests{"configuration-client", {"trigger:initiate"}, "it is what an initiator does"},
    Rests{"eap-client", {"trigger:initiate"}, "it is what an initiator does"},
    Rests{"redirect", {"trigger:initiate"}, "it is what an initiator does"},
    Rests{"puzzles", {"trigger:initiate"}, "it is what an initiator does"},
    Rests{"childless-initiator", {"trigger:initiate"}, "it is what an initiator does"},
};

bool has(const Target& target, std::string_view need) {
  if (need.starts_with(kTrigger)) return target.triggers.contains(std::string(need.substr(kTrigger.size())));
  return target.claims(need);
}

bool both_families(const IpAddress& first, const std::vector<IpAddress>& others) {
  return std::ranges::any_of(others, [&](const IpAddress& other) { return other.is_v4() != first.is_v4(); });
}

}  // namespace

std::vector<Contradiction> contradictions(const Target& target) {
  std::vector<Contradiction> out;
  for (const Rests& rule : kRests) {
    if (!target.claims(rule.capability)) continue;
    std::vector<std::string_view> on;
    for (const std::string_view one : rule.on)
      if (!one.empty()) on.push_back(one);
    if (std::ranges::none_of(on, [&](std::string_view need) { return has(target, need); }))
      out.push_back({std::string(rule.capability),
                     fmt::format("\"{}\" is claimed without {}: {}", rule.capability, fmt::join(on, " or "), rule.why),
                     fmt::format("add {}, or take \"{}\" out", on.front(), rule.capability)});
  }
  if (target.claims("auth-at-once") && target.claims("eap-client"))
    out.push_back({"auth-at-once",
                   "\"auth-at-once\" and \"eap-client\" contradict each other: RFC 7296 §2.16, an EAP "
                   "client leaves AUTH out of its first IKE_AUTH request",
                   "take the one out that does not hold"});
  if (target.claims("null-authentication") && target.claims("null-refused"))
    out.push_back({"null-refused",
                   "\"null-refused\" and \"null-authentication\" contradict each other: RFC 7619 §2",
                   "take the one out that does not hold"});
  if (target.claims("dual-stack") && (!both_families(target.dut_address, target.dut_other_addresses) ||
                                      !both_families(target.harness_address, target.harness_other_addresses)))
    out.push_back({"dual-stack", "\"dual-stack\" is claimed, but an end has addresses of one family only",
                   "give each end \"other_addresses\" of the other family"});
  return out;
}

}  // namespace ikevet::scenarios
