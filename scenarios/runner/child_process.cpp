#include "scenarios/runner/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

extern char** environ;

namespace ikevet::scenarios {
namespace {

constexpr int kNotFound = 127;

/// posix_spawn's two argument objects, released together.
class SpawnSettings {
 public:
  explicit SpawnSettings(int output) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files_, output, STDERR_FILENO);
    posix_spawnattr_init(&attributes_);
    // A group of its own: Ctrl-C reaches ikevet alone, which then ends what it started.
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  const posix_spawn_file_actions_t* files() const { return &files_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

std::string trimmed(std::string text) {
  constexpr const char* kBlanks = " \t\r\n";
  text.erase(text.find_last_not_of(kBlanks) + 1);
  text.erase(0, text.find_first_not_of(kBlanks));
  return text;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& argv) : output_(std::tmpfile()) {
  if (!output_) throw std::runtime_error(fmt::format("cannot make a temporary file: {}", std::strerror(errno)));
  (void)fcntl(fileno(output_.get()), F_SETFD, FD_CLOEXEC);
  if (argv.empty()) throw std::runtime_error("an empty command cannot be started");
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  const SpawnSettings settings(fileno(output_.get()));
  const int error =
      posix_spawnp(&pid_, arguments[0], settings.files(), settings.attributes(), arguments.data(), environ);
  if (error == 0) return;
  pid_ = -1;
  if (error != ENOENT && error != EACCES && error != ENOEXEC)
    throw std::runtime_error(fmt::format("cannot start {}: {}", argv.front(), std::strerror(error)));
  status_ = kNotFound;
  fmt::print(output_.get(), "{}: {}", argv.front(), std::strerror(error));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(other.status_), output_(std::move(other.output_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(status_, other.status_);
  std::swap(output_, other.output_);
  return *this;
}

ChildProcess::~ChildProcess() { kill(); }

std::optional<int> ChildProcess::exit_status() {
  if (status_ || pid_ < 0) return status_;
  int raw = 0;
  const pid_t ended = waitpid(pid_, &raw, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return std::nullopt;
  if (ended < 0)
    status_ = kNotFound;
  else
    status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return status_;
}

std::string ChildProcess::output(std::size_t limit) const {
  // pread() leaves the offset alone that the program writes at.
  const int descriptor = fileno(output_.get());
  std::fflush(output_.get());
  struct stat file{};
  if (fstat(descriptor, &file) != 0) return {};
  const off_t from = std::max<off_t>(0, file.st_size - static_cast<off_t>(limit));
  std::string text(static_cast<std::size_t>(file.st_size - from), '\0');
  const ssize_t got = pread(descriptor, text.data(), text.size(), from);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return trimmed(std::move(text));
}

void ChildProcess::kill() {
  if (pid_ < 0 || exit_status()) return;
  ::kill(-pid_, SIGKILL);
  int raw = 0;
  while (waitpid(pid_, &raw, 0) < 0 && errno == EINTR) {
  }
  status_ = 128 + SIGKILL;
}

}  // namespace ikevet::scenarios
