// The command line as a whole: verbs, --version, and how faults are told.
#pragma once

#include <exception>
#include <ostream>

namespace ikevet::cli {

/// Parses the arguments and runs the verb. Gives the exit code (exit_code.hpp); never throws.
int run_command_line(int argc, const char* const* argv);

/// Tells `err` what happened, a line a fault, each with what to do, and gives the exit code that goes with it.
int explain(const std::exception_ptr& error, std::ostream& err);

}  // namespace ikevet::cli
