#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {
namespace {

template <class N>
std::optional<N> narrow(std::optional<std::uint64_t> number) {
  return number ? std::optional(static_cast<N>(*number)) : std::nullopt;
}

PayloadPattern read_payload(const Node& node) {
  PayloadPattern out;
  out.type = read_name<wire::PayloadType>(node["payload"]);
  out.notify = read_name<wire::NotifyType>(node["notify"]);
  out.data = node["data"].octets();
  out.group = read_name<wire::DhGroup>(node["group"]);
  out.min_size = narrow<std::size_t>(node["min_size"].number());
  out.max_size = narrow<std::size_t>(node["max_size"].number());
  out.absent = node["absent"].flag().value_or(false);

  if (out.notify && out.type && *out.type != wire::PayloadType::Notify)
    node.complain("a notify type in a payload that is not a Notify payload", "take out `payload` or `notify`");
  if (!node.has("payload") && !node.has("notify"))
    node.complain("says of no payload what it should be", "add `payload` or `notify`");
  if (out.notify) out.type = wire::PayloadType::Notify;
  out.eap_code = read_name<wire::EapCode>(node["eap_code"]);
  out.eap_type = read_name<wire::EapType>(node["eap_type"]);
  if (node.has("eap_type") && !out.eap_type)
    node["eap_type"].complain("no EAP method of this name", "write for example \"MSCHAPv2\" or \"TLS\"");
  if ((out.eap_code || out.eap_type) && out.type != wire::PayloadType::EAP)
    node.complain("only an EAP payload has `eap_code` and `eap_type`", "write \"payload\": \"EAP\"");
  if (out.group && out.type != wire::PayloadType::KE && out.notify != wire::NotifyType::INVALID_KE_PAYLOAD)
    node["group"].complain("only a KE payload and INVALID_KE_PAYLOAD have a group", "take it out");
  if (out.min_size && out.max_size && *out.min_size > *out.max_size)
    node["min_size"].complain("larger than max_size", "exchange the two");
  if (out.absent && (out.data || out.min_size || out.max_size || out.group || out.eap_code || out.eap_type))
    node["absent"].complain("an absent payload has no data", "take out the data, or `absent`");
  return out;
}

}  // namespace

MessagePattern read_pattern(const Node& node) {
  MessagePattern out;
  out.exchange = read_name<wire::ExchangeType>(node["exchange"]);
  out.response = node["response"].flag();
  out.message_id = narrow<std::uint32_t>(node["message_id"].number());
  for (const Node& payload : node["payloads"].items()) out.payloads.push_back(read_payload(payload));
  out.encrypted = node["encrypted"].flag();
  out.empty = node["empty"].flag();
  out.error = node["error"].flag();
  out.major_version = narrow<std::uint8_t>(node["major_version"].number());
  out.minor_version = narrow<std::uint8_t>(node["minor_version"].number());
  return out;
}

}  // namespace ikevet::scenarios
