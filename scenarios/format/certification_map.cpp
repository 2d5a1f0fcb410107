#include "scenarios/format/certification_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {
namespace fs = std::filesystem;
namespace {

void add(std::vector<std::string>& out, const std::string& id) {
  if (std::ranges::find(out, id) == out.end()) out.push_back(id);
}

/// "rfc7296-2.23-*" is everything that begins so.
void expand(const Node& node, const Catalogue& catalogue, std::vector<std::string>& out) {
  const std::string text = node.text();
  if (!text.ends_with('*')) {
    check_requirement(node, catalogue);
    return add(out, text);
  }
  const std::string start = text.substr(0, text.size() - 1);
  const std::size_t before = out.size();
  bool any = false;
  for (auto found = catalogue.lower_bound(start); found != catalogue.end() && found->first.starts_with(start);
       ++found) {
    add(out, found->first);
    any = true;
  }
  if (!any && out.size() == before)
    node.complain(fmt::format("no requirement begins with \"{}\"", start), "`ikevet list` shows what there is");
}

CertificationMap read(const fs::path& file, const Catalogue& catalogue, std::vector<Problem>& problems) {
  CertificationMap out;
  Document document(file, "certification", problems);
  out.file = document.file();
  if (!document.ok()) return out;
  const Node root(document);
  out.id = root["id"].text();
  if (!out.id.empty() && out.id != file.stem().string())
    root["id"].complain(fmt::format("the file is called {}", file.filename().string()),
                        fmt::format("call it {}.json", out.id));
  out.title = root["title"].text();
  out.document = root["document"].text();
  out.edition = root["edition"].text();
  out.verified = root["verified"].text();
  out.left_out = root["left_out"].texts();
  std::set<std::string> ids;
  for (const Node& node : root["elements"].items()) {
    CertificationElement element;
    element.id = node["id"].text();
    if (!ids.insert(element.id).second)
      node["id"].complain(fmt::format("the element \"{}\" is given twice", element.id), "join the two");
    element.title = node["title"].text();
    for (const Node& id : node["requirements"].items()) expand(id, catalogue, element.requirements);
    element.by_hand = node["by_hand"].text();
    element.unverified = node["unverified"].text();
    if (element.requirements.empty() && element.by_hand.empty())
      node.complain("neither the run nor the evaluator shows it", "add \"requirements\" or \"by_hand\"");
    out.elements.push_back(std::move(element));
  }
  return out;
}

}  // namespace

std::vector<CertificationMap> load_certification_maps(const fs::path& folder, const Catalogue& catalogue) {
  std::error_code error;
  if (!fs::exists(folder, error)) return {};
  std::vector<Problem> problems;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  if (error)
    problems.push_back({folder.string(), 0, 0, "", "cannot be read: " + error.message(), "check the installation"});
  std::vector<CertificationMap> out;
  for (const fs::path& file : files) out.push_back(read(file, catalogue, problems));
  throw_if_any(std::move(problems));
  std::ranges::sort(out, {}, &CertificationMap::id);
  return out;
}

CertificationMap load_certification_map(const fs::path& file, const Catalogue& catalogue) {
  std::vector<Problem> problems;
  CertificationMap out = read(file, catalogue, problems);
  throw_if_any(std::move(problems));
  return out;
}

}  // namespace ikevet::scenarios
