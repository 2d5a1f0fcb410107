#include "pcap/key_file_error.hpp"

#include <utility>

namespace ikevet::pcap {
namespace {

std::string lines(const std::vector<KeyFileFault>& faults) {
  std::string out;
  for (const KeyFileFault& fault : faults) {
    if (!out.empty()) out += '\n';
    out += fault.text();
  }
  return out;
}

}  // namespace

std::string KeyFileFault::text() const {
  std::string out = file.string();
  if (line != 0) out += ":" + std::to_string(line);
  out += ": " + what;
  if (!remedy.empty()) out += "; " + remedy;
  return out;
}

KeyFileError::KeyFileError(std::vector<KeyFileFault> found)
    : std::runtime_error(lines(found)), faults_(std::move(found)) {}

}  // namespace ikevet::pcap
