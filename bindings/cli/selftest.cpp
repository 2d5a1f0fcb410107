#include "bindings/cli/selftest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "bindings/cli/suite_run.hpp"
#include "reports/grader.hpp"
#include "reports/rules.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/selector.hpp"
#include "scenarios/runner/runner.hpp"
#include "scenarios/runner/test_bed.hpp"

namespace ikevet::app {

using reports::RequirementVerdict;
using reports::ScenarioVerdict;
using reports::Status;
using scenarios::Deviation;
using scenarios::Scenario;

namespace {

/// What a peer meets of which a rule for every message has to catch something, or which only may be otherwise.
constexpr std::string_view kBasics = "profile:selftest-basics";
/// Families have hundreds of instances: of more than so many scenarios every nth is played.
constexpr std::size_t kMostPerRequirement = 60;
constexpr std::size_t kMostAgainstVariant = 150;

struct Ground {
  scenarios::Library library;
  std::map<std::string, scenarios::Target> targets;  ///< by name, those that deviations play the device of
  std::vector<const Scenario*> basics;
  std::set<std::string_view> watched;
};

scenarios::Role harness_against(const std::string& role) {
  return role == "initiator" ? scenarios::Role::Responder : scenarios::Role::Initiator;
}

bool covers_any(const Scenario& scenario, const Deviation& deviation) {
  return std::ranges::any_of(deviation.breaks, [&](const std::string& broken) {
    return std::ranges::find(scenario.covers, broken) != scenario.covers.end();
  });
}

/// What is played, most promising first.
std::vector<const Scenario*> choose(const Ground& ground, const Deviation& deviation, const std::string& role,
                                    bool brief) {
  std::vector<const Scenario*> out;
  const auto add = [&](const Scenario* scenario) {
    if (scenario->harness != harness_against(role) ||
        !missing_need(*scenario, ground.targets.at(deviation.target(role))).empty())
      return;
    const auto lacking = [&](const std::string& need) {
      return std::ranges::find(deviation.lacks, need) != deviation.lacks.end();
    };
    if (std::ranges::any_of(scenario->needs, lacking)) return;
    if (std::ranges::find(out, scenario) == out.end()) out.push_back(scenario);
  };
  const auto add_some = [&](const std::vector<const Scenario*>& all, std::size_t most) {
    const std::size_t stride = all.size() / most + 1;
    for (std::size_t i = 0; i < all.size(); i += stride) add(all[i]);
  };
  const auto playable = [&](auto wanted) {
    std::vector<const Scenario*> all;
    for (const Scenario& scenario : ground.library.suite)
      if (scenario.harness == harness_against(role) && wanted(scenario)) all.push_back(&scenario);
    return all;
  };
  if (!deviation.played.empty()) add_some(scenarios::select(ground.library, deviation.played), kMostPerRequirement);
  // What was written by hand is about one thing, and all of it is played; of the instances of families some.
  const auto is_instance = [](const Scenario& scenario) {
    return std::ranges::find(scenario.tags, "family") != scenario.tags.end();
  };
  for (const bool instances : {false, true})
    add_some(playable([&](const Scenario& scenario) {
               return is_instance(scenario) == instances && covers_any(scenario, deviation);
             }),
             instances ? kMostPerRequirement : ground.library.suite.size());
  const bool watched =
      std::ranges::any_of(deviation.breaks, [&](const std::string& broken) { return ground.watched.contains(broken); });
  if (watched || deviation.legitimate)
    for (const Scenario* scenario : ground.basics) add(scenario);
  if (deviation.legitimate && !brief) add_some(playable([](const Scenario&) { return true; }), kMostAgainstVariant);
  return out;
}

/// One deviating peer and what it was asked so far.
class Bench {
 public:
  Bench(const Ground& ground, const Deviation& deviation, const std::string& role, std::uint64_t seed)
      : ground_(ground), target_(ground.targets.at(deviation.target(role))), deviation_(deviation) {
    options_.seed = seed;
  }

