// Something that the user can put right: what is wrong, what to do, and which exit code that is.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "bindings/cli/exit_code.hpp"

namespace ikevet::app {

class UserError : public std::runtime_error {
 public:
  /// what() gives both in one line: "WHAT; REMEDY". An empty remedy is left out.
  UserError(ExitCode code, std::string what, std::string remedy)
      : std::runtime_error(remedy.empty() ? what : what + "; " + remedy), code_(code) {}

  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

}  // namespace ikevet::app
