// The index of report.html: everything that its lists, counts and searches need.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "reports/report.hpp"

namespace ikevet::reports {

/// The number of each requirement in the index: its place among Verdicts::requirements.
std::map<std::string, std::size_t, std::less<>> requirement_numbers(const RunReport& report);

/// {"run": {...}, "headline", "tone", "exit_code",
///  "statuses": [[name, colour]...], "places": [[name, colour]...],
///  "scenarios": [[id, title, status, seconds, [tags], reason, detail, rerun, [[requirement, status, [frames]]...],
///                 [[broken rule, status, [frames]]...], rule set, packets]...],
///  "rule_sets": [[requirement...]...],   rules that held, by number
///  "requirements": [[id, citation, level, binds, paraphrase, place, status, testability, reason, detail]...],
///  "failures": [[requirement, required, kind, [[scenario, step, expected, actual, [frames]]...]]...],
///  "advice": {reason: sentence}, "chunk": scenarios in one piece, "files": number of files}
nlohmann::ordered_json html_index(const RunReport& report);

/// The run's files with their digests: [[path, sha256]...].
nlohmann::ordered_json html_files(const RunReport& report);

/// "good", "bad", "warn", "note", "waive", "off", "none": the page's colours for a status and for a requirement's end.
std::string_view tone(Status status);

}  // namespace ikevet::reports
