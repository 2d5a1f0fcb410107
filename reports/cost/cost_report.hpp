// The cost of a run, written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/cost/cost.hpp"
#include "reports/cost/projection.hpp"

namespace ikevet::reports {

/// A link and what set-ups take over it.
struct ProjectedLink {
  Link link;
  std::vector<Projection> flows;
};

/// cost.json, as schema/cost.schema.json has it.
std::string cost_json(const RunInfo& info, const RunCost& cost, const std::optional<ProjectedLink>& projected);

/// Tables: set-ups against the ideal and IKEv1, exchanges by kind, scenarios, the projection.
std::string cost_markdown(const RunInfo& info, const RunCost& cost, const std::optional<ProjectedLink>& projected);

/// A section for report.md: set-ups against the ideal and IKEv1.
std::string cost_summary(const RunCost& cost);

/// Messages of the flows, the typical set-up's time split, and the projection, as one SVG image. It has its own style,
/// light and dark, and needs nothing else.
std::string cost_svg(const RunCost& cost, const std::optional<ProjectedLink>& projected);

/// Where the round trip is from, in a sentence or two.
std::string path_text(const PathTime& path);

/// "1.24 ms", "3.5 s": three digits at most.
std::string short_time(Duration duration);

}  // namespace ikevet::reports
