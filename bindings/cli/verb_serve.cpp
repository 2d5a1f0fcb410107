// The verb `serve`: one honest responder, until it is told to stop.
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

int serve(const PeerOptions& options) {
  const scenarios::Target target = scenarios::find_target(options.target, scenarios::find_data_dir());
  // Of the target loopback it is the device, so that `ikevet connect` and `ikevet run` of another process meet it.
  const Half half = target.kind == scenarios::TargetKind::Live ? Half::Harness : Half::Device;
  std::optional<scenarios::Deviation> deviation;
  if (!options.deviation.empty()) deviation = deviation_for(options.deviation, "responder");
  PeerSetup setup = peer_setup(target, half, options);
  prepare_evidence_folder(options.out);
  Terminal terminal = Terminal::of_stdout();
  const app::Interruption interruption;
  Watcher watcher(terminal, options.out);
  const auto began = std::chrono::steady_clock::now();
  const auto over = [&] {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
    return app::Interruption::requested() || (options.seconds > 0 && passed.count() >= options.seconds);
  };
  if (deviation) {
    terminal.line(fmt::format("deviates: {} ({}); Ctrl-C ends it", deviation->title, deviation->citation));
    play_deviating(*deviation, target, std::move(setup), false, watcher, over);
    return static_cast<int>(app::ExitCode::Pass);
  }
  sa::Seams seams;
  seams.key_log = &watcher;
  transport::EngineServer server(std::move(setup.config), setup.udp, std::make_unique<OsRandom>(), seams, &watcher);
  terminal.line(fmt::format("waiting at {} and {}; Ctrl-C deletes what is established", server.ike_endpoint().text(),
                            server.nat_t_endpoint().text()));
  while (!over() && server.running()) watcher.wait(std::chrono::milliseconds(100));
  if (!over()) server.ike_sas();  // throws what ended the server
  part(server, watcher);
  const Watcher::Outcome outcome = watcher.outcome();
  terminal.line(fmt::format("{} IKE SA{} came up", outcome.established, outcome.established == 1 ? "" : "s"));
  return static_cast<int>(app::ExitCode::Pass);
}

}  // namespace

void register_serve(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand("serve", "Plays one honest responder and shows what its peers do.");
  verb->footer(
      "Example:\n"
      "  ikevet serve --target my-gateway.json --cookies --out out/served\n\n"
      "With --target loopback, `ikevet connect` in another terminal is its peer.");
  const auto options = std::make_shared<PeerOptions>();
  verb->add_option("--target", options->target, "name of a target, or a target file")->capture_default_str();
  verb->add_option("--out", options->out, "a new folder for capture and keys");
  verb->add_option("--for", options->seconds, "end after so many seconds");
  verb->add_option("--liveness", options->liveness, "seconds of silence after which a peer is asked; 0: never")
      ->capture_default_str();
  verb->add_flag("--cookies", options->cookies, "ask every initiator for a cookie (RFC 7296 §2.6)");
  verb->add_option("--deviation", options->deviation, "deviate thus (ids: `ikevet list --deviations`)");
  verb->callback([options, &exit_code] { exit_code = serve(*options); });
}

}  // namespace ikevet::cli