  /// The verdict in view of the control.
  ScenarioVerdict judge(const Scenario& scenario) {
    std::vector<ScenarioVerdict> verdicts;
    std::vector<Scenario> played;
    if (const Scenario* control = ground_.library.find(scenario.control)) {
      verdicts.push_back(play(*control));
      played.push_back(*control);
    }
    verdicts.push_back(play(scenario));
    played.push_back(scenario);
    reports::RunContext context;
    context.controls = reports::controls_of(played);
    return reports::combine(std::move(verdicts), {}, context).scenarios.back();
  }

  std::size_t played() const { return verdicts_.size(); }
  const std::map<std::string, ScenarioVerdict>& verdicts() const { return verdicts_; }
  const std::set<std::string>& complaints() const { return complaints_; }

 private:
  ScenarioVerdict play(const Scenario& scenario) {
    if (const auto known = verdicts_.find(scenario.id); known != verdicts_.end()) return known->second;
    const auto bed = scenarios::open_test_bed(target_, scenario, options_, &deviation_);
    const scenarios::Link link = bed->link();
    const scenarios::ScenarioRun run = scenarios::play(scenario, target_, link, options_);
    for (const std::string& complaint : bed->complaints()) complaints_.insert(complaint);
    ScenarioVerdict verdict = reports::grade(scenario, run, ground_.library.catalogue);
    verdicts_.emplace(scenario.id, verdict);
    return verdict;
  }

