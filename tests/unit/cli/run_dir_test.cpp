#include "bindings/cli/run_dir.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "bindings/cli/user_error.hpp"
#include "reports/files.hpp"
#include "reports/run_record.hpp"

using namespace ikevet;
namespace fs = std::filesystem;

namespace {

/// A folder of the test's own, gone afterwards.
class Place {
 public:
  Place() : path_(fs::temp_directory_path() / ("ikevet-cli-test-" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Place() { fs::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

reports::RunInfo run_of(const std::vector<std::string>& scenarios) {
  reports::RunInfo info;
  info.scenarios = scenarios;
  return info;
}

}  // namespace

TEST_CASE("a folder that does not exist, is empty, or holds a run may be written to", "[cli]") {
  const Place place;
  CHECK(app::choose_run_dir(place / "new", "x") == place / "new");
  fs::create_directories(place / "empty");
  CHECK(app::choose_run_dir(place / "empty", "x") == place / "empty");
  reports::write_run_info(place / "run" / app::kRunFile, run_of({}));
  CHECK(app::choose_run_dir(place / "run", "x") == place / "run");
  CHECK_FALSE(fs::exists(place / "new"));
}

TEST_CASE("anything else is left alone", "[cli]") {
  const Place place;
  reports::write_file(place / "letters/run.json", "{\"to\": \"grandmother\"}");
  CHECK_THROWS_AS(app::choose_run_dir(place / "letters", "x"), app::UserError);
  CHECK_THROWS_AS(app::choose_run_dir(place / "letters/run.json", "x"), app::UserError);
}

TEST_CASE("an earlier run goes, and what the user put beside it stays", "[cli]") {
  const Place place;
  const fs::path run = place / "run";
  reports::write_run_info(run / app::kRunFile, run_of({"rfc7296/2.1/a", "rfc7296/2.1/b"}));
  reports::write_file(run / "rfc7296/2.1/a" / app::kCaptureFile, "x");
  reports::write_file(run / "rfc7296/2.1/b" / app::kVerdictFile, "x");
  reports::write_file(run / "rfc7296/2.1/b/notes.txt", "mine");
  app::prepare_run_dir(run);
  CHECK_FALSE(fs::exists(run / app::kRunFile));
  CHECK_FALSE(fs::exists(run / "rfc7296/2.1/a"));
  CHECK_FALSE(fs::exists(run / "rfc7296/2.1/b" / app::kVerdictFile));
  CHECK(fs::exists(run / "rfc7296/2.1/b/notes.txt"));
}

TEST_CASE("a run.json that names places outside the folder removes nothing there", "[cli]") {
  const Place place;
  reports::write_file(place / "other" / app::kCaptureFile, "precious");
  reports::write_run_info(place / "run" / app::kRunFile, run_of({"../other", (place / "other").string(), ""}));
  app::prepare_run_dir(place / "run");
  CHECK(fs::exists(place / "other" / app::kCaptureFile));
}

TEST_CASE("digests tell what changed since", "[cli]") {
  const Place place;
  const fs::path run = place / "run";
  reports::RunInfo info = run_of({"a"});
  reports::write_file(run / "a" / app::kTraceFile, "abc");
  reports::write_file(run / app::kJsonReport, "{}");
  info.files = app::digests(run, info);
  REQUIRE(info.files.size() == 2);
  CHECK(info.files[0].path == "a/trace.jsonl");
  // FIPS 180-2, appendix B.1.
  CHECK(info.files[0].sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(app::changed_files(run, info).empty());
  reports::write_file(run / "a" / app::kTraceFile, "abd");
  fs::remove(run / app::kJsonReport);
  CHECK(app::changed_files(run, info) ==
        std::vector<std::string>{"a/trace.jsonl has changed", "report.json is missing"});
}
