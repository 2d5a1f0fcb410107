#include "scenarios/runner/deviating_dut.hpp"

#include "scenarios/runner/dut_move.hpp"

namespace ikevet::scenarios {
namespace {

EmbeddedDut::Place begun_on(EmbeddedDut::Place place, std::optional<std::uint16_t> port) {
  if (port) place.self.port = place.harness.port = *port;
  return place;
}

}  // namespace

DeviatingDut::DeviatingDut(const Deviation& deviation, sa::Config config, transport::MemoryNetwork& network,
                           EmbeddedDut::Place place, std::unique_ptr<RandomSource> random)
    : network_(network),
      place_(begun_on(std::move(place), deviation.begins_on)),
      addresses_(place_.others),
      random_(std::move(random)),
      peer_(deviation, std::move(config), *random_, {place_.self, place_.harness, place_.tfc_multiple, false},
            &cookies_) {
  addresses_.insert(addresses_.begin(), place_.self.address);
  for (const IpAddress& address : addresses_) network_.attach(address, peer_);
}

DeviatingDut::~DeviatingDut() {
  for (const IpAddress& address : addresses_) network_.detach(address);
}

void DeviatingDut::command(const sa::Command& command) {
  network_.react(addresses_.front(), peer_.command(command, network_.now()));
}

bool DeviatingDut::ping() {
  const auto reaction = peer_.ping(network_.now());
  if (reaction) network_.react(addresses_.front(), *reaction);
  return reaction.has_value();
}

std::string DeviatingDut::move() {
  const std::string why = change_address(peer_.engine().ike_sas(), place_, network_, peer_, addresses_);
  if (why.empty()) command(sa::AddressesChanged{addresses_});
  return why;
}

}  // namespace ikevet::scenarios
