#include <fmt/format.h>

#include "scenarios/runner/dut.hpp"

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
  if (name != "rekey_child" && name != "rekey_ike" && name != "delete_child" && name != "delete_ike")
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
  const auto child = sas.newest_child(*ike);
  if (!child) return "the device has no Child SA";
  if (name == "rekey_child")
    command(sa::RekeyChildSa{*ike, *child});
  else
    command(sa::DeleteChildSa{*ike, *child});
  return "";
}

EmbeddedDut::EmbeddedDut(sa::Config config, transport::MemoryNetwork& network, Endpoint self, Endpoint harness,
                         std::unique_ptr<RandomSource> random)
    : config_(std::move(config)), network_(network), ends_{self, harness}, random_(std::move(random)) {
  start();
}

EmbeddedDut::~EmbeddedDut() { network_.detach(ends_.dut.address); }

void EmbeddedDut::start() {
  sa::Seams seams;
  seams.decisions = &cookies_;
  engine_ = std::make_unique<sa::Engine>(config_, *random_, seams);
  host_ = std::make_unique<transport::EngineHost>(*engine_);
  network_.attach(ends_.dut.address, *host_);
}

std::optional<std::size_t> EmbeddedDut::ike_sas() { return engine_->ike_sas().size(); }

SaBook EmbeddedDut::book() {
  for (const trace::Event& event : host_->take_events()) book_.note(event);
  return book_;
}

void EmbeddedDut::command(const sa::Command& command) {
  network_.react(ends_.dut.address, host_->command(command, network_.now()));
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
