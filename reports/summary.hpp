// Counts and lists that all report writers show alike.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "reports/report.hpp"
#include "reports/verdict.hpp"

namespace ikevet::reports {

/// How many of each status, in the order of the enumeration.
using Tally = std::array<std::size_t, kStatusCount>;
Tally tally(const std::vector<ScenarioVerdict>& scenarios);
inline std::size_t count(const Tally& tally, Status status) { return tally[static_cast<std::size_t>(status)]; }

/// Where every requirement of the catalogue ended: design.md's denominator.
struct Denominator {
  std::size_t total{};
  std::size_t tested{};  ///< passed + failed + waived + unstable
  std::size_t passed{};  ///< pass-lenient included
  std::size_t failed{};
  std::size_t waived{};
  std::size_t unstable{};
  std::size_t inconclusive{};  ///< tried without conclusion, harness errors included
  std::size_t unsupported{};
  std::size_t not_run{};       ///< nothing in this run touched it
  std::size_t not_testable{};  ///< not seen from outside
};
enum class Place { Passed, Failed, Waived, Unstable, Inconclusive, Unsupported, NotRun, NotTestable };
Place place_of(const RequirementVerdict& verdict);
std::string_view name(Place);  ///< "passed", "not run", ...
Denominator denominator(const Verdicts& verdicts);
/// For one RFC; 0 stands for requirements that the catalogue does not know.
Denominator denominator(const Verdicts& verdicts, const scenarios::Catalogue& catalogue, int rfc);

/// A requirement that was broken, with everything that a reader needs to judge that.
struct Failure {
  std::string requirement;
  std::string level;     ///< "MUST"
  std::string citation;  ///< "RFC 7296 §2.5"
  std::string paraphrase;
  bool required{};  ///< counts for the exit code
  struct Seen {
    std::string scenario;
    std::string step;  ///< "step 3: expect IKE_SA_INIT response"; empty for a rule
    std::string expected;
    std::string actual;
    std::vector<std::size_t> frames;
    std::string rerun;
  };
  std::vector<Seen> seen;
};
/// Those that count first, then by requirement id. A failed scenario whose failure is no requirement's is listed under
/// its own id.
std::vector<Failure> failures(const RunReport& report);

/// One sentence: "2 of 134 requirements tested are broken".
std::string headline(const RunReport& report);

}  // namespace ikevet::reports
