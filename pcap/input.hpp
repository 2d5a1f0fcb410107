// The octets of a capture, wherever they come from: a file, a pipe or standard input, packed with gzip or not.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "engine/base/bytes.hpp"

namespace ikevet::pcap {

struct FileCloser {
  // Whoever wrote closes it himself first, and looks at the result.
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
using FileHandle = std::unique_ptr<std::FILE, FileCloser>;

/// What "-" stands for on the command line.
inline constexpr const char* kStandardInput = "-";

/// An input that is read once, from its beginning to its end. Nothing is kept of it, so that a pipe may be endless and
/// a file of any size.
class Input {
 public:
  /// Throws CaptureError when it cannot be opened. "-" is standard input.
  explicit Input(const std::filesystem::path& path);

  /// The first `count` octets, unpacked; fewer where the input ends before. They are read again by file().
  Bytes peek(std::size_t count);

  /// The input from its beginning. Call it once, and peek() no more. It cannot go back.
  FileHandle file();

  /// Why the input ended early (damaged gzip data, a read error); empty when it did not. Lives as long as the file.
  std::shared_ptr<const std::string> trouble() const;
  bool is_gzip() const;

 private:
  struct Stream;
  std::shared_ptr<Stream> stream_;
};

/// For those who have to read a capture twice: `path`, or for standard input a temporary file with what came, which is
/// gone when this is.
class Rereadable {
 public:
  /// Throws CaptureError.
  explicit Rereadable(const std::filesystem::path& path);
  ~Rereadable();
  Rereadable(const Rereadable&) = delete;
  Rereadable& operator=(const Rereadable&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool temporary_{};
};

}  // namespace ikevet::pcap
