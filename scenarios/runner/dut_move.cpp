#include "scenarios/runner/dut_move.hpp"

#include <algorithm>

namespace ikevet::scenarios {

std::string change_address(const std::vector<sa::IkeSaView>& ike_sas, const EmbeddedDut::Place& place,
                           transport::MemoryNetwork& network, transport::Host& host,
                           std::vector<IpAddress>& addresses) {
  const auto mobile = std::ranges::find_if(ike_sas, &sa::IkeSaView::mobike);
  if (mobile == ike_sas.end()) return "MOBIKE was not agreed in any IKE SA of the device";
  const IpAddress from = mobile->local.address;
  std::vector<IpAddress> all = place.others;
  all.insert(all.begin(), place.self.address);
  const auto to = std::ranges::find_if(
      all, [&](const IpAddress& address) { return address != from && address.is_v6() == from.is_v6(); });
  if (to == all.end()) return "unsupported: the target gives the device no other address (dut.other_addresses)";
  network.detach(from);
  network.attach(*to, host);
  std::erase(addresses, from);
  std::erase(addresses, *to);
  addresses.insert(addresses.begin(), *to);
  return "";
}

}  // namespace ikevet::scenarios
