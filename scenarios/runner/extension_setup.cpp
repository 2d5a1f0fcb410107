#include "scenarios/runner/extension_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "scenarios/runner/proposal_strings.hpp"

namespace ikevet::scenarios {
namespace {

using wire::CfgAttribute;

template <class T, class U>
void set(const std::optional<T>& from, U& to) {
  if (from) to = *from;
}

wire::IpcompTransform parse_ipcomp(std::string_view text) {
  if (text == "deflate") return wire::IpcompTransform::IPCOMP_DEFLATE;
  if (text == "lzs") return wire::IpcompTransform::IPCOMP_LZS;
  if (text == "lzjh") return wire::IpcompTransform::IPCOMP_LZJH;
  throw SetupError(fmt::format("no IPComp algorithm \"{}\"; known are deflate, lzs, lzjh", text));
}

std::uint32_t at_most_32_bits(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, 0xffffffff));
}

std::uint8_t bits(std::uint64_t value) {
  if (value <= 60) return static_cast<std::uint8_t>(value);
  throw SetupError(fmt::format("a puzzle of {} bits is never solved; give at most 60", value));
}

[[noreturn]] void no_value(std::string_view text) {
  throw SetupError(
      fmt::format("configuration attribute \"{}\" has a value that its type does not take; write for "
                  "example \"INTERNAL_IP4_DNS 10.2.0.53\" or \"INTERNAL_IP4_SUBNET 10.2.0.0/24\"",
                  text));
}

/// The value behind the name: by what the attribute is.
Bytes parse_value(CfgAttribute type, std::string_view value, std::string_view text) {
  if (type == CfgAttribute::APPLICATION_VERSION || type == CfgAttribute::INTERNAL_DNS_DOMAIN)
    return to_bytes(as_bytes(value));
  const std::size_t slash = value.find('/');
  if (const auto address = IpAddress::parse(value.substr(0, slash))) {
    Bytes out = to_bytes(address->octets());
    if (slash == std::string_view::npos) return out;
    unsigned length = 0;
    const std::string_view digits = value.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc() || end != digits.data() + digits.size() || length > out.size() * 8) no_value(text);
    if (address->is_v6()) {
      out.push_back(static_cast<std::uint8_t>(length));
    } else {
      // RFC 7296 §3.15.1: an IPv4 subnet has a mask, not a length. It is what the network 0.0.0.0/length leaves out.
      Bytes mask = wire::TrafficSelector::prefix(IpAddress(), length).end_address;
      for (std::uint8_t& octet : mask) octet = static_cast<std::uint8_t>(~octet);
      append(out, mask);
    }
    return out;
  }
  if (auto octets = from_hex(value)) return std::move(*octets);
  no_value(text);
}

}  // namespace

wire::ConfigurationAttribute parse_attribute(std::string_view text) {
  const std::size_t blank = text.find(' ');
  const auto type = wire::from_name<CfgAttribute>(text.substr(0, blank));
  if (!type)
    throw SetupError(
        fmt::format("no configuration attribute \"{}\"; the names are those of IANA, e.g. "
                    "\"INTERNAL_IP4_ADDRESS\"",
                    text.substr(0, blank)));
  wire::ConfigurationAttribute out{false, *type, {}};
  if (blank != std::string_view::npos) out.value = parse_value(*type, text.substr(blank + 1), text);
  return out;
}

sa::AddressRange parse_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = IpAddress::parse(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : IpAddress::parse(text.substr(dash + 1));
  if (!first || !last || first->is_v4() != last->is_v4() || *last < *first)
    throw SetupError(fmt::format("address range \"{}\" is none; write for example \"10.3.0.1-10.3.0.99\"", text));
  return {*first, *last};
}

