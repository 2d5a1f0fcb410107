#include "bindings/cli/player.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <shared_mutex>

#include "bindings/cli/evidence.hpp"
#include "bindings/cli/health_record.hpp"
#include "bindings/cli/interruption.hpp"
#include "bindings/cli/run_dir.hpp"
#include "bindings/cli/run_hooks.hpp"
#include "pcap/key_files.hpp"
#include "pcap/live_capture.hpp"
#include "reports/files.hpp"
#include "reports/grader.hpp"
#include "reports/reasons.hpp"
#include "reports/run_record.hpp"
#include "scenarios/runner/device_watch.hpp"
#include "scenarios/runner/runner.hpp"
#include "scenarios/runner/test_bed.hpp"

namespace ikevet::app {
namespace fs = std::filesystem;
namespace reasons = reports::reasons;

using reports::Status;
using scenarios::Scenario;
using scenarios::Target;
using scenarios::TargetKind;

namespace {

constexpr std::string_view kAgain = "again-";
/// Ports of scenarios that share the device, two for each.
constexpr std::uint16_t kFirstSharedPort = 20000;
constexpr std::size_t kSharedSlots = 6000;

/// How packets of a run are recorded: not at all on the virtual network, with libpcap where this is permitted.
class Recording {
 public:
  Recording(const Target& target, RunObserver& observer) : observer_(observer) {
    if (target.kind == TargetKind::Embedded) return;
    options_.harness = target.harness_other_addresses;
    options_.harness.push_back(target.harness_address);
    options_.peers = target.dut_other_addresses;
    options_.peers.push_back(target.dut_address);
    options_.network_namespace = target.network_namespace;
    // Other programs' traffic has the same addresses on a loopback interface. Ports that the system will choose are not
    // known yet.
    const bool known = target.dut_ike_port != 0 && target.dut_nat_t_port != 0;
    if (target.kind == TargetKind::Loopback && known) options_.ports = {target.dut_ike_port, target.dut_nat_t_port};
    const auto why_not = pcap::LiveCapture::why_not(options_);
    permitted_ = !why_not;
    if (why_not)
      observer_.note("packets are not recorded, captures are made from what is sent and received: " + *why_not);
  }

  /// Null where nothing is recorded. `ports`: of a scenario that shares the way to the device with others.
  std::unique_ptr<pcap::LiveCapture> start(const std::vector<std::uint16_t>& ports) const {
    if (!permitted_) return nullptr;
    try {
      pcap::LiveCaptureOptions options = options_;
      if (!ports.empty()) options.ports = ports;
      return std::make_unique<pcap::LiveCapture>(options);
    } catch (const pcap::CaptureError& error) {
      observer_.note(error.what());
      return nullptr;
    }
  }

