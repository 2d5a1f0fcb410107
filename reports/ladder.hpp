// The ladder diagram of a scenario as SVG.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "reports/report.hpp"

namespace ikevet::reports {

struct LadderOptions {
  std::string anchor;            ///< prefix of the ids that messages link to: "s3-m" gives "#s3-m12" for message 12
  std::set<std::size_t> marked;  ///< frames that are evidence of a failure
  std::size_t rows_at_most = 600;
};

/// Lifelines of harness and device; an arrow for each packet with the RFC's notation, frame number and time; lost
/// packets dashed, retransmissions named; the steps of the scenario and what the harness's engine said in between.
/// Colours come from CSS classes of the page (see templates/report.css). All text is escaped.
std::string ladder_svg(const PlayedScenario& played, const LadderOptions& options);

/// Steps in the order of the trace: the index of the packet before which each step began.
std::vector<std::size_t> first_packets(const scenarios::ScenarioRun& run);

}  // namespace ikevet::reports
