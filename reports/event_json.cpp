#include "reports/event_json.hpp"

#include <fmt/format.h>

#include <charconv>
#include <concepts>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace ikevet::reports {
namespace {

using Json = nlohmann::ordered_json;

// ---- One value ----------------------------------------------------------------------------------------------------

/// SPIs are written in hexadecimal, as people compare them with other tools' output.
Json encode(IkeSpi spi) { return fmt::format("{:016x}", spi.value); }
Json encode(ChildSpi spi) { return fmt::format("{:08x}", spi.value); }
Json encode(const IkeSpis& spis) { return Json::array({encode(spis.i), encode(spis.r)}); }
Json encode(MessageId id) { return id.value; }
Json encode(const Endpoint& endpoint) { return endpoint.text(); }
Json encode(const IpAddress& address) { return address.text(); }
Json encode(trace::CloseReason reason) { return trace::name(reason); }
Json encode(bool value) { return value; }
Json encode(int value) { return value; }
Json encode(std::uint64_t value) { return value; }
Json encode(const std::string& value) { return value; }
Json encode(const wire::TrafficSelector& ts) {
  return Json::array({fmt::underlying(ts.ts_type), ts.ip_protocol, ts.start_port, ts.end_port, to_hex(ts.start_address),
                      to_hex(ts.end_address), to_hex(ts.opaque)});
}
template <class E>
  requires std::is_enum_v<E>
Json encode(E value) {
  return static_cast<std::underlying_type_t<E>>(value);
}
template <class T>
Json encode(const std::optional<T>& value) {
  return value ? encode(*value) : Json();
}
template <class T>
Json encode(const std::vector<T>& values) {
  Json out = Json::array();
  for (const T& value : values) out.push_back(encode(value));
  return out;
}

[[noreturn]] void refuse(const std::string& what) { throw Json::other_error::create(599, what, nullptr); }

template <class T>
T hex_number(const Json& json) {
  const std::string text = json.get<std::string>();
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) refuse("not a hexadecimal number: " + text);
  return value;
}
Bytes octets(const Json& json) {
  const auto out = from_hex(json.get<std::string>());
  if (!out) refuse("not hexadecimal: " + json.get<std::string>());
  return *out;
}

void decode(const Json& json, IkeSpi& out) { out.value = hex_number<std::uint64_t>(json); }
void decode(const Json& json, ChildSpi& out) { out.value = hex_number<std::uint32_t>(json); }
void decode(const Json& json, IkeSpis& out) {
  decode(json.at(0), out.i);
  decode(json.at(1), out.r);
}
void decode(const Json& json, MessageId& out) { out.value = json.get<std::uint32_t>(); }
void decode(const Json& json, Endpoint& out) {
  const auto endpoint = Endpoint::parse(json.get<std::string>());
  if (!endpoint) refuse("not an address with a port: " + json.get<std::string>());
  out = *endpoint;
}
void decode(const Json& json, IpAddress& out) {
  const auto address = IpAddress::parse(json.get<std::string>());
  if (!address) refuse("not an address: " + json.get<std::string>());
  out = *address;
}
void decode(const Json& json, trace::CloseReason& out) {
  const std::string text = json.get<std::string>();
  constexpr int kLast = static_cast<int>(trace::CloseReason::Redundant);
  for (int i = 0; i <= kLast; ++i) {
    out = static_cast<trace::CloseReason>(i);
    if (trace::name(out) == text) return;
  }
  refuse("no such reason: " + text);
}
void decode(const Json& json, bool& out) { out = json.get<bool>(); }
void decode(const Json& json, int& out) { out = json.get<int>(); }
void decode(const Json& json, std::uint64_t& out) { out = json.get<std::uint64_t>(); }
void decode(const Json& json, std::string& out) { out = json.get<std::string>(); }
void decode(const Json& json, wire::TrafficSelector& out) {
  out.ts_type = static_cast<wire::TsType>(json.at(0).get<std::uint8_t>());
  out.ip_protocol = json.at(1).get<std::uint8_t>();
  out.start_port = json.at(2).get<std::uint16_t>();
  out.end_port = json.at(3).get<std::uint16_t>();
  out.start_address = octets(json.at(4));
  out.end_address = octets(json.at(5));
  out.opaque = octets(json.at(6));
}
template <class E>
  requires std::is_enum_v<E>
void decode(const Json& json, E& out) {
  out = static_cast<E>(json.get<std::underlying_type_t<E>>());
}
template <class T>
void decode(const Json& json, std::optional<T>& out) {
  if (json.is_null()) return;
  decode(json, out.emplace());
}
template <class T>
void decode(const Json& json, std::vector<T>& out) {
  for (const Json& item : json) decode(item, out.emplace_back());
}

// ---- The fields of each event, once for both directions -----------------------------------------------------------

