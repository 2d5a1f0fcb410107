// A deviating peer as the device under test, on the virtual network.
#pragma once

#include <memory>

#include "scenarios/runner/deviating_peer.hpp"
#include "scenarios/runner/dut.hpp"

namespace ikevet::scenarios {

class DeviatingDut final : public EngineDut {
 public:
  /// `config` is the device's with the deviation's own in it. Deviation and network must outlive the device.
  DeviatingDut(const Deviation& deviation, sa::Config config, transport::MemoryNetwork& network,
               EmbeddedDut::Place place, std::unique_ptr<RandomSource> random);
  ~DeviatingDut() override;
  std::optional<std::size_t> ike_sas() override { return peer_.engine().ike_sas().size(); }
  const std::vector<std::string>& failures() const { return peer_.failures(); }

 private:
  Ends ends() const override { return {place_.self, place_.harness}; }
  SaBook book() override { return peer_.book(); }
  void command(const sa::Command& command) override;
  void forget_everything() override { peer_.reset(); }
  bool ping() override;
  std::string move() override;

  transport::MemoryNetwork& network_;
  EmbeddedDut::Place place_;
  std::vector<IpAddress> addresses_;  ///< that it has at the moment
  std::unique_ptr<RandomSource> random_;
  DeviatingPeer peer_;
};

}  // namespace ikevet::scenarios
