#include "scenarios/format/pattern.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/wire/describe.hpp"

namespace ikevet::scenarios {
namespace {

using wire::Payload;
using wire::PayloadType;

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};

/// "N(COOKIE)", "KE", "payload 200".
std::string notation(const PayloadPattern& pattern) {
  if (pattern.notify) return fmt::format("N({})", wire::name_or_number(*pattern.notify));
  if (pattern.type) return wire::name_or_number(*pattern.type);
  return "payload";
}

/// The data of a body, without the fields before it that say what kind of data it is.
Bytes data_of(const Payload& payload) {
  return std::visit(overloaded{
                        [](const wire::KeyExchange& p) { return p.data; },
                        [](const wire::Nonce& p) { return p.data; },
                        [](const wire::Notify& p) { return p.data; },
                        [](const wire::IDi& p) { return p.data; },
                        [](const wire::IDr& p) { return p.data; },
                        [](const wire::Authentication& p) { return p.data; },
                        [](const wire::Certificate& p) { return p.data; },
                        [](const wire::Unknown& p) { return p.body; },
                        [](const auto& p) { return wire::body_octets(p); },
                    },
                    payload.body);
}

/// The group of a KE payload, or the one that INVALID_KE_PAYLOAD names (RFC 7296 §1.3: two octets, big endian).
std::optional<wire::DhGroup> group_of(const Payload& payload) {
  if (const auto* ke = std::get_if<wire::KeyExchange>(&payload.body)) return ke->group;
  const auto* notify = std::get_if<wire::Notify>(&payload.body);
  if (notify == nullptr || notify->type != wire::NotifyType::INVALID_KE_PAYLOAD || notify->data.size() != 2)
    return std::nullopt;
  return static_cast<wire::DhGroup>(notify->data[0] << 8 | notify->data[1]);
}

bool is_of_kind(const PayloadPattern& pattern, const Payload& payload) {
  if (pattern.type && payload.type() != *pattern.type) return false;
  if (!pattern.notify) return true;
  const auto* notify = std::get_if<wire::Notify>(&payload.body);
  return notify != nullptr && notify->type == *pattern.notify;
}

std::string octets(const Bytes& data) {
  constexpr std::size_t kShown = 16;
  if (data.empty()) return "none";
  if (data.size() <= kShown) return to_hex(data);
  return fmt::format("{}... ({} octets)", to_hex(BytesView(data).first(kShown)), data.size());
}

/// Why a payload of the right kind is not the one asked for; empty when it is.
std::string difference(const PayloadPattern& pattern, const Payload& payload) {
  const std::string what = notation(pattern);
  if (pattern.group) {
    const auto group = group_of(payload);
    if (!group) return fmt::format("{} names no group, {} wanted", what, wire::name_or_number(*pattern.group));
    if (*group != *pattern.group)
      return fmt::format("{} with group {}, {} wanted", what, wire::name_or_number(*group),
                         wire::name_or_number(*pattern.group));
  }
  if (const auto* eap = std::get_if<wire::Eap>(&payload.body)) {
    if (pattern.eap_code && eap->code != *pattern.eap_code)
      return fmt::format("{} with {}, {} wanted", what, wire::name_or_number(eap->code),
                         wire::name_or_number(*pattern.eap_code));
    if (pattern.eap_type && eap->type != pattern.eap_type)
      return fmt::format("{} with {}, {} wanted", what, eap->type ? wire::name_or_number(*eap->type) : "no type",
                         wire::name_or_number(*pattern.eap_type));
  } else if (pattern.eap_code || pattern.eap_type) {
    return what + " that cannot be read";
  }
  if (!pattern.data && !pattern.min_size && !pattern.max_size) return "";
  if (std::holds_alternative<wire::Malformed>(payload.body)) return what + " that cannot be read";
  const Bytes data = data_of(payload);
  if (pattern.data && data != *pattern.data)
    return fmt::format("{} with data {}, {} wanted", what, octets(data), octets(*pattern.data));
  if (pattern.min_size && data.size() < *pattern.min_size)
    return fmt::format("{} with {} octets of data, at least {} wanted", what, data.size(), *pattern.min_size);
  if (pattern.max_size && data.size() > *pattern.max_size)
    return fmt::format("{} with {} octets of data, at most {} wanted", what, data.size(), *pattern.max_size);
  return "";
}

std::string contents(const trace::MessageRecord& message) {
  if (message.payloads().empty()) return "no payloads";
  return wire::describe(message.payloads(), message.outer.header.exchange, message.is_response());
}

void compare(const PayloadPattern& pattern, const trace::MessageRecord& message, std::vector<std::string>& out) {
  std::string nearest;
  for (const Payload& payload : message.payloads()) {
    if (!is_of_kind(pattern, payload)) continue;
    const std::string differs = difference(pattern, payload);
    if (pattern.absent) return out.push_back(notation(pattern) + " is there");
    if (differs.empty()) return;
    if (nearest.empty()) nearest = differs;
  }
  if (pattern.absent) return;
  out.push_back(nearest.empty() ? fmt::format("no {}; has {}", notation(pattern), contents(message)) : nearest);
}

std::string_view kind(bool response) { return response ? "response" : "request"; }

/// "N(COOKIE)", "N(UNSUPPORTED_CRITICAL_PAYLOAD) with data c8".
std::string describe_payload(const PayloadPattern& pattern) {
  std::string out = notation(pattern);
  if (pattern.group) out += fmt::format(" for group {}", wire::name_or_number(*pattern.group));
  if (pattern.eap_code) out += " " + wire::name_or_number(*pattern.eap_code);
  if (pattern.eap_type) out += "/" + wire::name_or_number(*pattern.eap_type);
  if (pattern.data) out += " with data " + octets(*pattern.data);
  if (pattern.min_size && pattern.max_size)
    out += fmt::format(" of {} to {} octets", *pattern.min_size, *pattern.max_size);
  else if (pattern.min_size)
    out += fmt::format(" of at least {} octets", *pattern.min_size);
  else if (pattern.max_size)
    out += fmt::format(" of at most {} octets", *pattern.max_size);
  return out;
}

std::string describe_payloads(const MessagePattern& pattern, bool absent) {
  std::vector<std::string> parts;
  for (const PayloadPattern& payload : pattern.payloads)
    if (payload.absent == absent) parts.push_back(describe_payload(payload));
  return fmt::format("{}", fmt::join(parts, absent ? " or " : ", "));
}

}  // namespace

