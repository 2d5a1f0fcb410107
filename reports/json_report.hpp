// report.json.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.hpp"
#include "reports/verdict_json.hpp"
#include "reports/waivers.hpp"

namespace ikevet::reports {

/// The report as JSON with a stable order of members, indented, as schema/report.schema.json describes it.
std::string json_report(const RunReport& report);
/// With what waivers did.
std::string json_report(const RunReport& report, const std::vector<WaiverAccount>& waivers);

/// The verdicts of a report.json, e.g. to compare two runs. Throws FileError.
Verdicts verdicts_from_json(const Json& report);  ///< throws as verdict_json.hpp says
Verdicts verdicts_from_report(std::string_view text, const std::string& file);
Verdicts read_report(const std::filesystem::path& file);

/// The JSON Schema (draft-07) of report.json.
std::string_view report_schema();
/// The same of a line of `ikevet run --events`.
std::string_view event_schema();

}  // namespace ikevet::reports
