// What `ikevet doctor` looks at: whether this machine and a target file are ready for a run. Nothing is sent to
// anybody.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/format/loader.hpp"

namespace ikevet::app {

struct Check {
  enum class Status { Ok, Warning, Failure };
  Status status{};
  std::string subject;  ///< "ports", "capture", "trigger rekey_child", ...
  std::string finding;
  std::string remedy;  ///< empty when all is well
};

/// The suite, requirements and profiles below `data_dir`.
std::vector<Check> check_library(const std::filesystem::path& data_dir);

/// The machine as it is: clock, room for evidence, and IKE daemons that would hold the ports.
std::vector<Check> check_machine();

/// What a run with this target needs: namespace, ports, permission to capture, trigger commands.
std::vector<Check> check_target(const scenarios::Target& target, const std::filesystem::path& data_dir);

/// The same where no target is named: what a live one would need. Nothing here is a failure.
std::vector<Check> check_for_live_targets();

/// The program that a command would start: a path, or a name that is looked up in PATH. Empty when there is none.
std::filesystem::path program_of(const std::string& word);

/// Processes that speak IKE, by the names of the usual daemons.
struct IkeDaemon {
  int pid{};
  std::string name;
  std::string network_namespace;  ///< as /proc shows it: "net:[4026531840]"
};
std::vector<IkeDaemon> ike_daemons(const std::filesystem::path& proc = "/proc");

}  // namespace ikevet::app
