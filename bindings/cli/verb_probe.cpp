// The verb `probe`: what a responder can do, found out with few messages, and a target file to begin with.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "bindings/cli/interruption.hpp"
#include "bindings/cli/probe_text.hpp"
#include "bindings/cli/user_error.hpp"
#include "bindings/cli/verbs.hpp"
#include "engine/base/random.hpp"
#include "engine/transport/local_address.hpp"
#include "reports/files.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/loader.hpp"

namespace ikevet::cli {
namespace {

using app::ExitCode;
using app::UserError;

constexpr const char* kFooter =
    "TARGET is a target (name or file), or the address of a device that no file describes yet. Without credentials\n"
    "everything up to authentication is found; with them what an IKE SA shows, too.\n\n"
    "Examples:\n"
    "  ikevet probe 192.0.2.1 --write gateway.json\n"
    "  PSK=... ikevet probe 192.0.2.1 --psk-env PSK --identity fqdn:tester.example --peer-identity ipv4:192.0.2.1 \\\n"
    "      --ts 10.1.0.0/24 --peer-ts 10.2.0.0/24 --write gateway.json\n"
    "  ikevet run profile:quick --target gateway.json\n\n"
    "Exit codes: 0 probed; 1 probed, and the target file claims what the wire contradicts; 2 usage; 4 no answer.";

struct ProbeRequest {
  std::string target;
  std::string from, net_ns, psk_env;
  std::string identity = "fqdn:harness.test", peer_identity;
  std::vector<std::string> ts, peer_ts;
  std::string write;
  bool json{};
  unsigned half_open = 8;
  double patience{}, timeout_scale = 1;
  std::optional<std::uint64_t> seed;
};

std::string any_range(const IpAddress& address) { return address.is_v4() ? "0.0.0.0/0" : "::/0"; }

/// A device that is known by its address alone.
scenarios::Target bare_target(const ProbeRequest& request, const IpAddress& address) {
  scenarios::Target out;
  out.name = "probed";
  out.title = "Probed at " + address.text();
  out.kind = scenarios::TargetKind::Live;
  out.network_namespace = request.net_ns;
  out.dut_address = address;
  if (request.from.empty()) {
    if (!request.net_ns.empty())
      throw UserError(ExitCode::Usage, "--namespace without --from", "say which address of the namespace to use");
    out.harness_address = transport::local_address_towards(address);
  } else if (const auto from = IpAddress::parse(request.from)) {
    out.harness_address = *from;
  } else {
    throw UserError(ExitCode::Usage, fmt::format("--from: \"{}\" is not an IP address", request.from), "");
  }
  const std::string family = address.is_v4() ? "ipv4:" : "ipv6:";
  out.harness_identity = request.identity;
  out.dut_identity = request.peer_identity.empty() ? family + address.text() : request.peer_identity;
  out.harness_ts = request.ts.empty() ? std::vector<std::string>{any_range(address)} : request.ts;
  out.dut_ts = request.peer_ts.empty() ? std::vector<std::string>{any_range(address)} : request.peer_ts;
  out.ike_proposals = {
      "aes256-aes128-sha256-sha512-sha384-sha1-prfsha256-prfsha512-prfsha384-prfsha1-ecp256-x25519-ecp384-modp2048-"
      "modp3072-modp4096",
      "aes256gcm16-aes128gcm16-chacha20poly1305-prfsha256-prfsha512-prfsha384-ecp256-x25519-ecp384-modp2048-modp3072-"
      "modp4096"};
  out.child_proposals = {"aes256gcm16-aes128gcm16-chacha20poly1305", "aes256-aes128-sha256-sha512-sha1"};
  out.psk = "ikevet probe";  // refused, which ends the set-up as well
  if (!request.psk_env.empty()) {
    const char* key = std::getenv(request.psk_env.c_str());
    if (key == nullptr || *key == '\0')
      throw UserError(ExitCode::Usage, fmt::format("the environment variable {} is not set", request.psk_env),
                      "set it to the pre-shared key");
    out.psk = key;
  }
  return out;
}

std::string draft_name(const std::filesystem::path& file) {
  std::string name = file.filename() == "target.json"
                         ? std::filesystem::absolute(file).parent_path().filename().string()
                         : file.stem().string();
  for (char& c : name) c = static_cast<char>(std::isalnum(static_cast<unsigned char>(c)) ? std::tolower(c) : '-');
  while (name.starts_with("-")) name.erase(0, 1);
  return name.empty() ? "probed" : name;
}

void write_draft(const ProbeRequest& request, const scenarios::Target& target, const scenarios::ProbeReport& report) {
  std::string draft = scenarios::target_draft(target, report, draft_name(request.write));
  if (target.file.empty()) {
    auto json = nlohmann::ordered_json::parse(draft);
    json["credentials"] = request.psk_env.empty() ? nlohmann::ordered_json{{"psk", "to be filled in"}}
                                                  : nlohmann::ordered_json{{"psk_env", request.psk_env}};
    draft = json.dump(2) + "\n";
  }
  reports::write_file(request.write, draft);
}

int run(const ProbeRequest& request) {
  const auto address = IpAddress::parse(request.target);
  const scenarios::Target target =
      address ? bare_target(request, *address) : scenarios::find_target(request.target, scenarios::find_data_dir());
  if (!request.write.empty() && std::filesystem::exists(request.write))
    throw UserError(ExitCode::Usage, fmt::format("{} is there already", request.write),
                    "name another file, or take it away first");
  const app::Interruption interruption;
  Terminal progress = Terminal::of_stdout();
  scenarios::ProbeOptions options;
  options.seed = request.seed                                     ? request.seed
                 : target.kind == scenarios::TargetKind::Embedded ? std::optional<std::uint64_t>(1)
                                                                  : std::optional<std::uint64_t>(OsRandom().u32());
  options.time_scale = request.timeout_scale;
  options.half_open = request.half_open;
  options.patience = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(request.patience));
  if (!request.json) options.on_question = [&](const std::string& what) { progress.status("probing: " + what); };
  options.stop = [] { return app::Interruption::requested(); };
  const scenarios::ProbeReport report = scenarios::probe(target, options);
  progress.clear_status();
  if (request.json)
    std::cout << probe_json(target, report).dump(2) << '\n';
  else
    print_probe(progress, target, report);
  if (!report.answered) return static_cast<int>(ExitCode::Unreachable);
  if (!request.write.empty()) {
    write_draft(request, target, report);
    if (!request.json) progress.line("target file: " + request.write);
  }
  if (report.interrupted) return static_cast<int>(ExitCode::Inconclusive);
  return static_cast<int>(report.claims.empty() ? ExitCode::Pass : ExitCode::Failed);
}

}  // namespace

