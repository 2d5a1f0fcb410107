#include "scenarios/format/selector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "scenarios/format/nearest.hpp"

namespace ikevet::scenarios {
namespace {

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  for (;;) {
    const std::size_t end = text.find(at);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

/// The parts of a text one after the other, as split() has them, without a list.
struct Parts {
  std::string_view text;
  char at;
  bool at_end = false;

  std::string_view next() {
    const std::size_t end = text.find(at);
    const std::string_view out = text.substr(0, end);
    at_end = end == std::string_view::npos;
    text.remove_prefix(at_end ? text.size() : end + 1);
    return out;
  }
};

/// "2.8" for the folder "2.08-rekeying": folders are numbered so that they sort.
std::string section_of(std::string_view folder) {
  std::string out;
  for (Parts numbers{folder.substr(0, folder.find('-')), '.'}; !numbers.at_end;) {
    std::string_view number = numbers.next();
    while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
    if (!out.empty()) out += '.';
    out += number;
  }
  return out;
}

bool within_section(std::string_view section, std::string_view asked) {
  return section == asked || (section.starts_with(asked) && section[asked.size()] == '.');
}

/// Does `rfc7296/2.8/child-rekey` lead to this id or to a folder above it? Asked for each scenario and selector.
bool below_path(std::string_view id, std::string_view path) {
  Parts have{id, '/'}, asked{path, '/'};
  for (std::size_t i = 0; !asked.at_end; ++i) {
    if (have.at_end) return false;
    const std::string_view is = have.next(), wanted = asked.next();
    if (is == wanted) continue;
    const bool is_section = i == 1 && !have.at_end;
    // A path that goes on below the section names that very section.
    if (!is_section) return false;
    const std::string section = section_of(is);
    if (!(asked.at_end ? within_section(section, wanted) : section == wanted)) return false;
  }
  return true;
}

bool has_level(const Requirement& requirement, std::string_view level) {
  const Level is = requirement.level;
  if (level == "must") return is == Level::Must || is == Level::MustNot;
  if (level == "should") return is == Level::Should || is == Level::ShouldNot;
  if (level == "may") return is == Level::May;
  return level == "stated" && is == Level::Stated;
}

class Selection {
 public:
  explicit Selection(const Library& library) : library_(library) {}

  std::vector<const Scenario*> run(std::span<const std::string> selectors) {
    for (const std::string& selector : selectors) add(selector);
    if (!problems_.empty()) throw FormatError(std::move(problems_));
    std::vector<const Scenario*> out;
    for (const Scenario& scenario : library_.suite)
      if (takes(scenario)) out.push_back(&scenario);
    return out;
  }

 private:
  using Test = std::function<bool(const Scenario&)>;

  void add(const std::string& selector) {
    if (selector.find('&') != std::string::npos) return add_joined(selector);
    std::string_view rest = selector;
    const bool away = rest.starts_with("not:");
    if (away) rest.remove_prefix(4);
    if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos)
      add_keyed(selector, rest.substr(0, colon), rest.substr(colon + 1), away);
    else
      add_bare(selector, std::string(rest), away);
  }

  /// "rfc7296/2.8 & role:responder": a selection of its own, which adds up with the others.
  void add_joined(const std::string& selector) {
    std::vector<std::string> parts;
    for (const std::string_view part : split(selector, '&')) {
      const std::size_t begin = part.find_first_not_of(' '), end = part.find_last_not_of(' ');
      parts.emplace_back(begin == std::string_view::npos ? "" : part.substr(begin, end - begin + 1));
    }
    Selection joined(library_);
    joined.outer_ = outer_;
    try {
      put(false, adding_, one_of(joined.run(parts)));
    } catch (const FormatError& error) {
      problems_.insert(problems_.end(), error.problems.begin(), error.problems.end());
    }
  }

  static Test one_of(const std::vector<const Scenario*>& scenarios) {
    return [members = std::set<const Scenario*>(scenarios.begin(), scenarios.end())](const Scenario& scenario) {
      return members.contains(&scenario);
    };
  }

  void add_keyed(const std::string& selector, std::string_view key, std::string_view value, bool away) {
    const std::string wanted(value);
    if (key == "tag") {
      if (const auto tags = all_tags(); !tags.contains(wanted)) return unknown(selector, "tag:", wanted, tags);
      return put(away, narrowing_, has_tag(wanted));
    }
    if (key == "role") {
      static const std::set<std::string> kRoles{"initiator", "responder"};
      if (!kRoles.contains(wanted)) return unknown(selector, "role:", wanted, kRoles);
      return put(away, narrowing_, [wanted](const Scenario& scenario) { return name(scenario.harness) == wanted; });
    }
    if (key == "level") {
      static const std::set<std::string> kLevels{"must", "should", "may", "stated"};
      if (!kLevels.contains(wanted)) return unknown(selector, "level:", wanted, kLevels);
      return put(away, narrowing_, [this, wanted](const Scenario& scenario) { return covers_level(scenario, wanted); });
    }
    if (key == "profile") return add_profile(selector, wanted, away);
    static const std::set<std::string> kKeys{"tag:", "role:", "level:", "profile:", "not:"};
    unknown(selector, "", std::string(key) + ":", kKeys);
  }

  void add_profile(const std::string& selector, const std::string& wanted, bool away) {
    std::set<std::string> names;
    for (const Profile& profile : library_.profiles) {
      names.insert(profile.name);
      if (profile.name != wanted) continue;
      if (outer_.contains(wanted))
        return problems_.push_back({"selector", 0, 0, "", fmt::format("profile:{} contains itself", wanted),
                                    "take one of the references out"});
      Selection inner(library_);
      inner.outer_ = outer_;
      inner.outer_.insert(wanted);
      return put(away, adding_, one_of(inner.run(profile.select)));
    }
    unknown(selector, "profile:", wanted, names);
  }

  void add_bare(const std::string& selector, const std::string& word, bool away) {
    const Test path = [word](const Scenario& scenario) { return below_path(scenario.id, word); };
    if (!word.empty() && std::ranges::any_of(library_.suite, path)) return put(away, adding_, path);
    if (library_.catalogue.contains(word))
      return put(away, adding_, [word](const Scenario& scenario) {
        return std::ranges::find(scenario.covers, word) != scenario.covers.end();
      });
    if (away && all_tags().contains(word)) return removing_.push_back(has_tag(word));
    unknown(selector, "", word, all_names());
  }

  void put(bool away, std::vector<Test>& group, Test test) { (away ? removing_ : group).push_back(std::move(test)); }

  static Test has_tag(const std::string& tag) {
    return [tag](const Scenario& scenario) { return std::ranges::find(scenario.tags, tag) != scenario.tags.end(); };
  }

  bool covers_level(const Scenario& scenario, std::string_view level) const {
    return std::ranges::any_of(scenario.covers, [&](const std::string& id) {
      const auto it = library_.catalogue.find(id);
      return it != library_.catalogue.end() && has_level(it->second, level);
    });
  }

  bool takes(const Scenario& scenario) const {
    const auto holds = [&](const Test& test) { return test(scenario); };
    return (adding_.empty() || std::ranges::any_of(adding_, holds)) && std::ranges::all_of(narrowing_, holds) &&
           std::ranges::none_of(removing_, holds);
  }

  std::set<std::string> all_tags() const {
    std::set<std::string> out;
    for (const Scenario& scenario : library_.suite) out.insert(scenario.tags.begin(), scenario.tags.end());
    return out;
  }

  /// Everything that stands for itself as a selector: paths of any depth, with short sections, and requirements.
  std::set<std::string> all_names() const {
    std::set<std::string> out;
    for (const Scenario& scenario : library_.suite) {
      const std::vector<std::string_view> parts = split(scenario.id, '/');
      out.insert(std::string(parts.front()));
      out.insert(scenario.id);
      if (parts.size() < 3) continue;
      const std::string section = fmt::format("{}/{}", parts[0], section_of(parts[1]));
      out.insert(section);
      out.insert(fmt::format("{}/{}", section, parts[2]));
    }
    for (const auto& [id, requirement] : library_.catalogue) out.insert(id);
    return out;
  }

  void unknown(const std::string& selector, std::string_view prefix, const std::string& word,
               const std::set<std::string>& known) {
    std::vector<std::string> names;
    for (const std::string& name : known) names.push_back(std::string(prefix) + name);
    problems_.push_back({"selector", 0, 0, "", fmt::format("\"{}\" selects nothing", selector),
                         did_you_mean(std::string(prefix) + word, names, "see `ikevet list`")});
  }

  const Library& library_;
  std::vector<Test> adding_, narrowing_, removing_;
  std::vector<Problem> problems_;
  std::set<std::string> outer_;  ///< profiles within which this selection stands
};

}  // namespace

std::vector<const Scenario*> select(const Library& library, std::span<const std::string> selectors) {
  return Selection(library).run(selectors);
}

std::vector<const Scenario*> with_controls(const Library& library, std::span<const Scenario* const> selected) {
  std::vector<const Scenario*> out;
  const auto add = [&](const Scenario* scenario) {
    if (scenario != nullptr && std::ranges::find(out, scenario) == out.end()) out.push_back(scenario);
  };
  for (const Scenario* scenario : selected) {
    if (!scenario->control.empty()) add(library.find(scenario->control));
    add(scenario);
  }
  return out;
}

}  // namespace ikevet::scenarios
