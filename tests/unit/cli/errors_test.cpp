// How faults are told: exit code, one line each, with what to do.
#include <catch2/catch.hpp>
#include <sstream>

#include "bindings/cli/command_line.hpp"
#include "bindings/cli/user_error.hpp"
#include "engine/transport/transport.hpp"
#include "pcap/capture_error.hpp"
#include "pcap/key_file_error.hpp"
#include "reports/files.hpp"
#include "scenarios/format/problem.hpp"
#include "scenarios/runner/proposal_strings.hpp"

using namespace ikevet;

namespace {

struct Told {
  int code;
  std::string text;
};

template <class Error>
Told told(const Error& error) {
  std::ostringstream err;
  const int code = cli::explain(std::make_exception_ptr(error), err);
  return {code, err.str()};
}

}  // namespace

TEST_CASE("a user's mistake ends with its own code and its remedy", "[cli]") {
  const Told t = told(app::UserError(app::ExitCode::NothingSelected, "nothing is selected", "see `ikevet list`"));
  CHECK(t.code == 5);
  CHECK(t.text == "ikevet: nothing is selected; see `ikevet list`\n");
}

TEST_CASE("every problem of a file has a line of its own", "[cli]") {
  const Told t = told(scenarios::FormatError({{"a.json", 3, 7, "/steps/0", "no such step", "did you mean send?"},
                                              {"a.json", 9, 1, "/covers/0", "no such requirement", ""}}));
  CHECK(t.code == 2);
  CHECK(t.text ==
        "ikevet: a.json:3:7: /steps/0: no such step; did you mean send?\n"
        "ikevet: a.json:9:1: /covers/0: no such requirement\n");
}

TEST_CASE("files of the user are exit code 2, the way to the device is 4", "[cli]") {
  CHECK(told(pcap::CaptureError("a.pcap", 0, "no capture", "record it")).code == 2);
  CHECK(told(pcap::KeyFileError({{"keys", 1, "no key", "leave it out"}})).code == 2);
  CHECK(told(reports::FileError("out: disk full")).code == 2);
  CHECK(told(scenarios::SetupError("t.json: ike_proposals: \"aes\" has no group")).code == 2);
  CHECK(told(transport::TransportError("UDP port 500 is in use", "stop charon")).code == 4);
}

TEST_CASE("anything else is a fault of ours, and says so", "[cli]") {
  const Told t = told(std::out_of_range("vector::at"));
  CHECK(t.code == 3);
  CHECK(t.text.find("internal error: vector::at") != std::string::npos);
}

TEST_CASE("what a file says does not reach the terminal as an escape sequence", "[cli]") {
  const Told t = told(reports::FileError("a\x1b[2Jb: unreadable"));
  CHECK(t.text.find('\x1b') == std::string::npos);
}