  const Ground& ground_;
  const scenarios::Target& target_;
  const Deviation& deviation_;
  scenarios::RunOptions options_;
  std::map<std::string, ScenarioVerdict> verdicts_;
  std::set<std::string> complaints_;
};

bool shown(const RequirementVerdict& verdict) { return verdict.status == Status::Fail && !verdict.evidence.empty(); }

/// The first failed one of those that `wanted` takes: what the steps say, then what the rules say.
template <class Wanted>
const RequirementVerdict* failed(const ScenarioVerdict& verdict, Wanted wanted) {
  for (const auto* list : {&verdict.requirements, &verdict.rules})
    for (const RequirementVerdict& one : *list)
      if (shown(one) && wanted(one.requirement)) return &one;
  return nullptr;
}

std::string what_was_seen(const RequirementVerdict& verdict) {
  return verdict.detail.empty() ? verdict.evidence.front().actual : verdict.detail;
}

void record(SelftestRow& row, Finding finding, const ScenarioVerdict& verdict, const RequirementVerdict& failure) {
  row.finding = finding;
  row.requirement = failure.requirement;
  row.scenario = verdict.scenario;
  row.detail = what_was_seen(failure);
}

/// Why nothing was caught, in one sentence.
std::string why_missed(const Ground& ground, const SelftestRow& row, const std::vector<const Scenario*>& chosen,
                       const Bench& bench) {
  if (!bench.complaints().empty()) return "the deviation could not be carried out: " + *bench.complaints().begin();
  if (chosen.empty())
    return fmt::format("no scenario covers {} with the harness as {}", fmt::join(row.deviation->breaks, ", "),
                       scenarios::name(harness_against(row.role)));
  const bool any = std::ranges::any_of(chosen, [&](const Scenario* s) { return covers_any(*s, *row.deviation); });
  if (!any && std::ranges::none_of(row.deviation->breaks,
                                   [&](const std::string& broken) { return ground.watched.contains(broken); }))
    return "no scenario that was played covers it, and no rule watches it";
  for (const auto& [id, verdict] : bench.verdicts())
    if (verdict.status != Status::Pass && verdict.status != Status::PassLenient)
      return fmt::format("{} ended as {}{}", id, reports::name(verdict.status),
                         verdict.detail.empty() ? "" : ": " + verdict.detail);
  return fmt::format("all {} scenarios passed", bench.played());
}

SelftestRow test(const Ground& ground, const Deviation& deviation, const std::string& role,
                 const SelftestRequest& request) {
  const auto began = std::chrono::steady_clock::now();
  SelftestRow row;
  row.deviation = &deviation;
  row.role = role;
  row.finding = deviation.legitimate ? Finding::Clean : Finding::Missed;
  const std::vector<const Scenario*> chosen = choose(ground, deviation, role, request.brief);
  Bench bench(ground, deviation, role, request.seed);
  const auto broken = [&](const std::string& id) {
    return std::ranges::find(deviation.breaks, id) != deviation.breaks.end();
  };
  const auto matters = [&](const std::string& id) { return reports::required(ground.library.catalogue, id, false); };
  for (const Scenario* scenario : chosen) {
    const ScenarioVerdict verdict = bench.judge(*scenario);
    const bool clear =
        verdict.status == Status::Pass || verdict.status == Status::PassLenient || verdict.status == Status::Fail;
    if (!clear) ++row.unclear;
    if (const auto* failure = failed(verdict, broken)) {
      record(row, Finding::Caught, verdict, *failure);
      break;
    }
    if (const auto* failure = failed(verdict, matters)) {
      row.others.push_back(failure->requirement + " in " + scenario->id);
      if (row.requirement.empty())
        record(row, deviation.legitimate ? Finding::FalseFail : Finding::OnlyOther, verdict, *failure);
    }
  }
  row.played = bench.played();
  if (row.finding == Finding::Missed) row.detail = why_missed(ground, row, chosen, bench);
  if (row.finding == Finding::Clean && !bench.complaints().empty())
    row.detail = "could not be carried out everywhere: " + *bench.complaints().begin();
  row.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return row;
}

void leave_out(scenarios::Library& library, const std::vector<std::string>& selectors) {
  std::set<std::string> ids;
  for (const Scenario* scenario : scenarios::select(library, selectors)) ids.insert(scenario->id);
  std::erase_if(library.suite, [&](const Scenario& scenario) { return ids.contains(scenario.id); });
}

std::vector<const Deviation*> chosen_deviations(const SelftestRequest& request, const std::vector<Deviation>& all) {
  std::vector<const Deviation*> out;
  const auto wanted = [&](const Deviation& deviation) {
    return request.ids.empty() || std::ranges::any_of(request.ids, [&](const std::string& id) {
             return id == deviation.id || (id == "legitimate" && deviation.legitimate) ||
                    (id == "deviating" && !deviation.legitimate);
           });
  };
  for (const std::string& id : request.ids)
    if (id != "legitimate" && id != "deviating") scenarios::find_deviation(all, id);
  for (const Deviation& deviation : all)
    if (wanted(deviation)) out.push_back(&deviation);
  return out;
}

}  // namespace

std::string_view name(Finding finding) {
  switch (finding) {
    case Finding::Caught:
      return "caught";
    case Finding::OnlyOther:
      return "only by another requirement";
    case Finding::Missed:
      return "missed";
    case Finding::Clean:
      return "clean";
    case Finding::FalseFail:
      return "false fail";
  }
  return "";
}

SelftestResult selftest(const SelftestRequest& request, const std::function<void(const SelftestRow&)>& done) {
  const std::filesystem::path data_dir = scenarios::find_data_dir();
  Ground ground;
  ground.library = scenarios::load_library(data_dir);
  if (!request.without.empty()) leave_out(ground.library, request.without);
  const std::vector<std::string> basics{std::string(kBasics)};
  ground.basics = scenarios::select(ground.library, basics);
  for (const std::string_view id : reports::watched_requirements()) ground.watched.insert(id);

  SelftestResult out;
  out.deviations = scenarios::load_deviations(data_dir / "deviations", ground.library.catalogue);
  for (const Deviation& deviation : out.deviations)
    for (const auto& [role, target] : deviation.targets)
      if (!ground.targets.contains(target))
        ground.targets.emplace(target, scenarios::find_target(target, data_dir, ground.library.catalogue));
  for (const Deviation* deviation : chosen_deviations(request, out.deviations))
    for (const std::string& role : deviation->roles) {
      SelftestRow row;
      row.deviation = deviation;
      row.role = role;
      out.rows.push_back(std::move(row));
    }

  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr error;
  const auto work = [&] {
    for (std::size_t index = next++; index < out.rows.size(); index = next++) try {
        SelftestRow row = test(ground, *out.rows[index].deviation, out.rows[index].role, request);
        const std::scoped_lock lock(mutex);
        out.rows[index] = std::move(row);
        done(out.rows[index]);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        error = std::current_exception();
        next = out.rows.size();
      }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < std::max(request.jobs, 1U); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
  return out;
}

}  // namespace ikevet::app
