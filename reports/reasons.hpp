// Reason codes: why a verdict is neither pass nor fail, in words that scripts can compare.
#pragma once

#include <string_view>

namespace ikevet::reports::reasons {

inline constexpr std::string_view kControlFailed = "control-failed";
inline constexpr std::string_view kControlNotRun = "control-not-run";
inline constexpr std::string_view kSetupRefused = "setup-refused";
inline constexpr std::string_view kRequestRefused = "request-refused";
inline constexpr std::string_view kRefused = "refused-on-the-wire";
inline constexpr std::string_view kTemporaryFailure = "temporary-failure";
inline constexpr std::string_view kDutUnreachable = "dut-unreachable";
inline constexpr std::string_view kDeviceGone = "device-gone";
inline constexpr std::string_view kTriggerFailed = "trigger-failed";
inline constexpr std::string_view kTriggerUnsupported = "trigger-unsupported";
inline constexpr std::string_view kTriggerNoEffect = "trigger-no-effect";
inline constexpr std::string_view kCapabilityMissing = "capability-missing";
inline constexpr std::string_view kNotReached = "not-reached";
inline constexpr std::string_view kNoStep = "no-step";
inline constexpr std::string_view kInterrupted = "interrupted";
inline constexpr std::string_view kNotRun = "not-run";
inline constexpr std::string_view kNotTestable = "not-testable";
inline constexpr std::string_view kNoEvidence = "no-evidence";
inline constexpr std::string_view kKnownDeviation = "known-deviation";
inline constexpr std::string_view kHarnessError = "harness-error";
inline constexpr std::string_view kEvidenceMismatch = "evidence-mismatch";
inline constexpr std::string_view kRecommendation = "recommendation-not-followed";
inline constexpr std::string_view kDiffersBetweenRuns = "differs-between-runs";

/// One sentence for people: what the code means and what to do about it. Empty for an unknown code.
std::string_view explain(std::string_view reason);

}  // namespace ikevet::reports::reasons
