// What the program tells the shell.
#pragma once

namespace ikevet::app {

enum class ExitCode {
  Pass = 0,             ///< everything required passes
  Failed = 1,           ///< something required failed
  Usage = 2,            ///< the command line, or a file that it names
  HarnessError = 3,     ///< ours: nothing is said of the device
  Unreachable = 4,      ///< the device did not answer, a trigger did not fire, or this machine does not let us at it
  NothingSelected = 5,  ///< no scenario
  Inconclusive = 6,     ///< nothing failed and not everything was proved; also: the run was interrupted
  Differs = 7,          ///< from the baseline (an unexpected pass included), or from the stored report
};

}  // namespace ikevet::app
