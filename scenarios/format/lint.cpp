#include "scenarios/format/lint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

#include "scenarios/format/position_index.hpp"

namespace ikevet::scenarios {
namespace {

using wire::NotifyType;

/// Notifications of which RFC 7296 leaves to the responder whether it sends them, with the place that says so.
struct FreeAnswer {
  NotifyType type;
  std::string_view section, level;
};
constexpr std::array kFreeAnswers{
    FreeAnswer{NotifyType::INVALID_SPI, "1.5", "MAY"},
    FreeAnswer{NotifyType::INVALID_IKE_SPI, "1.5", "MAY"},
    FreeAnswer{NotifyType::INVALID_MESSAGE_ID, "2.3", "MAY"},
    FreeAnswer{NotifyType::INVALID_MAJOR_VERSION, "2.5", "SHOULD"},
    FreeAnswer{NotifyType::AUTHENTICATION_FAILED, "2.21.2", "SHOULD"},
    FreeAnswer{NotifyType::TEMPORARY_FAILURE, "2.25", "SHOULD"},
    FreeAnswer{NotifyType::CHILD_SA_NOT_FOUND, "2.25", "SHOULD"},
};

bool weak(Level level) { return level == Level::Should || level == Level::ShouldNot || level == Level::May; }

class Lint {
 public:
  Lint(const Scenario& scenario, const Scenario* control, const Catalogue& catalogue)
      : scenario_(scenario), control_(control), catalogue_(catalogue) {}

  std::vector<LintFinding> run() {
    found_ = lint_reach(scenario_);
    look_at_control();
    for (const Step& step : scenario_.steps)
      if (const auto* expect = std::get_if<Expect>(&step.action)) look_at_demand(step, *expect);
    look_at_levels();
    look_at_covers();
    return std::move(found_);
  }

 private:
  void complain(LintRule rule, std::string pointer, std::string what, std::string remedy) {
    found_.push_back(
        {rule, scenario_.id, {scenario_.file, 0, 0, std::move(pointer), std::move(what), std::move(remedy)}});
  }

  // ---------------------------------------------------------------------------------------------------------- control
  static bool wants_error(const Alternative& alternative) {
    if (alternative.silence) return true;
    return alternative.message.error.value_or(false) ||
           std::ranges::any_of(alternative.message.payloads, [](const PayloadPattern& payload) {
             return payload.notify && !payload.absent && wire::is_error(*payload.notify) &&
                    *payload.notify != NotifyType::INVALID_KE_PAYLOAD;  // RFC 7296 §1.2: part of an ordinary set-up
           });
  }
  /// The first step that only an error, or silence, satisfies, where no step before it has shown that the device
  /// answers.
  static const Step* negative_step(const Scenario& scenario) {
    for (const Step& step : scenario.steps) {
      const auto* expect = std::get_if<Expect>(&step.action);
      if (expect != nullptr && !expect->one_of.empty())
        return std::ranges::all_of(expect->one_of, wants_error) ? &step : nullptr;
      if (std::holds_alternative<Establish>(step.action)) return nullptr;
    }
    return nullptr;
  }
  void look_at_control() {
    if (scenario_.control.empty()) {
      // A configuration that is refused has no control: that would have to have the same one (loader.cpp).
      if (scenario_.config != ConfigOverrides{}) return;
      if (const Step* step = negative_step(scenario_))
        complain(LintRule::Control, step->pointer,
                 "an error or silence is expected, but no control shows that the device answers when all is well",
                 "add \"control\": the id of a scenario with the same role and configuration that alters nothing");
    } else if (control_ != nullptr && negative_step(*control_) != nullptr) {
      complain(LintRule::Control, "/control",
               fmt::format("\"{}\" is no positive control: it expects an error or silence itself", control_->id),
               "name a scenario in which the device does what it is asked");
    }
  }

  // ----------------------------------------------------------------------------------------------------------- demand
  /// Where other steps say what they prove, one that says nothing only leads to them.
  std::vector<std::string> proved_by(const Step& step) const {
    if (const std::string_view own = requirement_of(step); !own.empty()) return {std::string(own)};
    const bool leads =
        std::ranges::any_of(scenario_.steps, [](const Step& one) { return !requirement_of(one).empty(); });
    return leads ? std::vector<std::string>() : scenario_.covers;
  }
  std::vector<const Requirement*> requirements(const std::vector<std::string>& ids) const {
    std::vector<const Requirement*> out;
    for (const std::string& id : ids)
      if (const auto it = catalogue_.find(id); it != catalogue_.end()) out.push_back(&it->second);
    return out;
  }
  /// The device claims what the scenario is about: then the RFC's permission is no way out.
  bool needs_a_claim() const {
    return std::ranges::any_of(
        scenario_.needs, [](const std::string& need) { return need != "responder" && !need.starts_with("trigger:"); });
  }

