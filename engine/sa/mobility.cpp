#include "engine/sa/mobility.hpp"

#include "engine/base/writer.hpp"
#include "engine/sa/message_io.hpp"

namespace ikevet::sa {

using wire::NotifyType;

std::vector<wire::Payload> additional_addresses(std::span<const IpAddress> ours, const IpAddress& in_use,
                                                bool say_none) {
  std::vector<wire::Payload> out;
  for (const IpAddress& address : ours) {
    if (address == in_use) continue;
    const NotifyType type = address.is_v6() ? NotifyType::ADDITIONAL_IP6_ADDRESS : NotifyType::ADDITIONAL_IP4_ADDRESS;
    out.push_back(notify(type, address.octets()));
  }
  if (out.empty() && say_none) out.push_back(notify(NotifyType::NO_ADDITIONAL_ADDRESSES));
  return out;
}

std::optional<std::vector<IpAddress>> read_additional_addresses(std::span<const wire::Payload> payloads) {
  std::optional<std::vector<IpAddress>> out;
  for (const wire::Notify* notify : wire::notifies(payloads)) {
    const bool v4 = notify->type == NotifyType::ADDITIONAL_IP4_ADDRESS;
    const bool v6 = notify->type == NotifyType::ADDITIONAL_IP6_ADDRESS;
    if (!v4 && !v6 && notify->type != NotifyType::NO_ADDITIONAL_ADDRESSES) continue;
    if (!out) out.emplace();
    const auto address = IpAddress::from_octets(notify->data);
    if ((v4 || v6) && address && address->is_v6() == v6 && out->size() < kMostAddresses) out->push_back(*address);
  }
  return out;
}

Bytes no_nats_allowed(const Endpoint& source, const Endpoint& destination) {
  Writer out;
  out.bytes(source.address.octets()).bytes(destination.address.octets()).u16(source.port).u16(destination.port);
  return out.take();
}

bool violates_no_nats(std::span<const wire::Payload> payloads, const Endpoint& source, const Endpoint& destination) {
  const wire::Notify* claim = nullptr;
  for (const wire::Notify* notify : wire::notifies(payloads))
    if (notify->type == NotifyType::NO_NATS_ALLOWED) claim = notify;
  return claim && !equal(claim->data, no_nats_allowed(source, destination));
}

}  // namespace ikevet::sa
