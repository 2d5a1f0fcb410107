#include "reports/verdict.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "reports/reasons.hpp"

namespace ikevet::reports {
namespace {

constexpr std::array<std::pair<Status, std::string_view>, kStatusCount> kStatusNames{{
    {Status::Pass, "pass"},
    {Status::PassLenient, "pass-lenient"},
    {Status::Fail, "fail"},
    {Status::Inconclusive, "inconclusive"},
    {Status::Unsupported, "unsupported"},
    {Status::NotApplicable, "not-applicable"},
    {Status::Waived, "waived"},
    {Status::Unstable, "unstable"},
    {Status::Error, "error"},
}};

struct Explained {
  std::string_view reason;
  std::string_view text;
};
constexpr std::array kExplained{
    Explained{
        reasons::kControlFailed,
        "The same exchange without the provocation did not pass in this run, so nothing follows from the reaction "
        "to the provocation."},
    Explained{reasons::kControlNotRun, "The positive control of this scenario was not part of the run: select it too."},
    Explained{reasons::kSetupRefused,
              "The device refused the set-up that the scenario needs. Compare credentials, identities, proposals and "
              "traffic selectors of target file and device."},
    Explained{reasons::kRequestRefused,
              "The device refused a request that the scenario builds on, and no MUST forbids that."},
    Explained{reasons::kRefused, "The device said on the wire that it does not do this, and no MUST asks for it."},
    Explained{reasons::kTemporaryFailure, "The device asked to try again later (TEMPORARY_FAILURE)."},
    Explained{reasons::kDutUnreachable,
              "Nothing came from the device. Check address, ports, firewall, and that its IKE service runs."},
    Explained{
        reasons::kDeviceGone,
        "The device kept silent, and answered nothing afterwards, not even a plain IKE_SA_INIT request. It crashed, "
        "or it shuts this address out; its log says which. Its silence proves nothing."},
    Explained{reasons::kTriggerFailed,
              "The command that makes the device act failed. Run it by hand; `ikevet doctor` checks all of them."},
    Explained{reasons::kTriggerUnsupported, "The target has no such trigger, or its command said so (exit 127 or 89)."},
    Explained{reasons::kTriggerNoEffect,
              "The trigger reported success, yet the device sent nothing. Check that it starts this connection."},
    Explained{reasons::kCapabilityMissing, "The target file does not claim what the scenario needs."},
    Explained{reasons::kNotReached, "An earlier step did not come out as needed, so this one was not played."},
    Explained{reasons::kNoStep, "The scenario has no step that bears on this requirement."},
    Explained{reasons::kInterrupted, "The run was interrupted before this was finished."},
    Explained{reasons::kNotRun, "No scenario of this run covers it, and its situation did not occur."},
    Explained{reasons::kNotTestable, "It cannot be seen from outside the device."},
    Explained{reasons::kNoEvidence, "The device sent nothing that any rule could be held against."},
    Explained{reasons::kKnownDeviation, "Somebody answers for it: a waiver, or a known deviation in the target file."},
    Explained{reasons::kHarnessError, "ikevet itself failed here; this says nothing about the device."},
    Explained{reasons::kEvidenceMismatch,
              "What the runner noted does not agree with the recorded messages; this says nothing about the device. "
              "Please report it with the run directory."},
    Explained{reasons::kRecommendation, "Something that the standard recommends (SHOULD) was not followed."},
    Explained{reasons::kDiffersBetweenRuns, "The same scenario came out differently when it was repeated."},
};

bool any_reason(const Verdicts& verdicts, std::initializer_list<std::string_view> wanted) {
  return std::ranges::any_of(verdicts.scenarios, [&](const ScenarioVerdict& scenario) {
    return std::ranges::find(wanted, std::string_view(scenario.reason)) != wanted.end();
  });
}

bool any_status(const Verdicts& verdicts, std::initializer_list<Status> wanted) {
  return std::ranges::any_of(verdicts.scenarios, [&](const ScenarioVerdict& scenario) {
    return std::ranges::find(wanted, scenario.status) != wanted.end();
  });
}

bool required_failure(const Verdicts& verdicts, const scenarios::Catalogue& catalogue, bool strict) {
  const auto failed = [&](const RequirementVerdict& verdict) {
    return verdict.status == Status::Fail && required(catalogue, verdict.requirement, strict);
  };
  return any_status(verdicts, {Status::Fail}) ||
         std::ranges::any_of(verdicts.scenarios, [&](const ScenarioVerdict& scenario) {
           return std::ranges::any_of(scenario.requirements, failed) || std::ranges::any_of(scenario.rules, failed);
         });
}

}  // namespace

std::string_view name(Status status) {
  for (const auto& [value, text] : kStatusNames)
    if (value == status) return text;
  return "unknown";
}

std::optional<Status> status_from_name(std::string_view text) {
  for (const auto& [value, known] : kStatusNames)
    if (known == text) return value;
  return std::nullopt;
}

std::string_view reasons::explain(std::string_view reason) {
  for (const Explained& row : kExplained)
    if (row.reason == reason) return row.text;
  return {};
}

bool required(const scenarios::Catalogue& catalogue, std::string_view requirement, bool strict) {
  const auto found = catalogue.find(requirement);
  if (found == catalogue.end() || found->second.mandatory()) return true;
  const scenarios::Level level = found->second.level;
  return strict && (level == scenarios::Level::Should || level == scenarios::Level::ShouldNot);
}

int exit_code(const Verdicts& verdicts, const scenarios::Catalogue& catalogue, bool strict) {
  if (verdicts.scenarios.empty()) return 5;
  if (required_failure(verdicts, catalogue, strict)) return 1;
  if (any_status(verdicts, {Status::Error})) return 3;
  if (any_reason(verdicts, {reasons::kDutUnreachable, reasons::kTriggerFailed, reasons::kTriggerNoEffect})) return 4;
  const bool proved = any_status(verdicts, {Status::Pass, Status::PassLenient, Status::Waived});
  if (!proved || any_status(verdicts, {Status::Inconclusive, Status::Unstable})) return 6;
  return 0;
}

}  // namespace ikevet::reports
