// What a scenario is played over.
#pragma once

#include "engine/base/datagram.hpp"
#include "engine/transport/nat_box.hpp"
#include "engine/transport/transport.hpp"
#include "scenarios/runner/dut.hpp"

namespace ikevet::scenarios {

/// The way to a device: a transport, the device, and who has which port. Nothing is owned.
struct Link {
  transport::Transport& transport;
  Dut& dut;
  Endpoint harness_ike;    ///< ours on port 500, or what stands in for it
  Endpoint harness_nat_t;  ///< ours on port 4500
  Endpoint dut_ike;
  Endpoint dut_nat_t;
  transport::NatBox* nat = nullptr;  ///< on the way to the device, where that is a virtual network
};

}  // namespace ikevet::scenarios
