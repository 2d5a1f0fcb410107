// Reads the files of tests/vectors, and third-party vectors that are read in place.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "tests/support/paths.hpp"

namespace ikevet::test {

/// One test vector: named values.
class VectorRecord {
 public:
  bool has(const std::string& name) const { return values_.contains(name); }
  const std::string& text(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) throw std::runtime_error("test vector without " + name);
    return found->second;
  }
  Bytes octets(const std::string& name) const {
    const std::optional<Bytes> out = from_hex(text(name));
    if (!out) throw std::runtime_error("test vector: " + name + " is not hexadecimal");
    return *out;
  }
  void set(std::string name, std::string value) { values_.insert_or_assign(std::move(name), std::move(value)); }
  bool empty() const { return values_.empty(); }

 private:
  std::map<std::string, std::string> values_;
};

/// The records of tests/vectors/<file>: `name = value` lines, records separated by blank lines, '#' comments.
inline std::vector<VectorRecord> read_vectors(const std::string& file) {
  std::ifstream in(test::source_dir() / "tests/vectors" / file);
  if (!in) throw std::runtime_error("tests/vectors/" + file + " cannot be read");
  std::vector<VectorRecord> out(1);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) {
      if (!out.back().empty()) out.emplace_back();
      continue;
    }
    const std::size_t value = std::min(line.find_first_not_of(' ', equals + 1), line.size());
    out.back().set(line.substr(0, line.find_last_not_of(" =", equals) + 1), line.substr(value));
  }
  if (out.back().empty()) out.pop_back();
  if (out.empty()) throw std::runtime_error("tests/vectors/" + file + " holds no vectors");
  return out;
}

/// Octets of a hexadecimal literal in a test.
inline Bytes hex(std::string_view text) {
  const std::optional<Bytes> out = from_hex(text);
  if (!out) throw std::runtime_error("not hexadecimal: " + std::string(text));
  return *out;
}

/// The text of a file under ../shared; empty when it is not there.
inline std::optional<std::string> read_shared(const std::string& path) {
  std::ifstream in(test::shared_dir() / path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace ikevet::test
