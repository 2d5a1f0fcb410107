#include "scenarios/format/data_dir.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <vector>

#include "scenarios/format/problem.hpp"

namespace ikevet::scenarios {
namespace fs = std::filesystem;
namespace {

bool is_data_dir(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder / "suite", error) && fs::is_directory(folder / "requirements", error);
}

}  // namespace

fs::path find_data_dir() {
  if (const char* given = std::getenv("IKEVET_DATA"); given != nullptr && *given != '\0') {
    if (is_data_dir(given)) return given;
    throw FormatError({{"IKEVET_DATA", 0, 0, "", fmt::format("{} is not ikevet's data folder", given),
                        "it has the folders suite and requirements; unset the variable to use the installed one"}});
  }
  std::error_code error;
  std::vector<fs::path> places;
  if (const fs::path program = fs::read_symlink("/proc/self/exe", error); !error)
    places.push_back((program.parent_path() / "../share/ikevet").lexically_normal());
  places.emplace_back(IKEVET_INSTALLED_DATA_DIR);
  places.emplace_back(IKEVET_BUILD_DATA_DIR);
  std::string tried;
  for (const fs::path& place : places) {
    if (is_data_dir(place)) return place;
    tried += (tried.empty() ? "" : ", ") + place.string();
  }
  throw FormatError({{"data folder", 0, 0, "", "scenarios and requirements are nowhere to be found",
                      fmt::format("set IKEVET_DATA to their folder; looked at {}", tried)}});
}

}  // namespace ikevet::scenarios
