// A program that was started and may still be running.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace ikevet::scenarios {

/// Runs in a process group of its own, without input; what it prints is kept. Killed with all its children when the
/// object goes.
class ChildProcess {
 public:
  /// Looks argv[0] up in PATH. A program that is not there ends with 127, as in a shell. Throws std::runtime_error when
  /// nothing can be started at all.
  explicit ChildProcess(const std::vector<std::string>& argv);
  ~ChildProcess();
  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) noexcept;

  /// The exit status, or 128 + signal; empty while it runs. Never waits.
  std::optional<int> exit_status();
  /// The end of what it has printed so far, on either stream: at most `limit` octets, without blanks at the ends.
  std::string output(std::size_t limit = 2000) const;
  void kill();

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  pid_t pid_ = -1;  ///< -1: nothing to wait for
  std::optional<int> status_;
  std::unique_ptr<std::FILE, CloseFile> output_;
};

}  // namespace ikevet::scenarios
