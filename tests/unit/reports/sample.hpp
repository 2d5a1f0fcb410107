// A whole run with verdicts of every kind, for the writers.
#pragma once

#include "reports/report.hpp"

namespace ikevet::test {

/// Five scenarios: one passes, one fails (with text of a hostile peer in it), one was refused, one has no capability,
/// one is waived. Always the same octets.
reports::RunReport sample_report();

}  // namespace ikevet::test
