// What is wrong with a capture that the user named: the file, the place in it, and what to do.
#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace ikevet::pcap {

/// Thrown at the user's edge: a capture that is missing, is no capture, or cannot be written or recorded.
class CaptureError : public std::runtime_error {
 public:
  /// `frame` is the number of the frame at which it happened, 0 where none was reached. what() gives all of it in one
  /// line: "FILE: frame N: WHAT; REMEDY".
  CaptureError(std::filesystem::path file, std::size_t frame, std::string what, std::string remedy);

  const std::filesystem::path& file() const { return file_; }
  std::size_t frame() const { return frame_; }
  const std::string& problem() const { return problem_; }
  const std::string& remedy() const { return remedy_; }

 private:
  std::filesystem::path file_;
  std::size_t frame_;
  std::string problem_;
  std::string remedy_;
};

}  // namespace ikevet::pcap
