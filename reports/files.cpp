#include "reports/files.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace ikevet::reports {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& path, const char* doing, int error) {
  const std::string why = error == 0 ? std::string("unknown reason") : std::string(std::strerror(error));
  const char* remedy = error == ENOSPC   ? "; free some space and run again, what was written so far is kept"
                       : error == EACCES ? "; check who may write there"
                                         : "";
  throw FileError(path.string() + ": cannot be " + doing + ": " + why + remedy);
}

}  // namespace

void write_file(const fs::path& path, std::string_view text) {
  std::error_code ignored;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), ignored);
  // One writer a process: the process id keeps two runs apart that share a folder by mistake.
  const fs::path beside = path.string() + ".part" + std::to_string(::getpid());
  errno = 0;
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.flush();
    if (!out) {
      const int error = errno;
      fs::remove(beside, ignored);
      fail(path, "written", error);
    }
  }
  std::error_code error;
  fs::rename(beside, path, error);
  if (error) {
    fs::remove(beside, ignored);
    fail(path, "written", error.value());
  }
}

std::string read_file(const fs::path& path) {
  errno = 0;
  if (fs::is_directory(path)) throw FileError(path.string() + ": is a folder, a file was expected");
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(path, "read", errno);
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) fail(path, "read", errno);
  return std::move(text).str();
}

}  // namespace ikevet::reports
