#include "bindings/cli/event_stream.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <iostream>

#include "bindings/cli/run_dir.hpp"
#include "bindings/cli/user_error.hpp"
#include "reports/json_text.hpp"
#include "reports/summary.hpp"

namespace ikevet::app {
namespace {

using Json = nlohmann::ordered_json;

std::string now() {
  const auto time = std::chrono::system_clock::now();
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(time)),
                     milliseconds);
}

/// What a reader wants to know at once of a scenario that went wrong.
Json failed(const reports::ScenarioVerdict& verdict) {
  Json out = Json::array();
  for (const auto* group : {&verdict.requirements, &verdict.rules})
    for (const reports::RequirementVerdict& one : *group) {
      if (one.status != reports::Status::Fail) continue;
      Json item = {{"requirement", one.requirement}};
      if (!one.evidence.empty()) {
        item["frames"] = one.evidence.front().frames;
        item["expected"] = one.evidence.front().expected;
        item["actual"] = one.evidence.front().actual;
      }
      out.push_back(std::move(item));
    }
  return out;
}

}  // namespace

EventStream::EventStream(const std::string& file) : out_(&std::cout) {
  if (file == "-") return;
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
  errno = 0;
  file_.open(file, std::ios::binary | std::ios::trunc);
  if (!file_)
    throw UserError(ExitCode::Usage, fmt::format("{}: cannot be written: {}", file, std::strerror(errno)),
                    "--events takes a file, or - for standard output");
  out_ = &file_;
}

void EventStream::write(std::string_view event, Json more) {
  Json json = {{"event", event}, {"time", now()}};
  json.update(more);
  *out_ << reports::to_text(json) << std::endl;  // a reader waits for it: not kept in a buffer
}

void EventStream::run_started(const RunPlan& plan) {
  write("run-started", {{"format", "ikevet-events"},
                        {"version", 1},
                        {"target", plan.request.target},
                        {"title", plan.target.title},
                        {"seed", plan.seed},
                        {"scenarios", plan.scenarios.size()},
                        {"run", plan.run_dir.string()}});
}

void EventStream::scenario_started(std::size_t index, const scenarios::Scenario& scenario) {
  write("scenario-started", {{"index", index}, {"scenario", scenario.id}, {"title", scenario.title}});
}

void EventStream::scenario_finished(std::size_t index, const scenarios::Scenario& scenario,
                                    const reports::ScenarioVerdict& verdict) {
  Json json = {{"index", index}, {"scenario", scenario.id}, {"status", reports::name(verdict.status)}};
  if (!verdict.reason.empty()) json["reason"] = verdict.reason;
  if (!verdict.detail.empty()) json["detail"] = verdict.detail;
  json["seconds"] = verdict.seconds;
  json["failed"] = failed(verdict);
  write("scenario-finished", std::move(json));
}

void EventStream::note(const std::string& text) { write("note", {{"text", text}}); }

void EventStream::run_finished(const RunResult& result) {
  const reports::Tally counts = reports::tally(result.report.verdicts.scenarios);
  Json json = {{"headline", reports::headline(result.report)},
               {"exit_code", static_cast<int>(result.exit_code)},
               {"partial", result.report.verdicts.partial},
               {"scenarios", Json::object()}};
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0) json["scenarios"][std::string(reports::name(static_cast<reports::Status>(i)))] = counts[i];
  json["report"] = (result.run_dir / kJsonReport).string();
  write("run-finished", std::move(json));
}

}  // namespace ikevet::app
