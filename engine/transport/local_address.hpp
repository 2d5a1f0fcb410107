// Which of this machine's addresses is used towards another machine.
#pragma once

#include <string>

#include "engine/base/datagram.hpp"

namespace ikevet::transport {

/// The source address that the system would choose for a datagram to `remote`; nothing is sent. Throws TransportError
/// where there is no route.
IpAddress local_address_towards(const IpAddress& remote);

}  // namespace ikevet::transport