  /// What the harness may do, the device has to put up with. Initiator and responder are those of the exchange.
  static bool binds_device(const Requirement& requirement, bool device_answers) {
    switch (requirement.binds) {
      case Binds::Sender:
        return false;
      case Binds::Initiator:
        return !device_answers;
      case Binds::Responder:
        return device_answers;
      case Binds::Both:
      case Binds::Receiver:
        break;
    }
    return true;
  }

  static bool has_another_way(const Expect& expect) {
    return std::ranges::any_of(
        expect.one_of, [](const Alternative& alternative) { return alternative.silence || alternative.lenient; });
  }

  void look_at_demand(const Step& step, const Expect& expect) {
    if (expect.one_of.empty() || has_another_way(expect)) return;
    const std::vector<const Requirement*> proved = requirements(proved_by(step));
    const bool device_answers = expect.one_of.front().message.response.value_or(true);
    const auto is_may = [&](const Requirement* requirement) {
      return requirement->level == Level::May && binds_device(*requirement, device_answers);
    };
    if (!proved.empty() && std::ranges::all_of(proved, is_may) && !needs_a_claim())
      return complain(LintRule::TooStrong, step.pointer,
                      fmt::format("{} says MAY, and the step knows no other way", proved.front()->citation()),
                      "add an alternative to `one_of` (\"silence\", or a \"lenient\" one with its citation), or name "
                      "the capability that the device has to claim among the needs");
    if (!needs_a_claim()) look_at_notify(step, expect, proved);
  }

  /// Where no step says what it proves, each of them proves everything: what breaks a SHOULD would break a MUST with
  /// it.
  void look_at_levels() {
    const std::vector<const Requirement*> covered = requirements(scenario_.covers);
    const auto is_weak = [](const Requirement* requirement) { return weak(requirement->level); };
    const auto found = std::ranges::find_if(covered, is_weak);
    if (found == covered.end() || std::ranges::all_of(covered, is_weak)) return;
    const Step* last = nullptr;
    for (const Step& step : scenario_.steps) {
      const auto* expect = std::get_if<Expect>(&step.action);
      if (!requirement_of(step).empty() || (expect != nullptr && has_another_way(*expect))) return;
      if (expect != nullptr && !expect->one_of.empty()) last = &step;
    }
    if (last != nullptr)
      complain(LintRule::TooStrong, last->pointer,
               fmt::format("a device that does not follow {} ({}) would fail what else is covered, which it must",
                           (*found)->citation(), name((*found)->level)),
               "say with `proves` which requirement each step shows, or add a \"lenient\" alternative");
  }

  void look_at_notify(const Step& step, const Expect& expect, const std::vector<const Requirement*>& proved) {
    const bool bound = std::ranges::any_of(
        proved, [](const Requirement* requirement) { return requirement->rfc == 7296 && !weak(requirement->level); });
    if (!bound || std::ranges::any_of(proved, [](const Requirement* one) { return weak(one->level); })) return;
    for (const FreeAnswer& free : kFreeAnswers) {
      const auto demands = [&](const Alternative& alternative) {
        return std::ranges::any_of(alternative.message.payloads, [&](const PayloadPattern& payload) {
          return payload.notify == free.type && !payload.absent;
        });
      };
      if (std::ranges::all_of(expect.one_of, demands))
        return complain(LintRule::TooStrong, step.pointer,
                        fmt::format("N({}) is demanded by what a device must do, but RFC 7296 §{} says {}",
                                    wire::name_or_number(free.type), free.section, free.level),
                        "let the step prove the requirement that says so, or add what else is right to `one_of`");
    }
  }

  // ----------------------------------------------------------------------------------------------------------- covers
  void look_at_covers() {
    for (std::size_t i = 0; i < scenario_.covers.size(); ++i) {
      const auto it = catalogue_.find(scenario_.covers[i]);
      if (it == catalogue_.end() || it->second.testability != Testability::NotObservable) continue;
      complain(LintRule::Untestable, fmt::format("/covers/{}", i),
               fmt::format("\"{}\" is not observable: {}", it->first, it->second.why_not),
               "cover what the wire shows, or correct the catalogue");
    }
  }

