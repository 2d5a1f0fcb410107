#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/runner/dut.hpp"
#include "scenarios/runner/dut_move.hpp"

namespace ikevet::scenarios {

using Kind = TriggerState::Kind;

TriggerState EngineDut::trigger(std::string_view name, Instant) {
  try {
    const std::string problem = act(name);
    state_ = problem.empty()                      ? TriggerState{Kind::Fired, ""}
             : problem.starts_with("unsupported") ? TriggerState{Kind::Unsupported, problem}
                                                  : TriggerState{Kind::Failed, problem};
  } catch (const std::exception& error) {
    state_ = {Kind::Failed, error.what()};
  }
  return state_;
}

/// Empty when the engine acted; otherwise why it did not.
std::string EngineDut::act(std::string_view name) {
  if (name == "initiate") {
    command(sa::Initiate{ends().dut, ends().harness});
    return "";
  }
  if (name == "demand_cookie") {
    cookies_.demand(true);
    return "";
  }
  if (name == "reset") {
    cookies_.demand(false);
    forget_everything();
    return "";
  }
  if (name == "status") return "";
  if (name == "move") return move();
  if (name == "traffic") return ping() ? "" : "the device has no Child SA that carries echo requests";
  static constexpr std::array<std::string_view, 5> kOnIkeSas{"rekey_child", "rekey_ike", "delete_child", "delete_ike",
                                                             "redirect"};
  if (std::ranges::find(kOnIkeSas, name) == kOnIkeSas.end())
    return fmt::format("unsupported: the built-in engine has no trigger \"{}\"", name);

  const SaBook sas = book();
  const auto ike = sas.newest_ike();
  if (!ike) return "the device has no IKE SA";
  if (name == "delete_ike") {
    command(sa::DeleteIkeSa{*ike});
    return "";
  }
  if (name == "rekey_ike") {
    command(sa::RekeyIkeSa{*ike});
    return "";
  }
  if (name == "redirect") {
    command(sa::RedirectClient{*ike, sa::GatewayIdentity::of(ends().dut.address)});
    return "";
  }
  const auto child = sas.newest_child(*ike);
  if (!child) return "the device has no Child SA";
  if (name == "rekey_child")
    command(sa::RekeyChildSa{*ike, *child});
  else
    command(sa::DeleteChildSa{*ike, *child});
  return "";
}

EmbeddedDut::EmbeddedDut(sa::Config config, transport::MemoryNetwork& network, Place place,
                         std::unique_ptr<RandomSource> random)
    : config_(std::move(config)), network_(network), place_(std::move(place)), random_(std::move(random)) {
  Bytes seed = random_->bytes(sizeof(std::uint64_t));
  std::uint64_t number = 0;
  for (const std::uint8_t octet : seed) number = number << 8U | octet;
  // A source of its own, so that a packet more does not shift what the engine draws.
  plane_random_ = std::make_unique<SeededRandom>(number);
  start();
}

EmbeddedDut::~EmbeddedDut() {
  for (const IpAddress& address : addresses_) network_.detach(address);
}

void EmbeddedDut::start() {
  for (const IpAddress& address : addresses_) network_.detach(address);
  esp::DataPlaneOptions options;
  options.nat_t_port = config_.nat_t_port;
  options.peer_nat_t_port = config_.peer_nat_t_port;
  options.tfc_multiple = place_.tfc_multiple;
  plane_ = std::make_unique<esp::DataPlane>(options, *plane_random_);
  plane_keys_ = std::make_unique<transport::DataPlaneKeys>(*plane_);
  sa::Seams seams;
  seams.decisions = &cookies_;
  seams.key_log = plane_keys_.get();
  engine_ = std::make_unique<sa::Engine>(config_, *random_, seams);
  host_ = std::make_unique<transport::EngineHost>(*engine_, plane_.get());
  addresses_ = place_.others;
  addresses_.insert(addresses_.begin(), place_.self.address);
  for (const IpAddress& address : addresses_) network_.attach(address, *host_);
}

std::optional<std::size_t> EmbeddedDut::ike_sas() { return engine_->ike_sas().size(); }

SaBook EmbeddedDut::book() {
  for (const trace::Event& event : host_->take_events()) book_.note(event);
  return book_;
}

void EmbeddedDut::command(const sa::Command& command) {
  network_.react(addresses_.front(), host_->command(command, network_.now()));
}

bool EmbeddedDut::ping() {
  const auto plan = plane_->complete({});
  if (plan) network_.react(addresses_.front(), host_->react(plane_->ping(*plan, network_.now()), network_.now()));
  return plan.has_value();
}

std::string EmbeddedDut::move() {
  const std::string why = change_address(engine_->ike_sas(), place_, network_, *host_, addresses_);
  if (why.empty()) command(sa::AddressesChanged{addresses_});
  return why;
}

void EmbeddedDut::forget_everything() {
  book_ = {};
  start();
}

LoopbackDut::LoopbackDut(sa::Config config, const transport::UdpOptions& udp, std::unique_ptr<RandomSource> random) {
  sa::Seams seams;
  seams.decisions = &cookies_;
  transport::DriverObserver* observer = this;
  server_ = std::make_unique<transport::EngineServer>(std::move(config), udp, std::move(random), seams, observer);
}

LoopbackDut::~LoopbackDut() { server_->stop(); }

SaBook LoopbackDut::book() {
  const std::scoped_lock lock(mutex_);
  return book_;
}

void LoopbackDut::forget_everything() {
  server_->reset();
  const std::scoped_lock lock(mutex_);
  book_ = {};
}

void LoopbackDut::on_event(const trace::Event& event, Instant) {
  const std::scoped_lock lock(mutex_);
  book_.note(event);
}

}  // namespace ikevet::scenarios
