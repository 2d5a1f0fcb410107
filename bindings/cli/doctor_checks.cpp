#include "bindings/cli/doctor_checks.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "engine/transport/udp_transport.hpp"
#include "pcap/live_capture.hpp"
#include "scenarios/runner/trigger_call.hpp"

namespace ikevet::app {
namespace fs = std::filesystem;

using scenarios::Target;
using scenarios::TargetKind;

namespace {

using Status = Check::Status;

constexpr std::array kDaemonNames{"charon", "charon-systemd", "charon-nm", "pluto",
                                  "iked",   "racoon",         "racoon2",   "isakmpd"};
constexpr std::uintmax_t kLittleRoom = std::uintmax_t{200} << 20;

std::string link_text(const fs::path& link) {
  std::error_code error;
  const fs::path to = fs::read_symlink(link, error);
  return error ? std::string() : to.string();
}

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

Check check_clock() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const std::string text = fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(now));
  // A reading without a change needs no privilege.
  timex clock{};
  const int state = ::adjtimex(&clock);
  const bool synchronised = state != TIME_ERROR && (static_cast<unsigned>(clock.status) & unsigned{STA_UNSYNC}) == 0;
  if (synchronised) return {Status::Ok, "clock", text + ", synchronised", ""};
  return {Status::Warning, "clock", text + ", not synchronised",
          "times in captures may be off; run an NTP client if they must agree with other logs"};
}

Check check_room() {
  std::error_code error;
  const fs::space_info room = fs::space(".", error);
  if (error) return {Status::Warning, "disk", "free space is unknown: " + error.message(), "name a folder with --out"};
  const std::string text = fmt::format("{} MB free here", room.available >> 20);
  if (room.available < kLittleRoom)
    return {Status::Warning, "disk", text, "make room, or name another folder with --out"};
  return {Status::Ok, "disk", text, ""};
}

std::string netns_of_sockets(const Target& target) {
  if (target.network_namespace.empty()) return link_text("/proc/self/ns/net");
  std::error_code error;
  // A file below /run/netns is the namespace itself; its inode number stands in the link's text.
  const fs::path file = fs::path("/run/netns") / target.network_namespace;
  for (const fs::directory_entry& process : fs::directory_iterator("/proc", error)) {
    const fs::path link = process.path() / "ns/net";
    if (fs::equivalent(link, file, error)) return link_text(link);
  }
  return "";
}

std::optional<Check> check_namespace(const Target& target, const fs::path& data_dir) {
  if (target.network_namespace.empty()) return std::nullopt;
  std::error_code error;
  const std::string subject = "namespace";
  const bool has_lab = fs::exists(data_dir / "targets" / target.name / "lab", error);
  if (!fs::exists(fs::path("/run/netns") / target.network_namespace, error))
    return Check{Status::Failure, subject, fmt::format("there is no network namespace {}", target.network_namespace),
                 has_lab ? fmt::format("ikevet lab up {}", target.name)
                         : fmt::format("ip netns add {}, or take \"namespace\" out of {}", target.network_namespace,
                                       target.file)};
  if (::geteuid() != 0)
    return Check{Status::Failure, subject, fmt::format("{} can be entered by root only", target.network_namespace),
                 "say it again with sudo"};
  return Check{Status::Ok, subject, target.network_namespace + " is there", ""};
}

Check check_ports(const Target& target) {
  const std::string asked = fmt::format("UDP {} and {} at {}", target.harness_ike_port, target.harness_nat_t_port,
                                        target.harness_address.text());
  try {
    const transport::UdpTransport probe(
        {target.harness_address, target.harness_ike_port, target.harness_nat_t_port, target.network_namespace});
    return {Status::Ok, "ports", asked + " can be opened", ""};
  } catch (const transport::TransportError& error) {
    const std::string text = error.what();
    return {Status::Failure, "ports", text.substr(0, text.size() - error.remedy().size() - 2), error.remedy()};
  }
}

Check check_capture(const pcap::LiveCaptureOptions& options) {
  if (const auto why_not = pcap::LiveCapture::why_not(options))
    return {Status::Warning, "capture", *why_not,
            "without it the capture is written from what was sent and received, and says so"};
  return {Status::Ok, "capture", "packets can be recorded on the interface", ""};
}

Check check_trigger(const std::string& trigger, const scenarios::DeviceCall& how, const Target& target) {
  const std::string subject = "trigger " + trigger;
  if (how.kinds() == 0) return {Status::Ok, subject, "built in", ""};
  if (how.packet || !how.prompt.empty())
    return {Status::Ok, subject, how.packet ? "a packet through the tunnel" : "asks the operator", ""};
  const std::string word = how.ssh ? "ssh" : how.http ? "curl" : scenarios::filled_in(how.command, target).front();
  const fs::path program = program_of(word);
  if (program.empty())
    return {Status::Failure, subject, fmt::format("its program {} is not there or may not be run", word),
            fmt::format("install it, or put right the command in {}", target.file)};
  return {Status::Ok, subject, program.string(), ""};
}

