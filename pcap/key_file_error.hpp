// What is wrong with a key file that the user gave: every fault, each with its place and what to do.
#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace ikevet::pcap {

struct KeyFileFault {
  std::filesystem::path file;
  std::size_t line{};  ///< from 1; 0 where the file has no such place (it is missing)
  std::string what;    ///< never holds key octets
  std::string remedy;
  /// "FILE:LINE: WHAT; REMEDY".
  std::string text() const;
  friend bool operator==(const KeyFileFault&, const KeyFileFault&) = default;
};

/// what() has one line a fault.
class KeyFileError : public std::runtime_error {
 public:
  explicit KeyFileError(std::vector<KeyFileFault> found);
  const std::vector<KeyFileFault>& faults() const { return faults_; }

 private:
  std::vector<KeyFileFault> faults_;
};

}  // namespace ikevet::pcap
