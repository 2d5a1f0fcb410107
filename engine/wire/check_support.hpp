// What the checks share. Not for use outside engine/wire.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "engine/wire/checks.hpp"

namespace ikevet::wire::detail {

/// The id of a requirement in kCheckedRequirements: another one does not compile.
class RequirementId {
 public:
  consteval RequirementId(const char* id) : id_(id) {  // NOLINT(google-explicit-constructor): reads as the id it is
    bool listed = false;
    for (const CheckedRequirement& requirement : kCheckedRequirements) listed = listed || requirement.id == id_;
    if (!listed) throw "not in kCheckedRequirements";
  }
  std::string_view text() const { return id_; }

 private:
  std::string_view id_;
};

inline void note(Findings& findings, RequirementId id, std::string detail) {
  findings.push_back({std::string(id.text()), std::move(detail)});
}

/// RFC 7296 §2.5: fields marked RESERVED are sent as zero.
inline void check_reserved(std::uint32_t value, std::string_view where, Findings& findings) {
  if (value != 0)
    note(findings, "rfc7296-2.5-reserved-fields-zero",
         "RESERVED of " + std::string(where) + " is " + std::to_string(value));
}
inline void check_reserved(const std::array<std::uint8_t, 3>& octets, std::string_view where, Findings& findings) {
  check_reserved(static_cast<std::uint32_t>(octets[0] << 16 | octets[1] << 8 | octets[2]), where, findings);
}

}  // namespace ikevet::wire::detail
