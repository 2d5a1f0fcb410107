// Asks the person at the terminal to make a device act, and hears the answer without waiting for it.
#pragma once

#include <string>

namespace ikevet::scenarios {

class OperatorPrompt {
 public:
  enum class Answer { None, Done, Unsupported, Failed };

  /// Shows `text`. Asks at the controlling terminal, or at the one that IKEVET_OPERATOR names (a tty, a pty). Throws
  /// std::runtime_error where there is none.
  explicit OperatorPrompt(const std::string& text);
  ~OperatorPrompt();
  OperatorPrompt(const OperatorPrompt&) = delete;
  OperatorPrompt& operator=(const OperatorPrompt&) = delete;

  /// Enter or "y": done; "u": the device cannot; "n" or "f": it did not work.
  Answer answer();

 private:
  void show(const std::string& text) const;

  int terminal_ = -1;
  std::string line_;
};

}  // namespace ikevet::scenarios
