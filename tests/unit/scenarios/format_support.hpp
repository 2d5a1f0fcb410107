// Files made on the spot, and a catalogue of two requirements, for the tests of the scenario format.
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "scenarios/format/loader.hpp"

namespace ikevet::scenarios {

/// A folder that goes away with the test.
class TempFolder {
 public:
  TempFolder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("ikevet-format-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline Catalogue two_requirements() {
  Catalogue out;
  for (const char* id : {"rfc7296-2.5-critical-unknown", "rfc7296-2.1-response-repeated"}) {
    Requirement requirement;
    requirement.id = id;
    requirement.rfc = 7296;
    requirement.section = "2.5";
    requirement.level = Level::Must;
    out.emplace(id, requirement);
  }
  return out;
}

/// What is wrong, one line a problem: "3:12 /steps/0: what; remedy", without the file.
template <class Load>
std::vector<std::string> problems_of(const Load& load) {
  try {
    load();
  } catch (const FormatError& error) {
    std::vector<std::string> out;
    for (const Problem& problem : error.problems) {
      std::string line = std::to_string(problem.line) + ":" + std::to_string(problem.column) + " " + problem.pointer +
                         ": " + problem.what;
      if (!problem.remedy.empty()) line += "; " + problem.remedy;
      out.push_back(std::move(line));
    }
    return out;
  }
  return {};
}

}  // namespace ikevet::scenarios
