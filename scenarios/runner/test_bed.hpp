// Opens the way to a target's device: a virtual network, loopback sockets, or the sockets of this machine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scenarios/format/scenario.hpp"
#include "scenarios/format/target.hpp"
#include "scenarios/runner/link.hpp"
#include "scenarios/runner/runner.hpp"

namespace ikevet::scenarios {

/// Owns the transport and the device for one scenario. A fresh one for each scenario means a fresh device where that is
/// ours, and fresh sockets.
struct Deviation;

class TestBed {
 public:
  virtual ~TestBed() = default;
  virtual Link link() = 0;
  /// What a deviation wanted to do and could not: its author is wrong then.
  virtual std::vector<std::string> complaints() const { return {}; }
};

/// With an embedded target the device deviates as told; the deviation must outlive the test bed.
/// Throws transport::TransportError (port in use, no such address or namespace, not root), SetupError.
/// @param scenario  decides, with the seed, what the built-in device draws
std::unique_ptr<TestBed> open_test_bed(const Target& target, const Scenario& scenario, const RunOptions& options,
                                       const Deviation* deviation = nullptr);

}  // namespace ikevet::scenarios
