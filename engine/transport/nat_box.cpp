#include "engine/transport/nat_box.hpp"

#include <algorithm>
#include <utility>

namespace ikevet::transport {

void NatBox::remap_address() {
  std::swap(outside_, spare_);
  mappings_.clear();
}

std::uint16_t NatBox::port_for(std::uint16_t inside_port) {
  const auto [mapping, is_new] = mappings_.try_emplace(inside_port, next_port_);
  if (is_new) ++next_port_;
  return mapping->second;
}

std::vector<Onward> NatBox::pass(Datagram datagram, Instant) {
  if (!inside_) return {{std::move(datagram), {}}};
  if (datagram.source.address == *inside_) {
    if (datagram.source.port == 0) return {};
    datagram.source = {outside_, port_for(datagram.source.port)};
    return {{std::move(datagram), {}}};
  }
  if (datagram.destination.address == *inside_ || datagram.destination.address == spare_) return {};
  if (datagram.destination.address != outside_) return {{std::move(datagram), {}}};
  const auto mapping =
      std::ranges::find_if(mappings_, [&](const auto& one) { return one.second == datagram.destination.port; });
  if (mapping == mappings_.end()) return {};
  datagram.destination = {*inside_, mapping->first};
  return {{std::move(datagram), {}}};
}

}  // namespace ikevet::transport
