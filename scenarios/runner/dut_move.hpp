// A device of the virtual network goes to another of its addresses, RFC 4555.
#pragma once

#include <string>
#include <vector>

#include "scenarios/runner/dut.hpp"

namespace ikevet::scenarios {

/// Detaches the host from the address that an IKE SA with MOBIKE uses and attaches it to the next one of its family; an
/// address that was left earlier is there again. `addresses` are those it has, the one in use first. Empty when it
/// moved; otherwise why it did not.
std::string change_address(const std::vector<sa::IkeSaView>& ike_sas, const EmbeddedDut::Place& place,
                           transport::MemoryNetwork& network, transport::Host& host, std::vector<IpAddress>& addresses);

}  // namespace ikevet::scenarios
