// The audit of a run: algorithms and the use of keys, held against named baselines.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/audit/observations.hpp"

namespace ikevet::reports {

/// What a baseline makes of something that was seen.
struct AuditFinding {
  enum class Result {
    Failure,  ///< forbidden, and seen
    Warning,  ///< discouraged, and seen
    Fine,
    Unlisted,  ///< the baseline does not speak of it
    NotShown,  ///< required, and not seen: a run shows what a device has, never what it lacks
  };
  Result result{};
  std::string subject;    ///< "IKE ENCR_3DES", or the title of a check
  std::vector<Use> uses;  ///< empty for a check, and for NotShown
  std::string says;       ///< the baseline's word
  std::string clause;     ///< "RFC 8247 §2.1"
  std::string note;
  Sightings where;
};
std::string_view name(AuditFinding::Result);  ///< "failure", ...

struct BaselineAudit {
  const scenarios::AuditBaseline* baseline{};
  std::vector<AuditFinding> findings;  ///< the worst first
  std::size_t count(AuditFinding::Result result) const;
};

struct Audit {
  AlgorithmsSeen algorithms;
  std::vector<BehaviourCheck> behaviour;
  std::vector<BaselineAudit> baselines;
};

/// `baselines` must outlive the audit. Grades that end are judged by the year of the run.
Audit audit(const RunReport& report, std::span<const scenarios::AuditBaseline> baselines);

/// audit.json, as schema/audit-report.schema.json has it.
std::string audit_json(const RunReport& report, const Audit& audit);
std::string audit_markdown(const RunReport& report, const Audit& audit);

/// A section for report.md: baselines by their counts, and the use of keys.
std::string audit_summary(const Audit& audit);

}  // namespace ikevet::reports
