#include "scenarios/runner/peer_setup.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/runner/auth_setup.hpp"
#include "scenarios/runner/extension_setup.hpp"
#include "scenarios/runner/overlay.hpp"
#include "scenarios/runner/path_setup.hpp"
#include "scenarios/runner/proposal_strings.hpp"

namespace ikevet::scenarios {
namespace {

/// Puts the member's place in front of what is wrong with it.
template <class Parse>
auto read(const Target& target, std::string_view member, std::string_view value, Parse parse) {
  try {
    return parse(value);
  } catch (const SetupError& error) {
    throw SetupError(fmt::format("{}: {}: {}", target.file.empty() ? target.name : target.file, member, error.what()));
  }
}

template <class Parse>
auto read_all(const Target& target, std::string_view member, const std::vector<std::string>& values, Parse parse) {
  std::vector<decltype(parse(std::string_view()))> out;
  for (const std::string& value : values) out.push_back(read(target, member, value, parse));
  if (out.empty())
    throw SetupError(
        fmt::format("{}: {}: is empty; give at least one", target.file.empty() ? target.name : target.file, member));
  return out;
}

SecretBytes secret(std::string_view text) { return SecretBytes(as_bytes(text)); }

/// Doubling waits whose sum stays below `give_up`.
sa::Retransmission retransmission_within(Duration give_up, double time_scale) {
  sa::Retransmission out;
  const Duration sum_in_units = give_up / 64;  // 1 + 2 + 4 + 8 + 16 + 32 = 63 for five repetitions and the end
  out.first = scale(std::min(out.first, sum_in_units), time_scale);
  out.longest = scale(out.longest * 2, time_scale);
  out.attempts = 5;
  return out;
}

/// What stands in `config`, of the target or of the scenario, onto what was there before.
void apply(const Target& target, const ConfigOverrides& config, sa::Config& out) {
  if (config.local_id) out.local_id = read(target, "local_id", *config.local_id, parse_identity);
  if (config.psk) out.psk = secret(*config.psk);
  if (config.ike_proposals)
    out.ike_proposals = read_all(target, "ike_proposals", *config.ike_proposals, parse_ike_proposal);
  if (config.child_proposals)
    out.child_proposals = read_all(target, "child_proposals", *config.child_proposals, parse_child_proposal);
  if (config.ke_group) out.first_ke_group = read(target, "ke_group", *config.ke_group, parse_group);
  if (config.nonce_size) out.nonce_size = static_cast<std::size_t>(*config.nonce_size);
  const auto selector = [&](std::string_view text) {
    if (text == "harness") return parse_traffic_selector(target.harness_address.text());
    if (text == "dut") return parse_traffic_selector(target.dut_address.text());
    return parse_traffic_selector(text);
  };
  if (config.local_ts) out.local_ts = read_all(target, "local_ts", *config.local_ts, selector);
  if (config.remote_ts) out.remote_ts = read_all(target, "remote_ts", *config.remote_ts, selector);
  if (config.demand_cookie) out.cookie_threshold = *config.demand_cookie ? std::optional<std::size_t>(0) : std::nullopt;
  read(target, "child", {}, [&](std::string_view) { return apply_child(config.child, out); });
  read(target, "configuration", {}, [&](std::string_view) { return apply_configuration(config.configuration, out); });
  read(target, "extensions", {}, [&](std::string_view) { return apply_extensions(config.extensions, out); });
  apply_lifetimes(config.lifetimes, out);
  // A device that is sent here anew shows whether it follows, whatever the addresses of the target are.
  if (config.extensions.redirect_to == "harness")
    out.extensions.redirect.to = sa::GatewayIdentity::of(target.harness_address);
}

}  // namespace

Duration scale(Duration duration, double factor) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::nano>(duration) * factor);
}

sa::Config harness_config(const Target& target, const ConfigOverrides& overrides, double time_scale) {
  sa::Config out;
  out.local_id = read(target, "identity of the harness", target.harness_identity, parse_identity);
  out.remote_id = read(target, "identity of the device", target.dut_identity, parse_identity);
  out.psk = secret(target.psk);
  out.ike_proposals = read_all(target, "ike_proposals", target.ike_proposals, parse_ike_proposal);
  out.child_proposals = read_all(target, "child_proposals", target.child_proposals, parse_child_proposal);
  out.local_ts = read_all(target, "traffic selectors of the harness", target.harness_ts, parse_traffic_selector);
  out.remote_ts = read_all(target, "traffic selectors of the device", target.dut_ts, parse_traffic_selector);
  out.ike_port = target.harness_ike_port;
  out.nat_t_port = target.harness_nat_t_port;
  out.peer_nat_t_port = target.dut_nat_t_port;
  out.retransmission.first = scale(out.retransmission.first, time_scale);
  out.retransmission.longest = scale(out.retransmission.longest, time_scale);
  out.half_open_lifetime = scale(out.half_open_lifetime, time_scale);
  apply(target, target.harness_config, out);
  apply(target, overrides, out);
  for (const ConfigOverrides* config : {&target.harness_config, &overrides})
    apply_path(*config, target.harness_other_addresses, target.dut_other_addresses, time_scale, out);
  apply_auth(merged(target.harness_config.auth, overrides.auth), out);
  return out;
}

void apply_overrides(const Target& target, const AuthOverrides& auth, const ConfigOverrides& overrides,
                     sa::Config& config) {
  apply(target, overrides, config);
  apply_auth(merged(auth, overrides.auth), config);
}

sa::Config dut_config(const Target& target, double time_scale) {
  const auto own = [](const std::vector<std::string>& mine, const std::vector<std::string>& theirs) {
    return mine.empty() ? theirs : mine;
  };
  sa::Config out;
  out.local_id = read(target, "identity of the device", target.dut_identity, parse_identity);
  out.remote_id = read(target, "identity of the harness", target.harness_identity, parse_identity);
  out.psk = secret(target.psk);
  out.ike_proposals = read_all(target, "ike_proposals of the device",
                               own(target.dut_ike_proposals, target.ike_proposals), parse_ike_proposal);
  out.child_proposals = read_all(target, "child_proposals of the device",
                                 own(target.dut_child_proposals, target.child_proposals), parse_child_proposal);
  out.local_ts = read_all(target, "traffic selectors of the device", target.dut_ts, parse_traffic_selector);
  out.remote_ts = read_all(target, "traffic selectors of the harness", target.harness_ts, parse_traffic_selector);
  out.ike_port = target.dut_ike_port;
  out.nat_t_port = target.dut_nat_t_port;
  out.peer_nat_t_port = target.harness_nat_t_port;
  out.retransmission = retransmission_within(target.give_up_time, time_scale);
  out.half_open_lifetime = scale(out.half_open_lifetime, time_scale);
  apply(target, target.dut_config, out);
  apply_path(target.dut_config, target.dut_other_addresses, target.harness_other_addresses, time_scale, out);
  apply_auth(target.dut_config.auth, out);
  return out;
}

}  // namespace ikevet::scenarios
