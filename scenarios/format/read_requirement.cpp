#include <fmt/format.h>

#include <filesystem>

#include "scenarios/format/loading.hpp"

namespace ikevet::scenarios {
namespace {

template <class E>
E named(const Node& node, E last) {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    if (node.text() == name(static_cast<E>(i))) return static_cast<E>(i);
  return last;
}

Requirement read_requirement(const Node& node, int rfc) {
  Requirement out;
  out.id = node["id"].text();
  out.rfc = rfc;
  out.section = node["section"].text();
  out.line = static_cast<std::size_t>(node["line"].number().value_or(0));
  out.level = named(node["level"], Level::Stated);
  out.binds = named(node["binds"], Binds::Receiver);
  out.paraphrase = node["text"].text();
  out.testability = named(node["testable"], Testability::NotObservable);
  out.why_not = node["why_not"].text();

  if (const std::string start = fmt::format("rfc{}-{}-", rfc, out.section);
      !out.id.empty() && !out.id.starts_with(start))
    node["id"].complain("the id does not begin with RFC and section", fmt::format("begin it with \"{}\"", start));
  const bool untested = out.testability == Testability::NeedsAdminView || out.testability == Testability::NotObservable;
  if (untested && out.why_not.empty()) node.complain("says that it cannot be tested, but not why", "add \"why_not\"");
  if (!untested && !out.why_not.empty()) node["why_not"].complain("it can be tested", "take it out");
  return out;
}

}  // namespace

void read_requirements(Document& document, Catalogue& catalogue) {
  const Node root(document);
  const int rfc = static_cast<int>(root["rfc"].number().value_or(0));
  if (const std::string stem = std::filesystem::path(document.file()).stem().string();
      stem != fmt::format("rfc{}", rfc))
    root["rfc"].complain(fmt::format("the file is called {}", stem), fmt::format("call it rfc{}.json", rfc));
  for (const Node& node : root["requirements"].items()) {
    Requirement requirement = read_requirement(node, rfc);
    const std::string id = requirement.id;
    if (!id.empty() && !catalogue.emplace(id, std::move(requirement)).second)
      node["id"].complain(fmt::format("the id \"{}\" is given twice", id), "ids are unique, and never used again");
  }
}

}  // namespace ikevet::scenarios
