#include "pcap/capture_error.hpp"

#include <utility>

namespace ikevet::pcap {
namespace {

std::string one_line(const std::filesystem::path& file, std::size_t frame, const std::string& what,
                     const std::string& remedy) {
  std::string line = file.empty() ? std::string() : file.string() + ": ";
  if (frame != 0) line += "frame " + std::to_string(frame) + ": ";
  line += what;
  if (!remedy.empty()) line += "; " + remedy;
  return line;
}

}  // namespace

CaptureError::CaptureError(std::filesystem::path file, std::size_t frame, std::string what, std::string remedy)
    : std::runtime_error(one_line(file, frame, what, remedy)),
      file_(std::move(file)),
      frame_(frame),
      problem_(std::move(what)),
      remedy_(std::move(remedy)) {}

}  // namespace ikevet::pcap
