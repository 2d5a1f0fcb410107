// Verdicts as JSON: in report.json, and verdict.json beside each capture. Members have a fixed order.
#pragma once

#include <nlohmann/json.hpp>

#include "reports/verdict.hpp"

namespace ikevet::reports {

using Json = nlohmann::ordered_json;

Json to_json(const Evidence& evidence);
Json to_json(const RequirementVerdict& verdict);
Json to_json(const ScenarioVerdict& verdict);

/// The inverses. Throw nlohmann::json::exception where a member is missing or of the wrong kind, and FileError for an
/// unknown status.
Evidence evidence_from_json(const Json& json);
RequirementVerdict requirement_verdict_from_json(const Json& json);
ScenarioVerdict scenario_verdict_from_json(const Json& json);

}  // namespace ikevet::reports
