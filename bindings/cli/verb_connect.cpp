// The verb `connect`: one honest initiator, until it is told to stop.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "bindings/cli/deviating_server.hpp"
#include "bindings/cli/exit_code.hpp"
#include "bindings/cli/interruption.hpp"
#include "bindings/cli/live_peer.hpp"
#include "bindings/cli/verbs.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/loader.hpp"

namespace ikevet::cli {
namespace {

using app::ExitCode;

/// Until the user says so, the time is up, or the IKE SA is gone.
Watcher::Outcome stay(Watcher& watcher, const transport::EngineServer& server, double seconds) {
  const auto began = std::chrono::steady_clock::now();
  Watcher::Outcome outcome;
  const auto over = [&] {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
    const bool ended =
        outcome.established == 0 ? outcome.refused || outcome.no_answer : outcome.closed == outcome.established;
    return app::Interruption::requested() || !server.running() || ended || (seconds > 0 && passed.count() >= seconds);
  };
  // A signal does not end the wait by itself, so that it is never a long one.
  while (!over()) outcome = watcher.wait(std::chrono::milliseconds(100));
  return outcome;
}

int connect(const PeerOptions& options) {
  const scenarios::Target target = scenarios::find_target(options.target, scenarios::find_data_dir());
  std::optional<scenarios::Deviation> deviation;
  if (!options.deviation.empty()) deviation = deviation_for(options.deviation, "initiator");
  PeerSetup setup = peer_setup(target, Half::Harness, options);
  prepare_evidence_folder(options.out);
  Terminal terminal = Terminal::of_stdout();
  const app::Interruption interruption;
  Watcher watcher(terminal, options.out);
  if (deviation) {
    terminal.line(fmt::format("deviates: {} ({}); Ctrl-C ends it", deviation->title, deviation->citation));
    const auto began = std::chrono::steady_clock::now();
    play_deviating(*deviation, target, std::move(setup), true, watcher, [&] {
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
      return app::Interruption::requested() || (options.seconds > 0 && passed.count() >= options.seconds);
    });
    return static_cast<int>(ExitCode::Pass);
  }
  sa::Seams seams;
  seams.key_log = &watcher;
  transport::EngineServer server(std::move(setup.config), setup.udp, std::make_unique<OsRandom>(), seams, &watcher);
  const Endpoint dut{target.dut_address, target.dut_ike_port};
  terminal.line(
      fmt::format("connecting {} to {}; Ctrl-C deletes the IKE SA", server.ike_endpoint().text(), dut.text()));
  server.command(sa::Initiate{server.ike_endpoint(), dut});
  const Watcher::Outcome outcome = stay(watcher, server, options.seconds);
  if (server.running()) part(server, watcher);
  if (outcome.established != 0) return static_cast<int>(ExitCode::Pass);
  if (outcome.refused) {
    terminal.line("the device refused: compare credentials, identities, proposals and traffic selectors");
    return static_cast<int>(ExitCode::Failed);
  }
  terminal.line(fmt::format("no IKE SA: nothing came from {} that would make one; check address, ports and firewall",
                            dut.text()));
  return static_cast<int>(ExitCode::Unreachable);
}

}  // namespace

void register_connect(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand("connect", "Plays one honest initiator: brings up a tunnel and watches it.");
  verb->footer(
      "Example:\n"
      "  ikevet connect --target strongswan --out out/tunnel\n\n"
      "With --target loopback, `ikevet serve` in another terminal is its peer.\n"
      "Exit codes: 0 an IKE SA came up, 1 the device refused, 4 it did not answer.");
  const auto options = std::make_shared<PeerOptions>();
  verb->add_option("--target", options->target, "name of a target, or a target file")->capture_default_str();
  verb->add_option("--out", options->out, "a new folder for capture and keys");
  verb->add_option("--for", options->seconds, "delete the IKE SA and end after so many seconds");
  verb->add_option("--liveness", options->liveness, "seconds of silence after which the device is asked; 0: never")
      ->capture_default_str();
  verb->add_option("--deviation", options->deviation, "deviate thus (ids: `ikevet list --deviations`)");
  verb->callback([options, &exit_code] { exit_code = connect(*options); });
}

}  // namespace ikevet::cli