std::vector<std::string> mismatches(const MessagePattern& pattern, const trace::MessageRecord& message) {
  std::vector<std::string> out;
  const wire::IkeHeader& header = message.outer.header;
  if (pattern.exchange && header.exchange != *pattern.exchange)
    out.push_back(fmt::format("exchange {}, {} wanted", wire::name_or_number(header.exchange),
                              wire::name_or_number(*pattern.exchange)));
  if (pattern.response && header.is_response() != *pattern.response)
    out.push_back(fmt::format("a {}, a {} wanted", kind(header.is_response()), kind(*pattern.response)));
  if (pattern.message_id && header.message_id.value != *pattern.message_id)
    out.push_back(fmt::format("Message ID {}, {} wanted", header.message_id.value, *pattern.message_id));
  if (pattern.major_version && header.major() != *pattern.major_version)
    out.push_back(fmt::format("major version {}, {} wanted", header.major(), *pattern.major_version));
  if (pattern.minor_version && header.minor() != *pattern.minor_version)
    out.push_back(fmt::format("minor version {}, {} wanted", header.minor(), *pattern.minor_version));
  if (pattern.encrypted && (message.protection == trace::Protection::Opened) != *pattern.encrypted)
    out.push_back(*pattern.encrypted ? fmt::format("not protected as it should be: {}", trace::name(message.protection))
                                     : std::string("protected by SK, in clear wanted"));
  if (pattern.empty && message.payloads().empty() != *pattern.empty)
    out.push_back(*pattern.empty ? fmt::format("has {}, no payloads wanted", contents(message))
                                 : std::string("has no payloads"));
  if (pattern.error) {
    const wire::Notify* error = wire::find_error(message.payloads());
    if ((error != nullptr) != *pattern.error)
      out.push_back(error != nullptr ? fmt::format("carries the error {}", wire::name_or_number(error->type))
                                     : std::string("carries no error notification"));
  }
  for (const PayloadPattern& payload : pattern.payloads) compare(payload, message, out);
  return out;
}

bool is_expected(const MessagePattern& pattern, const trace::MessageRecord& message) {
  const wire::IkeHeader& header = message.outer.header;
  if (header.exchange == wire::ExchangeType::IKE_SA_INIT && header.is_response()) {
    const auto names = [&](wire::NotifyType type) {
      return std::ranges::any_of(pattern.payloads, [&](const PayloadPattern& one) { return one.notify == type; });
    };
    for (const wire::NotifyType again : {wire::NotifyType::COOKIE, wire::NotifyType::INVALID_KE_PAYLOAD})
      if (wire::find_notify(message.payloads(), again) != nullptr && !names(again) && !pattern.error.value_or(false))
        return false;
  }
  return matches(pattern, message);
}

std::string describe(const MessagePattern& pattern) {
  std::string out = pattern.exchange ? wire::name_or_number(*pattern.exchange) : "any message";
  if (pattern.response) out += fmt::format(" {}", kind(*pattern.response));
  if (pattern.message_id) out += fmt::format(" {}", *pattern.message_id);
  std::vector<std::string> parts;
  if (pattern.encrypted) parts.emplace_back(*pattern.encrypted ? "protected" : "in clear");
  if (pattern.major_version || pattern.minor_version)
    parts.push_back(fmt::format("version {}.{}", pattern.major_version.value_or(2), pattern.minor_version.value_or(0)));
  if (pattern.empty) parts.emplace_back(*pattern.empty ? "empty" : "not empty");
  if (pattern.error)
    parts.emplace_back(*pattern.error ? "with an error notification" : "without an error notification");
  if (!parts.empty()) out += fmt::format(", {}", fmt::join(parts, ", "));
  if (const std::string there = describe_payloads(pattern, false); !there.empty()) out += " with " + there;
  if (const std::string absent = describe_payloads(pattern, true); !absent.empty()) out += " without " + absent;
  return out;
}

}  // namespace ikevet::scenarios