void register_probe(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand("probe", "Finds out what a responder can do, and drafts its target file.");
  verb->footer(kFooter);
  const auto request = std::make_shared<ProbeRequest>();
  verb->add_option("target", request->target, "a target, or the address of a device")->required();
  verb->add_option("--write", request->write, "a new file for the draft of its target file");
  verb->add_flag("--json", request->json, "one JSON object");
  verb->add_option("--half-open", request->half_open,
                   "half-open IKE SAs left to see when cookies are asked for; 0: none")
      ->check(CLI::Range(0, 1000).description(""))
      ->capture_default_str();
  verb->add_option("--patience", request->patience,
                   "seconds to stay silent in an IKE SA, to see how the device repeats itself");
  verb->add_option("--timeout-scale", request->timeout_scale, "multiplies every waiting time (0.01 to 1000)")
      ->check(CLI::Range(0.01, 1000.0).description(""))
      ->capture_default_str();
  verb->add_option("--seed", request->seed, "for SPIs, nonces and keys");
  verb->add_option("--from", request->from, "with an address: ours (default: the one of the route)");
  verb->add_option("--namespace", request->net_ns, "with an address: the network namespace to ask from");
  verb->add_option("--psk-env", request->psk_env, "with an address: the environment variable with the pre-shared key");
  verb->add_option("--identity", request->identity, "with an address: ours")->capture_default_str();
  verb->add_option("--peer-identity", request->peer_identity, "with an address: the device's (default: its address)");
  verb->add_option("--ts", request->ts, "with an address: our traffic selectors");
  verb->add_option("--peer-ts", request->peer_ts, "with an address: the device's traffic selectors");
  verb->callback([request, &exit_code] { exit_code = run(*request); });
}

}  // namespace ikevet::cli