/// One line for all that are well, one for each that is not.
void add_triggers(std::vector<Check>& out, const Target& target) {
  std::vector<std::string> good;
  for (const auto& [trigger, how] : scenarios::device_calls(target).triggers) {
    Check check = check_trigger(trigger, how, target);
    if (check.status == Status::Ok) {
      good.push_back(trigger);
    } else {
      out.push_back(std::move(check));
    }
  }
  if (!good.empty())
    out.push_back({Status::Ok, "triggers", fmt::format("commands are there for {}", fmt::join(good, ", ")), ""});
  if (target.triggers.empty())
    out.push_back({Status::Warning, "triggers", "the target file has none",
                   "scenarios in which the device has to act will be unsupported; see `ikevet schema target`"});
}

Check daemons_in(const std::string& network_namespace) {
  std::vector<std::string> found;
  for (const IkeDaemon& daemon : ike_daemons())
    if (daemon.network_namespace == network_namespace)
      found.push_back(fmt::format("{} (pid {})", daemon.name, daemon.pid));
  if (found.empty()) return {Status::Ok, "daemons", "no other IKE daemon where the sockets are opened", ""};
  return {Status::Warning, "daemons", fmt::format("{} runs where the sockets are opened", fmt::join(found, ", ")),
          "it may hold ports 500 and 4500 or answer in our place: stop it, or use a network namespace"};
}

}  // namespace

std::vector<IkeDaemon> ike_daemons(const fs::path& proc) {
  std::vector<IkeDaemon> out;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(proc, error)) {
    const std::string name = entry.path().filename();
    if (!std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) continue;
    const std::string comm = first_line(entry.path() / "comm");
    if (std::ranges::find(kDaemonNames, comm) != kDaemonNames.end())
      out.push_back({std::atoi(name.c_str()), comm, link_text(entry.path() / "ns/net")});
  }
  std::ranges::sort(out, {}, &IkeDaemon::pid);
  return out;
}

fs::path program_of(const std::string& word) {
  const auto usable = [](const fs::path& file) { return ::access(file.c_str(), X_OK) == 0 && !fs::is_directory(file); };
  if (word.find('/') != std::string::npos) return usable(word) ? fs::path(word) : fs::path();
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    if (const fs::path file = fs::path(folder) / word; usable(file)) return file;
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
  }
  return {};
}

std::vector<Check> check_library(const fs::path& data_dir) {
  try {
    const scenarios::Library library = scenarios::load_library(data_dir);
    return {{Status::Ok, "data",
             fmt::format("{} scenarios and {} requirements in {}", library.suite.size(), library.catalogue.size(),
                         data_dir.string()),
             ""}};
  } catch (const scenarios::FormatError& error) {
    std::vector<Check> out;
    for (const scenarios::Problem& problem : error.problems)
      out.push_back({Status::Failure, "data", problem.text(), ""});
    return out;
  }
}

std::vector<Check> check_machine() { return {check_clock(), check_room()}; }

std::vector<Check> check_target(const Target& target, const fs::path& data_dir) {
  if (target.kind == TargetKind::Embedded)
    return {{Status::Ok, "target", fmt::format("{} needs no ports, no permission and no trigger commands", target.name),
             ""}};
  std::vector<Check> out{{Status::Ok, "target", fmt::format("{} ({})", target.name, target.file), ""}};
  if (const auto check = check_namespace(target, data_dir)) {
    out.push_back(*check);
    if (check->status == Status::Failure) {
      // Ports and capture are those of the namespace: nothing can be said of them.
      add_triggers(out, target);
      return out;
    }
  }
  out.push_back(check_ports(target));
  out.push_back(check_capture({{target.harness_address}, {target.dut_address}, {}, target.network_namespace}));
  out.push_back(daemons_in(netns_of_sockets(target)));
  if (target.kind == TargetKind::Live) add_triggers(out, target);
  return out;
}

std::vector<Check> check_for_live_targets() {
  Target any;
  any.name = "any";
  std::vector<Check> out{check_ports(any), check_capture({{IpAddress::v4({127, 0, 0, 1})}, {}, {}, ""}),
                         daemons_in(link_text("/proc/self/ns/net"))};
  for (Check& check : out)
    if (check.status == Status::Failure) check.status = Status::Warning;
  return out;
}

}  // namespace ikevet::app
