#include <catch2/catch.hpp>
#include <thread>

#include "scenarios/runner/child_process.hpp"
#include "scenarios/runner/dut.hpp"
#include "scenarios/runner/trigger_call.hpp"

using namespace ikevet;
using namespace ikevet::scenarios;
using Catch::Matchers::Contains;
using Kind = TriggerState::Kind;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr Instant kStart{seconds(1'000'000)};

Target target_with(const std::string& name, const std::string& script, Duration timeout = seconds(10),
                   bool background = false) {
  Target target;
  target.name = "bench";
  target.file = "/tmp/bench/target.json";
  target.dut_address = IpAddress::v4({192, 0, 2, 2});
  target.harness_address = IpAddress::v4({192, 0, 2, 1});
  target.triggers[name] = {{"/bin/sh", "-c", script}, timeout, background};
  return target;
}

/// Polls in real time while the run's own clock stands still.
TriggerState finish(LiveDut& dut, TriggerState state) {
  for (int i = 0; i < 1000 && state.kind == Kind::Running; ++i) {
    std::this_thread::sleep_for(milliseconds(5));
    state = dut.poll(kStart);
  }
  return state;
}

TriggerState run(const std::string& script) {
  const Target target = target_with("initiate", script);
  LiveDut dut(target, 1.0);
  return finish(dut, dut.trigger("initiate", kStart));
}

}  // namespace

TEST_CASE("a trigger's command fires, fails, or is not supported", "[runner][live]") {
  CHECK(run("exit 0").kind == Kind::Fired);
  const TriggerState failed = run("echo no such connection >&2; exit 3");
  CHECK(failed.kind == Kind::Failed);
  CHECK_THAT(failed.detail, Contains("ended with 3") && Contains("no such connection"));
  for (const char* script : {"exit 89", "exit 127", "no-such-command-anywhere"}) {
    const TriggerState unsupported = run(script);
    CHECK(unsupported.kind == Kind::Unsupported);
    CHECK(unsupported.detail.starts_with("unsupported"));
  }
  CHECK_THAT(run("kill -9 $$").detail, Contains("137"));
}

TEST_CASE("a trigger that the target does not have is unsupported, with the remedy", "[runner][live]") {
  const Target target = target_with("initiate", "exit 0");
  LiveDut dut(target, 1.0);
  const TriggerState state = dut.trigger("rekey_child", kStart);
  CHECK(state.kind == Kind::Unsupported);
  CHECK_THAT(state.detail, Contains("rekey_child") && Contains("/tmp/bench/target.json"));
}

TEST_CASE("a program that is not there is unsupported", "[runner][live]") {
  Target target = target_with("initiate", "");
  target.triggers["initiate"].command = {"{lab}", "initiate"};
  LiveDut dut(target, 1.0);
  const TriggerState state = finish(dut, dut.trigger("initiate", kStart));
  CHECK(state.kind == Kind::Unsupported);
  CHECK_THAT(state.detail, Contains("/tmp/bench/lab"));
}

TEST_CASE("a trigger that hangs is stopped with all it started", "[runner][live]") {
  const Target target = target_with("initiate", "echo waiting; sleep 600 & sleep 600", seconds(2));
  LiveDut dut(target, 1.0);
  CHECK(dut.trigger("initiate", kStart).kind == Kind::Running);
  std::this_thread::sleep_for(milliseconds(50));
  CHECK(dut.poll(kStart + seconds(1)).kind == Kind::Running);
  const TriggerState state = dut.poll(kStart + seconds(2));
  CHECK(state.kind == Kind::Failed);
  CHECK_THAT(state.detail, Contains("did not end in time") && Contains("waiting") && Contains("timeout"));
}

TEST_CASE("a background trigger is not waited for", "[runner][live]") {
  const Target target = target_with("initiate", "sleep 600", seconds(2), true);
  LiveDut dut(target, 1.0);
  CHECK(dut.trigger("initiate", kStart).kind == Kind::Fired);
  CHECK(dut.poll(kStart + seconds(100)).kind == Kind::Fired);
}

TEST_CASE("places in a command are filled in", "[runner][live]") {
  const Target target = target_with("initiate", "");
  CHECK(filled_in({"{lab}", "-i", "{harness}/{dut}"}, target) ==
        std::vector<std::string>{"/tmp/bench/lab", "-i", "192.0.2.1/192.0.2.2"});
}

TEST_CASE("a program's output is kept, the end of it when it is long", "[runner][live]") {
  ChildProcess process({"/bin/sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"});
  while (!process.exit_status()) std::this_thread::sleep_for(milliseconds(5));
  CHECK(process.exit_status() == 0);
  CHECK(process.output(100).size() <= 100);
  CHECK(process.output(100).ends_with("line 19999"));
}