void apply_child(const ChildOverrides& overrides, sa::Config& out) {
  set(overrides.transport_mode, out.transport_mode);
  set(overrides.require_transport_mode, out.child.require_transport_mode);
  set(overrides.single_pair, out.child.single_pair);
  set(overrides.refuse_tfc_padding, out.child.refuse_tfc_padding);
  set(overrides.non_first_fragments, out.child.non_first_fragments);
  if (overrides.ipcomp) {
    out.child.ipcomp.clear();
    for (const std::string& name : *overrides.ipcomp) out.child.ipcomp.push_back(parse_ipcomp(name));
  }
  if (overrides.trigger_packet) {
    if (overrides.trigger_packet->size() != 2)
      throw SetupError("trigger_packet: two selectors are wanted, ours and the peer's");
    out.child.trigger_packet = sa::TriggerPacket{parse_traffic_selector(overrides.trigger_packet->at(0)),
                                                 parse_traffic_selector(overrides.trigger_packet->at(1))};
  }
}

void apply_configuration(const ConfigurationOverrides& overrides, sa::Config& out) {
  const auto attributes = [](const std::vector<std::string>& from, std::vector<wire::ConfigurationAttribute>& to) {
    to.clear();
    for (const std::string& each : from) to.push_back(parse_attribute(each));
  };
  if (overrides.request) attributes(*overrides.request, out.configuration.request);
  if (overrides.reply) attributes(*overrides.reply, out.configuration.reply);
  if (overrides.pool) {
    out.configuration.pool.clear();
    for (const std::string& range : *overrides.pool) out.configuration.pool.push_back(parse_range(range));
  }
  set(overrides.required, out.configuration.required);
}

void apply_extensions(const ExtensionOverrides& overrides, sa::Config& out) {
  sa::Extensions& ours = out.extensions;
  if (overrides.childless) {
    using enum sa::Childless;
    const std::string& how = *overrides.childless;
    ours.childless = how == "force" ? Force : how == "prefer" ? Prefer : how == "allow" ? Allow : Never;
  }
  set(overrides.redirect_follow, ours.redirect.follow);
  if (overrides.redirect_to) {
    const auto address = IpAddress::parse(*overrides.redirect_to);
    ours.redirect.to =
        address ? sa::GatewayIdentity::of(*address) : sa::GatewayIdentity::of(std::string_view(*overrides.redirect_to));
  }
  if (overrides.redirect_in)
    ours.redirect.when =
        *overrides.redirect_in == "IKE_AUTH" ? sa::RedirectOptions::When::Auth : sa::RedirectOptions::When::SaInit;
  set(overrides.resumption_request, ours.resumption.request);
  set(overrides.resumption_issue, ours.resumption.issue);
  set(overrides.crash_detection_take, ours.crash_detection.take);
  if (overrides.crash_detection_secret)
    ours.crash_detection.secret = SecretBytes(as_bytes(*overrides.crash_detection_secret));
  set(overrides.message_id_sync, ours.synchronisation.message_ids);
  if (overrides.puzzle_in_init) ours.puzzle.init_difficulty = bits(*overrides.puzzle_in_init);
  if (overrides.puzzle_in_auth) ours.puzzle.auth_difficulty = bits(*overrides.puzzle_in_auth);
  set(overrides.puzzle_solve, ours.puzzle.solve);
  if (overrides.window_size) out.window.size = at_most_32_bits(*overrides.window_size);
  if (overrides.invalid_ike_spi) out.strays.answers_per_second = at_most_32_bits(*overrides.invalid_ike_spi);
}

void apply_lifetimes(const LifetimeOverrides& overrides, sa::Config& out) {
  set(overrides.ike_rekey, out.rekey.ike.rekey);
  set(overrides.ike_end, out.rekey.ike.end);
  set(overrides.child_rekey, out.rekey.child.rekey);
  set(overrides.child_end, out.rekey.child.end);
  if (overrides.ike_messages) out.rekey.ike_messages = at_most_32_bits(*overrides.ike_messages);
  set(overrides.child_sa_limit, out.rekey.child_sa_limit);
}

}  // namespace ikevet::scenarios
