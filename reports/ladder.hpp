// The ladder diagram of a scenario as data; the page draws it (templates/ladder.js).
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <vector>

#include "reports/html_pool.hpp"
#include "reports/report.hpp"

namespace ikevet::reports {

/// What happened, in order, texts by their number in `pool`, times in microseconds from the first packet:
///   [0, step]                                              a step of the scenario begins
///   [1, time, sender, fate, frame, message, remark, what]  a packet; sender 0 is the harness, 1 the device; fate as
///                                                          trace::Fate; message -1 for what is no IKE, which `what`
///                                                          then names; remark: lost, sent again, malformed, ...
///   [2, time, text]                                        what the harness's engine said
nlohmann::ordered_json ladder_rows(const PlayedScenario& played, HtmlPool& pool, std::size_t at_most = 600);

/// Steps in the order of the trace: the index of the packet before which each step began.
std::vector<std::size_t> first_packets(const scenarios::ScenarioRun& run);

}  // namespace ikevet::reports
