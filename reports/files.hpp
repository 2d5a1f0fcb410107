// Reading and writing the files of a run directory.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ikevet::reports {

/// A file that cannot be read or written, or is not what it should be: path, reason, remedy.
class FileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Writes beside the file and renames, so that nobody ever sees half of it and an older version stays until the new one
/// is complete. Missing folders are made. Throws FileError.
void write_file(const std::filesystem::path& path, std::string_view text);

/// The whole file. Throws FileError.
std::string read_file(const std::filesystem::path& path);

}  // namespace ikevet::reports