 private:
  RunObserver& observer_;
  pcap::LiveCaptureOptions options_;
  bool permitted_{};
};

std::size_t on_the_wire(const trace::Trace& trace) {
  return static_cast<std::size_t>(
      std::ranges::count_if(trace.packets, [](const trace::Packet& packet) { return packet.frame != 0; }));
}

scenarios::RunOptions options_of(const RunPlan& plan) {
  scenarios::RunOptions out;
  out.seed = plan.seed;
  out.time_scale = plan.request.timeout_scale;
  return out;
}

Instant steady_now() {
  return Instant(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

}  // namespace

void try_sockets(const RunPlan& plan) {
  if (plan.target.kind != TargetKind::Embedded)
    scenarios::open_test_bed(plan.target, plan.scenarios.front(), options_of(plan));
}

unsigned jobs_of(const RunPlan& plan, const RunHooks* hooks) {
  if (hooks) return 1;
  const unsigned asked = std::max(plan.request.jobs, 1U);
  if (plan.target.kind == TargetKind::Embedded) return asked;
  return plan.target.kind == TargetKind::Live ? std::min(asked, plan.target.concurrency) : 1U;
}

bool needs_trigger(const Scenario& scenario) {
  return std::ranges::any_of(scenario.needs, [](const std::string& need) { return need.starts_with("trigger:"); });
}

/// Does it tell the device to do something with an IKE SA? It might take the wrong one.
bool makes_the_device_act(const Scenario& scenario) {
  constexpr std::array kHarmless{"trigger:demand_cookie", "trigger:reset", "trigger:status"};
  return scenario.harness == scenarios::Role::Responder ||
         std::ranges::any_of(scenario.needs, [&](const std::string& need) {
           return need.starts_with("trigger:") && std::ranges::find(kHarmless, need) == kHarmless.end();
         });
}

bool can_share(const Scenario& scenario) {
  if (scenario.harness != scenarios::Role::Initiator) return false;
  const bool asks_more =
      needs_trigger(scenario) || std::ranges::find(scenario.needs, "nat-on-path") != scenario.needs.end();
  // Packets of Child SAs have no ports by which to tell them apart.
  return !asks_more && std::ranges::all_of(scenario.steps, [](const scenarios::Step& step) {
    return !std::holds_alternative<scenarios::Traffic>(step.action) &&
           !std::holds_alternative<scenarios::Move>(step.action) &&
           !std::holds_alternative<scenarios::PathTest>(step.action);
  });
}

std::string again_id(const std::string& id, unsigned time) {
  return time == 0 ? id : fmt::format("{}{}/{}", kAgain, time, id);
}

std::string base_id(const std::string& id) {
  if (!id.starts_with(kAgain)) return id;
  const std::size_t slash = id.find('/');
  const std::string digits = id.substr(kAgain.size(), slash == std::string::npos ? 0 : slash - kAgain.size());
  const bool number = !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos;
  return number ? id.substr(slash + 1) : id;
}

class Player::Impl {
 public:
  Impl(const RunPlan& plan, RunObserver& observer, RunHooks* hooks)
      : plan_(plan),
        observer_(observer),
        hooks_(hooks),
        recording_(plan.target, observer),
        shares_(plan.target.kind == TargetKind::Live && jobs_of(plan, hooks) > 1) {
    timing_.concurrency = plan.target.kind == TargetKind::Live ? jobs_of(plan, hooks) : 1;
    if (plan.target.kind != TargetKind::Live) return;
    watch_ = std::make_unique<scenarios::DeviceWatch>(plan.target, plan.request.timeout_scale, Interruption::requested,
                                                      steady_now);
    if (const std::string why = watch_->wait_until_ready(); !why.empty()) observer.note(why);
    const bool wanted = std::ranges::any_of(plan.scenarios, tries_robustness);
    if (!wanted) return;
    if (const std::string note = watch_->begin(); !note.empty()) observer.note(note);
  }

  GradedScenario run(std::size_t index, unsigned again) {
    const Scenario& scenario = plan_.scenarios[index];
    const fs::path folder = plan_.run_dir / again_id(scenario.id, again);
    if (Interruption::requested())
      return without_playing(folder, scenario, Status::Inconclusive, reasons::kInterrupted,
                             std::string(reasons::explain(reasons::kInterrupted)));
    if (std::string missing = missing_need(scenario, plan_.target); !missing.empty())
      return without_playing(folder, scenario, Status::Unsupported, reasons::kCapabilityMissing, std::move(missing));
    return play(folder, scenario, index);
  }

  const RunTiming& timing() const { return timing_; }

 private:
  static GradedScenario without_playing(const fs::path& folder, const Scenario& scenario, Status status,
                                        std::string_view reason, std::string detail) {
    GradedScenario out{reports::not_played(scenario, status, reason, std::move(detail)), scenario, std::nullopt};
    reports::write_file(folder / kScenarioFile, scenario.text);
    reports::write_verdict(folder / kVerdictFile, out.verdict);
    return out;
  }

  /// One scenario with the device, to itself or beside others.
  struct Played {
    scenarios::ScenarioRun run;
    keys::KeySet keys;
    std::string note;
    bool was_reset{};
  };

  GradedScenario play(const fs::path& folder, const Scenario& scenario, std::size_t index) {
    const bool shared = shares_ && can_share(scenario);
    Played played;
    if (shared) {
      if (watch_) {
        const std::unique_lock alone(device_);
        make_ready_for(scenario);
      }
      const std::shared_lock beside_others(device_);
      played = with_the_device(folder, scenario, at_ports_of(index), true);
    }
    {
      // The embedded device is another one for each scenario: nothing is shared there.
      std::unique_lock alone(device_, std::defer_lock);
      if (plan_.target.kind != TargetKind::Embedded) alone.lock();
      if (!shared) {
        make_ready_for(scenario);
        played = with_the_device(folder, scenario, plan_.target, false);
      }
      after(folder, scenario, played.was_reset);
    }
    {
      const std::lock_guard lock(told_);
      timing_.add(scenario, played.run);
      if (!played.note.empty()) observer_.note(scenario.id + ": " + played.note);
    }
    keys::KeyRing ring = read_keys(folder);
    if (!plan_.request.keys) pcap::add_keys(ring, played.keys);
    GradedScenario out = grade_stored(folder, scenario.id, plan_.library, ring);
    if (hooks_)
      for (reports::RequirementVerdict& verdict : hooks_->judge(out.scenario, out.run->trace))
        out.verdict.rules.push_back(std::move(verdict));
    reports::write_verdict(folder / kVerdictFile, out.verdict);
    return out;
  }

  Target at_ports_of(std::size_t index) const {
    Target out = plan_.target;
    const auto slot = static_cast<std::uint16_t>(2 * (index % kSharedSlots));
    out.harness_ike_port = static_cast<std::uint16_t>(kFirstSharedPort + slot);
    out.harness_nat_t_port = static_cast<std::uint16_t>(kFirstSharedPort + slot + 1);
    return out;
  }

  Played with_the_device(const fs::path& folder, const Scenario& scenario, const Target& target, bool shared) {
    Played out;
    std::vector<std::uint16_t> ports;
    if (shared) ports = {target.harness_ike_port, target.harness_nat_t_port};
    const auto recording = recording_.start(ports);
    scenarios::RunOptions options = options_of(plan_);
    options.beside_a_bystander = watch_ != nullptr && watch_->has_bystander();
    // A reset takes the IKE SAs of the others away: it waits until they have ended.
    if (shared) options.on_leftover = [this] { leftover_ = true; };
    {
      const auto bed =
          scenarios::open_test_bed(target, scenario, options, plan_.deviation ? &*plan_.deviation : nullptr);
      const scenarios::Link link = bed->link();
      const Interruptible interruptible(link.transport);
      out.run = play_over(link, scenario, target, options, out.keys);
      out.was_reset = link.dut.was_reset();
    }
    if (recording) recording->stop(on_the_wire(out.run.trace));
    out.note = write_evidence(folder, scenario, out.run, recording.get(), plan_.request.keys ? &out.keys : nullptr);
    return out;
  }

  scenarios::ScenarioRun play_over(const scenarios::Link& link, const Scenario& scenario, const Target& target,
                                   const scenarios::RunOptions& options, keys::KeySet& keys) const {
    if (!hooks_) return scenarios::play(scenario, target, link, options, &keys);
    HookedDut dut(link.dut, *hooks_);
    const scenarios::Link hooked{link.transport, dut,     link.harness_ike, link.harness_nat_t, link.dut_ike,
                                 link.dut_nat_t, link.nat};
    return scenarios::play_hooked(scenario, target, hooked, options, &keys, hooks_->steps_of(scenario));
  }

  /// The device belongs to this thread alone, here and in after().
  void make_ready_for(const Scenario& scenario) {
    if (watch_ == nullptr || Interruption::requested()) return;
    const bool acts = makes_the_device_act(scenario);
    if (acts || tries_robustness(scenario)) watch_->make_ready_for(acts);
  }

  void after(const fs::path& folder, const Scenario& scenario, bool was_reset) {
    if (watch_ == nullptr || Interruption::requested()) return;
    if (leftover_.exchange(false)) {
      if (const std::string why = watch_->reset(); !why.empty()) observer_.note(scenario.id + ": " + why);
      was_reset = true;
    }
    if (tries_robustness(scenario))
      write_health(folder / kHealthFile, watch_->look(was_reset));
    else if (was_reset)
      watch_->look(true);
  }

  const RunPlan& plan_;
  RunObserver& observer_;
  RunHooks* hooks_;
  Recording recording_;
  bool shares_;
  std::unique_ptr<scenarios::DeviceWatch> watch_;
  std::shared_mutex device_;
  std::atomic<bool> leftover_{};
  std::mutex told_;
  RunTiming timing_;  // guarded by told_
};

Player::Player(const RunPlan& plan, RunObserver& observer, RunHooks* hooks)
    : impl_(std::make_unique<Impl>(plan, observer, hooks)) {}
Player::~Player() = default;
GradedScenario Player::run(std::size_t index, unsigned again) { return impl_->run(index, again); }
const RunTiming& Player::timing() const { return impl_->timing(); }

}  // namespace ikevet::app
