// The elements of certification schemes, as data: certification/*.json.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/format/requirement.hpp"

namespace ikevet::scenarios {

struct CertificationElement {
  std::string id;  ///< as the scheme numbers it: "FCS_IPSEC_EXT.1.4"
  std::string title;
  std::vector<std::string> requirements;  ///< ids of the catalogue, patterns expanded, each once, in order
  std::string by_hand;                    ///< what the evaluator must do beside the run
  std::string unverified;                 ///< what was not read in the scheme's own document
};

struct CertificationMap {
  std::string id, title, document, edition, verified;
  std::vector<std::string> left_out;
  std::vector<CertificationElement> elements;
  std::string file;
};

/// Every `*.json` of a folder, in order of id; none where there is no such folder. Throws FormatError with all that is wrong: form, an element given twice,
/// and requirements that the catalogue does not have.
std::vector<CertificationMap> load_certification_maps(const std::filesystem::path& folder, const Catalogue& catalogue);
CertificationMap load_certification_map(const std::filesystem::path& file, const Catalogue& catalogue);

}  // namespace ikevet::scenarios
