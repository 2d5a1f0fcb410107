// RunInfo as the "run" member of a report.
#pragma once

#include "reports/report.hpp"
#include "reports/verdict_json.hpp"

namespace ikevet::reports {

/// Without scenarios and files, which run.json alone lists.
Json to_json(const RunInfo& info);

}  // namespace ikevet::reports