template <class Event, class Visit>
void fields(Event& e, Visit visit) {
  using T = std::remove_const_t<Event>;
  if constexpr (std::same_as<T, trace::IkeSaKeyed>) {
    visit("spis", e.spis);
    visit("initiator", e.we_are_original_initiator);
  } else if constexpr (std::same_as<T, trace::IkeSaEstablished>) {
    visit("spis", e.spis);
    visit("initiator", e.we_are_original_initiator);
    visit("peer", e.peer_identity);
  } else if constexpr (std::same_as<T, trace::IkeSaClosed>) {
    visit("spis", e.spis);
    visit("reason", e.reason);
    visit("detail", e.detail);
  } else if constexpr (std::same_as<T, trace::ChildSaEstablished>) {
    visit("spis", e.ike);
    visit("inbound", e.inbound);
    visit("outbound", e.outbound);
    visit("local_ts", e.local_ts);
    visit("remote_ts", e.remote_ts);
    visit("transport", e.transport_mode);
    visit("rekeys", e.rekeys);
  } else if constexpr (std::same_as<T, trace::ChildSaClosed>) {
    visit("spis", e.ike);
    visit("inbound", e.inbound);
    visit("outbound", e.outbound);
    visit("reason", e.reason);
  } else if constexpr (std::same_as<T, trace::RequestRefused>) {
    visit("spis", e.ike);
    visit("exchange", e.exchange);
    visit("message_id", e.message_id);
    visit("error", e.error);
  } else if constexpr (std::same_as<T, trace::RequestAnswered>) {
    visit("spis", e.ike);
    visit("exchange", e.exchange);
    visit("message_id", e.message_id);
  } else if constexpr (std::same_as<T, trace::Retransmitted>) {
    visit("spis", e.ike);
    visit("exchange", e.exchange);
    visit("message_id", e.message_id);
    visit("attempt", e.attempt);
  } else if constexpr (std::same_as<T, trace::RequestTimedOut>) {
    visit("spis", e.ike);
    visit("exchange", e.exchange);
    visit("message_id", e.message_id);
    visit("attempts", e.attempts);
  } else if constexpr (std::same_as<T, trace::ResponseRepeated>) {
    visit("spis", e.ike);
    visit("message_id", e.message_id);
  } else if constexpr (std::same_as<T, trace::Discarded>) {
    visit("from", e.from);
    visit("why", e.why);
    visit("section", e.section);
  } else if constexpr (std::same_as<T, trace::PeerFault>) {
    visit("spis", e.ike);
    visit("what", e.what);
    visit("section", e.section);
    visit("answered", e.answered);
  } else if constexpr (std::same_as<T, trace::RequestRepeatedWith>) {
    visit("spis", e.ike);
    visit("because", e.because);
  } else if constexpr (std::same_as<T, trace::ExtensionUsed>) {
    visit("spis", e.ike);
    visit("extension", e.extension);
    visit("detail", e.detail);
  } else if constexpr (std::same_as<T, trace::MessageReassembled>) {
    visit("spis", e.ike);
    visit("message_id", e.message_id);
    visit("response", e.response);
    visit("fragments", e.fragments);
  } else if constexpr (std::same_as<T, trace::FragmentSizeReduced>) {
    visit("spis", e.ike);
    visit("message_id", e.message_id);
    visit("threshold", e.threshold);
  } else if constexpr (std::same_as<T, trace::IkeSaMoved>) {
    visit("spis", e.ike);
    visit("local", e.local);
    visit("remote", e.remote);
    visit("why", e.why);
  } else if constexpr (std::same_as<T, trace::ChildSaMoved>) {
    visit("spis", e.ike);
    visit("inbound", e.inbound);
    visit("outbound", e.outbound);
    visit("local", e.local);
    visit("remote", e.remote);
    visit("udp", e.udp_encapsulation);
  } else if constexpr (std::same_as<T, trace::PeerAddresses>) {
    visit("spis", e.ike);
    visit("additional", e.additional);
  } else if constexpr (std::same_as<T, trace::PathTested>) {
    visit("spis", e.ike);
    visit("local", e.local);
    visit("remote", e.remote);
    visit("works", e.works);
  } else if constexpr (std::same_as<T, trace::EspDiscarded>) {
    visit("spi", e.spi);
    visit("from", e.from);
    visit("why", e.why);
    visit("section", e.section);
  } else if constexpr (std::same_as<T, trace::ChildSaSpent>) {
    visit("spis", e.ike);
    visit("inbound", e.inbound);
    visit("stage", e.stage);
    visit("octets", e.octets);
    visit("packets", e.packets);
  } else if constexpr (std::same_as<T, trace::EspPeerMoved>) {
    visit("spis", e.ike);
    visit("before", e.before);
    visit("now", e.now);
  } else if constexpr (std::same_as<T, trace::TrafficMeasured>) {
    visit("between", e.between);
    visit("sent", e.sent);
    visit("answered", e.answered);
    visit("duplicates", e.duplicates);
    visit("out_of_order", e.out_of_order);
  } else if constexpr (std::same_as<T, trace::TrafficAnswered>) {
    visit("requests", e.requests);
  } else if constexpr (std::same_as<T, trace::IkeSaRekeyed>) {
    visit("spis", e.ike);
    visit("successor", e.successor);
    visit("by_us", e.by_us);
  } else {
    static_assert(std::same_as<T, trace::NatDetected>, "a new event needs its fields here");
    visit("spis", e.ike);
    visit("local", e.local_behind_nat);
    visit("peer", e.peer_behind_nat);
  }
}

template <std::size_t... I>
std::optional<trace::Event> find_event(std::string_view name, std::index_sequence<I...>) {
  std::optional<trace::Event> out;
  const auto offer = [&](trace::Event candidate) {
    if (!out && trace::name(candidate) == name) out = std::move(candidate);
  };
  (offer(std::variant_alternative_t<I, trace::Event>{}), ...);
  return out;
}

}  // namespace

nlohmann::ordered_json fields_of(const trace::Event& event) {
  Json out = Json::object();
  std::visit([&](const auto& e) { fields(e, [&](const char* name, const auto& value) { out[name] = encode(value); }); },
             event);
  return out;
}

std::optional<trace::Event> event_from(std::string_view name, const nlohmann::ordered_json& json) {
  auto out = find_event(name, std::make_index_sequence<std::variant_size_v<trace::Event>>{});
  if (!out) return std::nullopt;
  std::visit([&](auto& e) { fields(e, [&](const char* field, auto& value) { decode(json.at(field), value); }); }, *out);
  return out;
}

}  // namespace ikevet::reports
