#include "bindings/cli/doctor_checks.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "reports/files.hpp"
#include "tests/support/paths.hpp"

using namespace ikevet;
namespace fs = std::filesystem;

namespace {

struct FakeProc {
  fs::path path = fs::temp_directory_path() / ("ikevet-proc-" + std::to_string(::getpid()));
  FakeProc() { fs::remove_all(path); }
  ~FakeProc() { fs::remove_all(path); }
  void process(const std::string& pid, const std::string& name) const {
    reports::write_file(path / pid / "comm", name + "\n");
    fs::create_directories(path / pid / "ns");
    fs::create_symlink("net:[4026531840]", path / pid / "ns/net");
  }
};

}  // namespace

TEST_CASE("IKE daemons are found by name among the processes", "[cli]") {
  const FakeProc proc;
  proc.process("1", "systemd");
  proc.process("77", "charon");
  proc.process("8", "pluto");
  reports::write_file(proc.path / "version", "charon\n");
  const auto found = app::ike_daemons(proc.path);
  REQUIRE(found.size() == 2);
  CHECK(found[0].pid == 8);
  CHECK(found[0].name == "pluto");
  CHECK(found[1].name == "charon");
  CHECK(found[1].network_namespace == "net:[4026531840]");
}

TEST_CASE("a trigger's program is looked up as a shell would", "[cli]") {
  CHECK(app::program_of("sh").filename() == "sh");
  CHECK(app::program_of("/bin/sh") == "/bin/sh");
  CHECK(app::program_of("/etc/passwd").empty());  // may not be run
  CHECK(app::program_of("/usr").empty());         // a folder
  CHECK(app::program_of("ikevet-no-such-program").empty());
}

TEST_CASE("the embedded target needs nothing of the machine", "[cli]") {
  scenarios::Target target;
  target.name = "embedded";
  target.kind = scenarios::TargetKind::Embedded;
  const auto checks = app::check_target(target, "/nonexistent");
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].status == app::Check::Status::Ok);
}

TEST_CASE("a namespace that is not there is a failure, with the lab as remedy where there is one", "[cli]") {
  scenarios::Target target;
  target.name = "strongswan";
  target.network_namespace = "ikevet-no-such-namespace";
  const auto checks = app::check_target(target, test::source_dir() / "scenarios");
  const auto failure = std::ranges::find(checks, app::Check::Status::Failure, &app::Check::status);
  REQUIRE(failure != checks.end());
  CHECK(failure->subject == "namespace");
  CHECK(failure->remedy == "ikevet lab up strongswan");
}
