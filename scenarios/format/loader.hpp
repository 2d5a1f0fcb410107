// From JSON files to typed scenarios, targets, profiles and requirements.
//
// Each function reads everything it was asked for and then throws one FormatError with all that is wrong, or returns.
// A file is checked against its JSON Schema first; what a schema cannot say (names, references between files) after.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/format/problem.hpp"
#include "scenarios/format/requirement.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/format/target.hpp"

namespace ikevet::scenarios {

/// A named selection of scenarios: quick, full, ...
struct Profile {
  std::string name;
  std::string title;
  std::vector<std::string> select;  ///< as Selection takes them
  std::string file;
};

/// Scenarios in order of id.
using Suite = std::vector<Scenario>;

/// Every `*.json` of a folder; ids must be unique over all files.
Catalogue load_catalogue(const std::filesystem::path& folder);

/// Every `*.json` below a folder; a scenario's id is its path there. Controls are resolved within the suite.
Suite load_suite(const std::filesystem::path& folder, const Catalogue& catalogue);

/// One file, with the id it gives itself; all its instances where it has a `matrix`. `suite` is where their controls
/// are looked up.
std::vector<Scenario> load_scenarios(const std::filesystem::path& file, const Catalogue& catalogue,
                                     const Suite& suite = {});
/// A file with one scenario.
Scenario load_scenario(const std::filesystem::path& file, const Catalogue& catalogue, const Suite& suite = {});

/// A target file; credentials given by file or environment variable are read here. Requirements of known deviations are
/// looked up in `catalogue` unless that is empty.
Target load_target(const std::filesystem::path& file, const Catalogue& catalogue = {});

/// `*.json` of a folder and `*/target.json` below it. Credentials are not read: only the chosen target needs them.
std::vector<Target> load_targets(const std::filesystem::path& folder, const Catalogue& catalogue = {});


/// Everything below a data folder (data_dir.hpp) except targets, of which one is loaded by name when it is chosen.
struct Library {
  std::filesystem::path folder;
  Catalogue catalogue;
  Suite suite;
  std::vector<Profile> profiles;

  const Scenario* find(std::string_view id) const;
};
/// Adds every `*.json` of a folder, whose selectors must select something of the library's suite.
void load_profiles(const std::filesystem::path& folder, Library& library);
Library load_library(const std::filesystem::path& data_dir);

/// The target called `name_or_file`: a file, or one of `data_dir`/targets by name. An unknown name lists the nearest.
Target find_target(const std::string& name_or_file, const std::filesystem::path& data_dir,
                   const Catalogue& catalogue = {});

/// The JSON Schemas (draft-07) that files are checked against: "family", "profile", "requirement", "scenario", "target".
std::vector<std::string_view> schema_names();
/// The text of one; throws FormatError for another name.
std::string_view schema_text(std::string_view name);

}  // namespace ikevet::scenarios