  const Scenario& scenario_;
  const Scenario* control_;
  const Catalogue& catalogue_;
  std::vector<LintFinding> found_;
};

const Scenario* find_in(const std::vector<const Scenario*>& scenarios, const Suite& suite, std::string_view id) {
  if (id.empty()) return nullptr;
  const auto own = std::ranges::find_if(scenarios, [&](const Scenario* one) { return one->id == id; });
  if (own != scenarios.end()) return *own;
  const auto it = std::ranges::lower_bound(suite, id, {}, &Scenario::id);
  return it != suite.end() && it->id == id ? &*it : nullptr;
}

/// Lines and columns, from the files as they stand.
void find_places(std::vector<LintFinding>& findings) {
  std::map<std::string, PositionIndex> places;
  for (LintFinding& finding : findings) {
    Problem& problem = finding.problem;
    auto it = places.find(problem.file);
    if (it == places.end()) {
      std::ifstream in(problem.file, std::ios::binary);
      std::ostringstream text;
      text << in.rdbuf();
      it = places.emplace(problem.file, PositionIndex(text.str())).first;
    }
    const Position at = it->second.find(problem.pointer);
    problem.line = at.line;
    problem.column = at.column;
  }
}

void sort(std::vector<LintFinding>& findings) {
  std::ranges::stable_sort(findings, [](const LintFinding& a, const LintFinding& b) {
    return std::tie(a.problem.file, a.problem.line, a.problem.column) <
           std::tie(b.problem.file, b.problem.line, b.problem.column);
  });
}

void add_format_problems(LintReport& report, const FormatError& error) {
  for (const Problem& problem : error.problems) report.findings.push_back({LintRule::Format, "", problem});
}

std::size_t count_files(const std::vector<const Scenario*>& scenarios) {
  std::set<std::string_view> files;
  for (const Scenario* scenario : scenarios) files.insert(scenario->file);
  return files.size();
}

}  // namespace

std::string_view name(LintRule rule) {
  static constexpr std::array<std::string_view, 5> kNames{"format", "unreachable", "control", "too-strong",
                                                          "untestable"};
  return kNames[static_cast<std::size_t>(rule)];
}

std::vector<LintFinding> lint(const Scenario& scenario, const Scenario* control, const Catalogue& catalogue) {
  return Lint(scenario, control, catalogue).run();
}

std::vector<LintFinding> lint(const std::vector<const Scenario*>& scenarios, const Suite& suite,
                              const Catalogue& catalogue) {
  std::vector<LintFinding> out;
  std::set<std::tuple<std::string, std::string, LintRule>> told;
  for (const Scenario* scenario : scenarios)
    for (LintFinding& finding : lint(*scenario, find_in(scenarios, suite, scenario->control), catalogue))
      if (told.emplace(finding.problem.file, finding.problem.pointer, finding.rule).second)
        out.push_back(std::move(finding));
  find_places(out);
  sort(out);
  return out;
}

bool LintReport::unusable() const {
  return std::ranges::any_of(findings, [](const LintFinding& finding) { return finding.rule == LintRule::Format; });
}

LintReport lint_files(const std::filesystem::path& data_dir, const std::vector<std::filesystem::path>& files) {
  LintReport out;
  const Catalogue catalogue = load_catalogue(data_dir / "requirements");
  Suite suite;
  try {
    suite = load_suite(data_dir / "suite", catalogue);
  } catch (const FormatError& error) {
    if (!files.empty()) throw;
    add_format_problems(out, error);
  }
  Suite given;
  for (const std::filesystem::path& file : files) try {
      for (Scenario& scenario : load_scenarios(file, catalogue, suite)) given.push_back(std::move(scenario));
    } catch (const FormatError& error) {
      add_format_problems(out, error);
    }
  std::vector<const Scenario*> looked_at;
  for (const Scenario& scenario : files.empty() ? suite : given) looked_at.push_back(&scenario);
  out.scenarios = looked_at.size();
  out.files = files.empty() ? count_files(looked_at) : files.size();
  for (LintFinding& finding : lint(looked_at, suite, catalogue)) out.findings.push_back(std::move(finding));
  sort(out.findings);
  return out;
}

}  // namespace ikevet::scenarios
