#include "scenarios/runner/test_bed.hpp"

#include "engine/transport/memory_network.hpp"
#include "engine/transport/udp_transport.hpp"
#include "scenarios/runner/deviating_dut.hpp"
#include "scenarios/runner/overlay.hpp"
#include "scenarios/runner/peer_setup.hpp"

namespace ikevet::scenarios {
namespace {

constexpr std::uint64_t kDutLabel = 2;
/// Of the NAT on the virtual network: documentation addresses, RFC 5737.
const IpAddress kNatAddress = IpAddress::v4({203, 0, 113, 201});
const IpAddress kSpareNatAddress = IpAddress::v4({203, 0, 113, 202});

std::unique_ptr<RandomSource> dut_random(const Scenario& scenario, const RunOptions& options) {
  if (!options.seed) return std::make_unique<OsRandom>();
  SeededRandom root(scenario_seed(*options.seed, scenario.id));
  return std::make_unique<SeededRandom>(root.fork(kDutLabel));
}

std::unique_ptr<Dut> embedded_dut(const Target& target, const Scenario& scenario, const RunOptions& options,
                                  const Deviation* deviation, transport::MemoryNetwork& network) {
  EmbeddedDut::Place place{{target.dut_address, target.dut_ike_port},
                           {target.harness_address, target.harness_ike_port},
                           target.dut_other_addresses,
                           target.dut_config.child.tfc_multiple.value_or(0)};
  sa::Config config = dut_config(target, options.time_scale);
  auto random = dut_random(scenario, options);
  if (deviation == nullptr)
    return std::make_unique<EmbeddedDut>(std::move(config), network, std::move(place), std::move(random));
  apply_overrides(target, target.dut_config.auth, deviation->config, config);
  return std::make_unique<DeviatingDut>(*deviation, std::move(config), network, std::move(place), std::move(random));
}

class EmbeddedBed final : public TestBed {
 public:
  EmbeddedBed(const Target& target, const Scenario& scenario, const RunOptions& options, const Deviation* deviation)
      : target_(target),
        transport_(network_, target.harness_address, target.harness_other_addresses),
        dut_(embedded_dut(target, scenario, options, deviation, network_)) {
    auto nat = std::make_unique<transport::NatBox>(kNatAddress, kSpareNatAddress);
    nat_ = nat.get();
    network_.add(std::move(nat));
  }

  Link link() override {
    const auto at = [](const IpAddress& address, std::uint16_t port) { return Endpoint{address, port}; };
    return {transport_,
            *dut_,
            at(target_.harness_address, target_.harness_ike_port),
            at(target_.harness_address, target_.harness_nat_t_port),
            at(target_.dut_address, target_.dut_ike_port),
            at(target_.dut_address, target_.dut_nat_t_port),
            nat_};
  }
  std::vector<std::string> complaints() const override {
    const auto* deviating = dynamic_cast<const DeviatingDut*>(dut_.get());
    return deviating ? deviating->failures() : std::vector<std::string>{};
  }

 private:
  const Target& target_;
  transport::MemoryNetwork network_;
  transport::NatBox* nat_{};
  transport::MemoryTransport transport_;
  std::unique_ptr<Dut> dut_;
};

transport::UdpOptions harness_sockets(const Target& target) {
  transport::UdpOptions out;
  out.local = target.harness_address;
  out.ike_port = target.harness_ike_port;
  out.nat_t_port = target.harness_nat_t_port;
  out.network_namespace = target.network_namespace;
  out.more = target.harness_other_addresses;
  return out;
}

class LoopbackBed final : public TestBed {
 public:
  LoopbackBed(const Target& target, const Scenario& scenario, const RunOptions& options)
      : transport_(harness_sockets(target)),
        dut_(dut_settings(target, options),
             {target.dut_address, target.dut_ike_port, target.dut_nat_t_port, target.network_namespace},
             dut_random(scenario, options)) {
    dut_.set_harness(transport_.ike_endpoint());
  }

  Link link() override {
    return {transport_,           dut_, transport_.ike_endpoint(), transport_.nat_t_endpoint(), dut_.ike_endpoint(),
            dut_.nat_t_endpoint()};
  }

 private:
  sa::Config dut_settings(const Target& target, const RunOptions& options) const {
    sa::Config config = dut_config(target, options.time_scale);
    config.peer_nat_t_port = transport_.nat_t_endpoint().port;
    return config;
  }

  transport::UdpTransport transport_;
  LoopbackDut dut_;
};

class LiveBed final : public TestBed {
 public:
  LiveBed(const Target& target, const RunOptions& options)
      : target_(target), transport_(harness_sockets(target)), dut_(target, options.time_scale) {}

  Link link() override {
    return {transport_,
            dut_,
            transport_.ike_endpoint(),
            transport_.nat_t_endpoint(),
            {target_.dut_address, target_.dut_ike_port},
            {target_.dut_address, target_.dut_nat_t_port}};
  }

 private:
  const Target& target_;
  transport::UdpTransport transport_;
  LiveDut dut_;
};

}  // namespace

std::unique_ptr<TestBed> open_test_bed(const Target& target, const Scenario& scenario, const RunOptions& options,
                                       const Deviation* deviation) {
  switch (target.kind) {
    case TargetKind::Embedded:
      return std::make_unique<EmbeddedBed>(target, scenario, options, deviation);
    case TargetKind::Loopback:
      return std::make_unique<LoopbackBed>(target, scenario, options);
    case TargetKind::Live:
      break;
  }
  return std::make_unique<LiveBed>(target, options);
}

}  // namespace ikevet::scenarios
