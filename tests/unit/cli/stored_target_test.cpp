// What a run keeps of its target: nothing that opens a door.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bindings/cli/stored_run.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/loader.hpp"

using namespace ikevet;
namespace fs = std::filesystem;
using Catch::Matchers::Contains;

TEST_CASE("a stored target has no secret, however deep it lies", "[cli]") {
  const fs::path folder = fs::temp_directory_path() / ("ikevet-stored-target-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const auto stored = [&](const char* name) {
    app::store_target(folder, scenarios::find_target(name, scenarios::find_data_dir()));
    std::ostringstream text;
    for (const auto& entry : fs::directory_iterator(folder)) text << std::ifstream(entry.path()).rdbuf();
    return text.str();
  };
  const std::string certificates = stored("certificates");
  CHECK_THAT(certificates, !Contains("ikevet eap password"));  // of eap_peer, and of a user in a list
  CHECK_THAT(certificates, !Contains("\"second\""));           // a one-time password
  CHECK_THAT(certificates, Contains("\"alice\"") && Contains("eap/server.pem"));
  CHECK_THAT(stored("embedded"), !Contains("ikevet embedded ppk") && !Contains("ikevet embedded token secret"));
  fs::remove_all(folder);
}
