// The kinds of trigger beside a plain command: ssh, HTTP, a prompt. ssh and curl are stood in for by scripts, the
// operator by the other end of a pseudo-terminal.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "scenarios/runner/dut.hpp"
#include "scenarios/runner/trigger_call.hpp"

using namespace ikevet;
using namespace ikevet::scenarios;
using Catch::Matchers::Contains;
using Kind = TriggerState::Kind;

namespace {

constexpr Instant kStart{std::chrono::seconds(1'000'000)};

/// A folder with programs, before all others of the PATH as long as it lives.
class Programs {
 public:
  Programs() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ikevet-programs-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    before_ = getenv("PATH");
    setenv("PATH", (folder_.string() + ":" + before_).c_str(), 1);
  }
  ~Programs() {
    setenv("PATH", before_.c_str(), 1);
    std::filesystem::remove_all(folder_);
  }
  void add(const std::string& name, const std::string& script) const {
    std::ofstream(folder_ / name) << "#!/bin/sh\n" << script << "\n";
    chmod((folder_ / name).c_str(), 0700);
  }

 private:
  std::filesystem::path folder_;
  std::string before_;
};

Target bench() {
  Target target;
  target.name = "bench";
  target.file = "/tmp/bench/target.json";
  target.dut_address = IpAddress::v4({192, 0, 2, 2});
  target.harness_address = IpAddress::v4({192, 0, 2, 1});
  return target;
}

TriggerState finish(LiveDut& dut, TriggerState state) {
  for (int i = 0; i < 2000 && state.kind == Kind::Running; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    state = dut.poll(kStart);
  }
  return state;
}

TriggerState fire(const DeviceCall& trigger) {
  const Target target = bench();
  LiveDut dut(target, 1.0, {{{"initiate", trigger}}, {}, {}, {}});
  return finish(dut, dut.trigger("initiate", kStart));
}

DeviceCall over_ssh() {
  DeviceCall out;
  out.ssh = SshCommand{"gw.test", "admin", 2222, "/keys/id", {"vpn", "up", "it's {harness}"}};
  return out;
}

DeviceCall over_http() {
  DeviceCall out;
  out.http =
      HttpCall{"PUT", "https://{dut}/vpn", {{"Authorization", "Bearer {env:IKEVET_TEST_TOKEN}"}}, R"({"up": "yes"})"};
  return out;
}

}  // namespace

TEST_CASE("ssh: never asks, and the words arrive as they are", "[runner][live][triggers]") {
  CHECK(ssh_command(*over_ssh().ssh, bench()) ==
        std::vector<std::string>{"ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-p", "2222", "-i", "/keys/id",
                                 "admin@gw.test", "--", "'vpn'", "'up'", "'it'\\''s 192.0.2.1'"});
  const Programs programs;
  programs.add("ssh", "exit 0");
  CHECK(fire(over_ssh()).kind == Kind::Fired);
  programs.add("ssh", "exit 89");
  CHECK(fire(over_ssh()).kind == Kind::Unsupported);
  programs.add("ssh", "echo 'Connection refused' >&2; exit 255");
  const TriggerState away = fire(over_ssh());
  CHECK(away.kind == Kind::Failed);
  CHECK_THAT(away.detail, Contains("ssh does not reach gw.test: Connection refused"));
}

TEST_CASE("HTTP: the status says whether it fired, and secrets stand on no command line", "[runner][live][triggers]") {
  const Programs programs;
  setenv("IKEVET_TEST_TOKEN", "s3cret", 1);
  programs.add("curl", R"sh(case "$*" in *s3cret*) exit 9;; esac
test "$(stat -c %a "$2")" = 600 || exit 8
grep -q 'Authorization: Bearer s3cret' "$2" && grep -q 'url = "https://192.0.2.2/vpn"' "$2" || exit 7
grep -q 'request = "PUT"' "$2" && grep -qF 'data-raw = "{\"up\": \"yes\"}"' "$2" || exit 6
printf 'tunnel up\n200')sh");
  const TriggerState fired = fire(over_http());
  CHECK(fired.kind == Kind::Fired);
  CHECK(fired.detail == "tunnel up");
  programs.add("curl", "printf '\\n501'");
  CHECK(fire(over_http()).kind == Kind::Unsupported);
  programs.add("curl", "printf 'no such tunnel\\n409'");
  CHECK_THAT(fire(over_http()).detail, Contains("HTTP status 409: no such tunnel"));
  programs.add("curl", "echo 'could not resolve host' >&2; exit 6");
  CHECK_THAT(fire(over_http()).detail, Contains("curl ended with 6: could not resolve host"));
  unsetenv("IKEVET_TEST_TOKEN");
  const TriggerState unset = fire(over_http());
  CHECK(unset.kind == Kind::Failed);
  CHECK_THAT(unset.detail, Contains("environment variable IKEVET_TEST_TOKEN is not set"));
}

TEST_CASE("A prompt: the operator's answer decides, and what is no answer is asked again", "[runner][live][triggers]") {
  const int operators_end = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(operators_end >= 0);
  REQUIRE(grantpt(operators_end) == 0);
  REQUIRE(unlockpt(operators_end) == 0);
  setenv("IKEVET_OPERATOR", ptsname(operators_end), 1);
  DeviceCall trigger;
  trigger.prompt = "Start the VPN on the phone";
  const Target target = bench();
  const auto said = [&](const std::string& line) {
    LiveDut dut(target, 1.0, {{{"initiate", trigger}}, {}, {}, {}});
    const TriggerState asked = dut.trigger("initiate", kStart);
    REQUIRE(asked.kind == Kind::Running);
    REQUIRE(write(operators_end, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
    return finish(dut, asked);
  };
  CHECK(said("\n").kind == Kind::Fired);
  CHECK(said("what?\ny\n").kind == Kind::Fired);
  CHECK(said("u\n").kind == Kind::Unsupported);
  CHECK(said("n\n").kind == Kind::Failed);
  close(operators_end);
  setenv("IKEVET_OPERATOR", "/no/such/terminal", 1);
  CHECK_THAT(fire(trigger).detail, Contains("there is nobody to ask"));
  unsetenv("IKEVET_OPERATOR");
}
