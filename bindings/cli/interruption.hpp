// Ctrl-C and SIGTERM: what is under way comes to an orderly end. A second signal ends the program at once.
#pragma once

#include <cstddef>

#include "engine/transport/transport.hpp"

namespace ikevet::app {

/// While one of these lives, the first SIGINT or SIGTERM sets a flag and interrupts the transports that are registered;
/// the signal's former effect is back from then on. One at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// Whether a signal came.
  static bool requested();
  /// The same from within: for callers that have their own idea of an interruption.
  static void request();
};

/// Makes a transport known to the signal handler for as long as it lives.
class Interruptible {
 public:
  explicit Interruptible(transport::Transport& transport);
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  std::size_t slot_;
};

/// Lets writes to a reader that has gone fail instead of ending the program: `ikevet run | head` still completes its
/// run folder.
void ignore_broken_pipes();

}  // namespace ikevet::app
