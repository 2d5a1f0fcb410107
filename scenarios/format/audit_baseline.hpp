// What a document says of algorithms, as data: audit/*.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/wire/constants.hpp"

namespace ikevet::scenarios {

/// What can be graded. KE stands for Transform Types 4 and 6 to 12.
enum class AuditKind { Encr, Prf, Integ, Ke, Auth, Hash, Protocol };
std::string_view name(AuditKind);  ///< "ENCR", ...

/// From best to worst.
enum class AuditGrade { Required, Recommended, Allowed, Discouraged, Forbidden };
std::string_view name(AuditGrade);  ///< "required", ...

struct AuditRule {
  std::vector<wire::ProtocolId> protocols;  ///< empty: all
  AuditKind kind{};
  std::vector<std::uint16_t> algorithms;   ///< numbers of the kind's registry; empty: every other one
  std::vector<std::uint16_t> key_lengths;  ///< bits; empty: any
  AuditGrade grade{};
  std::string says;    ///< "MUST-"
  std::string clause;  ///< "§2.1"
  std::string until;   ///< "2029": the last year of this grade; empty: no end
  std::string note;
};

struct AuditBehaviour {
  std::string check;
  AuditGrade grade{};
  std::string says, clause;
};

struct AuditBaseline {
  std::string id, title, document, edition, verified;
  std::vector<std::string> left_out;
  std::vector<AuditRule> rules;
  std::vector<AuditBehaviour> behaviour;
  std::string file;
};

/// Every `*.json` of a folder, in order of id; none where there is no such folder. Throws FormatError with all that is wrong.
std::vector<AuditBaseline> load_audit_baselines(const std::filesystem::path& folder);
/// One file.
AuditBaseline load_audit_baseline(const std::filesystem::path& file);

/// The name of an algorithm of a kind, with its number where it has none: "ENCR_AES_CBC", "KE 40".
std::string audit_name(AuditKind kind, std::uint16_t id);

}  // namespace ikevet::scenarios
