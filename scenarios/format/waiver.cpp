#include "scenarios/format/waiver.hpp"

#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {

std::vector<Waiver> load_waivers(const std::filesystem::path& file, const Catalogue& catalogue) {
  std::vector<Problem> problems;
  std::vector<Waiver> out;
  Document document(file, "waivers", problems);
  if (document.ok()) {
    const Node root(document);
    for (const Node& from : root["waivers"].items()) {
      if (from.has("requirement") && !catalogue.empty()) check_requirement(from["requirement"], catalogue);
      out.push_back({from["scenario"].text(), from["requirement"].text(), from["reason"].text(), from["owner"].text(),
                     from["expires"].text()});
    }
  }
  throw_if_any(std::move(problems));
  return out;
}

}  // namespace ikevet::scenarios
