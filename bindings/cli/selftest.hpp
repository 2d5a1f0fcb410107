// The suite measured: does it catch each built-in deviating peer, and does it leave legitimate variants alone?
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "reports/verdict.hpp"
#include "scenarios/format/deviation.hpp"
#include "scenarios/format/loader.hpp"

namespace ikevet::app {

enum class Finding {
  Caught,     ///< a requirement that the deviation breaks failed, with evidence
  OnlyOther,  ///< required ones failed, none of those that it breaks
  Missed,
  Clean,      ///< a legitimate variant of which nothing required failed
  FalseFail,  ///< a legitimate variant of which something did
};
std::string_view name(Finding);  ///< "caught", "only by another requirement", ...

/// One deviation in one role.
struct SelftestRow {
  const scenarios::Deviation* deviation{};
  std::string role;  ///< that of the deviating peer
  Finding finding{};
  std::string requirement;          ///< that failed
  std::string scenario;             ///< in which it did
  std::string detail;               ///< what was seen, or why nothing was
  std::vector<std::string> others;  ///< required failures that are not those it breaks: "ID in SCENARIO"
  std::size_t played{};             ///< scenarios, controls included
  std::size_t unclear{};            ///< of those, the ones that ended neither in pass nor in fail
  double seconds{};                 ///< of wall time

  bool good() const { return finding == Finding::Caught || finding == Finding::Clean; }
};

struct SelftestRequest {
  std::vector<std::string> ids;  ///< of deviations; "legitimate" and "deviating" take all of a kind; empty: all
  unsigned jobs = 1;
  std::uint64_t seed = 1;
  bool brief{};  ///< legitimate variants meet a small selection only
  /// Selectors of scenarios that are left out, as if the suite had them not: who is missed then?
  std::vector<std::string> without;
};

struct SelftestResult {
  std::vector<scenarios::Deviation> deviations;  ///< what the rows point to
  std::vector<SelftestRow> rows;                 ///< in order of id, initiator before responder
};

/// Plays, against each chosen deviation in each of its roles, the scenarios that cover what it breaks, with their
/// controls, until it is caught. `done` is called from one thread at a time. Throws FormatError, SelectionError.
SelftestResult selftest(const SelftestRequest& request, const std::function<void(const SelftestRow&)>& done);

}  // namespace ikevet::app
