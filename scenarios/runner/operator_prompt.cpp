#include "scenarios/runner/operator_prompt.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace ikevet::scenarios {

OperatorPrompt::OperatorPrompt(const std::string& text) {
  const char* named = std::getenv("IKEVET_OPERATOR");
  const char* path = named != nullptr && *named != '\0' ? named : "/dev/tty";
  terminal_ = ::open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (terminal_ < 0)
    throw std::runtime_error(
        fmt::format("there is nobody to ask: {}: {}; run at a terminal, or name one in IKEVET_OPERATOR", path,
                    std::strerror(errno)));
  ::tcflush(terminal_, TCIFLUSH);  // what was typed before the question is no answer to it
  show(fmt::format("\n>>> {}\n    Enter: done   u: the device cannot   n: it did not work\n", text));
}

OperatorPrompt::~OperatorPrompt() {
  if (terminal_ >= 0) ::close(terminal_);
}

void OperatorPrompt::show(const std::string& text) const {
  // A terminal that takes nothing shows nothing: the answer is then what times out.
  if (::write(terminal_, text.data(), text.size()) < 0) return;
}

OperatorPrompt::Answer OperatorPrompt::answer() {
  std::array<char, 64> read{};
  const ssize_t got = ::read(terminal_, read.data(), read.size());
  if (got > 0) line_.append(read.data(), static_cast<std::size_t>(got));
  const std::size_t end = line_.find_first_of("\r\n");
  if (end == std::string::npos) return Answer::None;
  const std::string said = line_.substr(0, end);
  line_.erase(0, end + 1);
  if (said.empty() || said == "y" || said == "Y") return Answer::Done;
  if (said == "u" || said == "U") return Answer::Unsupported;
  if (said == "n" || said == "N" || said == "f" || said == "F") return Answer::Failed;
  show("    Enter, u or n\n");
  return Answer::None;
}

}  // namespace ikevet::scenarios
