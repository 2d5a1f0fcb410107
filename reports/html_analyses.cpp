#include "reports/html_analyses.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

namespace ikevet::reports {
namespace {

double ms(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

std::string frames_text(const std::vector<std::size_t>& frames) {
  return frames.empty() ? std::string() : fmt::format("{}", fmt::join(frames, ", "));
}

/// The first place, linked to its scenario.
Cell place_cell(const Sightings& where) {
  if (where.places.empty()) return "";
  const Sightings::Place& first = where.places.front();
  const std::string frames = first.frames.empty() ? ""
                                                  : fmt::format(" (frame{} {})", first.frames.size() == 1 ? "" : "s",
                                                                frames_text(first.frames));
  return Cell::linked(first.scenario + frames, scenario_link(first.scenario));
}

// --------------------------------------------------------------------------------------------------------------- cost

void set_up_bars(HtmlSection& page, const RunCost& cost) {
  std::vector<HtmlSection::Bar> bars;
  const auto add = [&](std::string label, std::size_t messages, double round_trips) {
    bars.push_back({std::move(label),
                    {static_cast<double>(messages)},
                    fmt::format("{} in {} round trips", messages, round_trips)});
  };
  if (const SetUpCost* typical = cost.typical())
    add("this device, IKEv2", typical->cost.messages, typical->cost.round_trips);
  add("IKEv2, RFC 7296's ideal", kIkev2Ideal.messages, kIkev2Ideal.round_trips);
  add(std::string(kIkev1Main.name), kIkev1Main.messages, kIkev1Main.round_trips);
  add(std::string(kIkev1Aggressive.name), kIkev1Aggressive.messages, kIkev1Aggressive.round_trips);
  for (const Ikev1Flow& flow : cost.ikev1)
    add(fmt::format("IKEv1 {}, measured", flow.mode), flow.phase1_messages + flow.quick_messages,
        static_cast<double>(flow.phase1_messages + flow.quick_messages) / 2);
  page.bars("Messages of a set-up", "messages", {"messages"}, bars);
}

void split_bars(HtmlSection& page, const RunCost& cost) {
  const SetUpCost* typical = cost.typical();
  if (typical == nullptr) return;
  std::vector<HtmlSection::Bar> bars;
  for (const Exchange& exchange : typical->exchanges) {
    const Cost one = cost_of(exchange, cost.path);
    bars.push_back(
        {std::string(wire::name_or_number(exchange.type)) + (exchange.note.empty() ? "" : " after " + exchange.note),
         {ms(one.network), ms(one.device), ms(one.harness)},
         short_time(one.total())});
  }
  page.bars("Time of a set-up, C_network and C_crypto", "ms", {"network", "device", "harness"}, bars);
}

void kind_table(HtmlSection& page, const RunCost& cost) {
  const auto time = [](const std::optional<Duration>& value) { return value ? Cell::of(ms(*value), 3) : Cell(""); };
  std::vector<std::vector<Cell>> rows;
  for (const ExchangeKind& kind : cost.kinds)
    rows.push_back({kind.type, kind.initiator == trace::Party::Dut ? "device" : "harness",
                    Cell::of(static_cast<double>(kind.count)), Cell::of(static_cast<double>(kind.answered)),
                    Cell::of(static_cast<double>(kind.sum.packets)), Cell::of(static_cast<double>(kind.sum.octets)),
                    Cell::of(static_cast<double>(kind.sum.copies)), time(kind.answer_min), time(kind.answer_median),
                    time(kind.answer_max), time(kind.device_median)});
  page.table({"exchange", "asked by", "number", "answered", "packets", "octets", "repeated", "least ms", "median ms",
              "most ms", "device's part ms"},
             rows, "Exchanges of all scenarios; times from a request to its answer");
}

void scenario_table(HtmlSection& page, const RunCost& cost) {
  std::vector<std::vector<Cell>> rows;
  for (const ScenarioCost& one : cost.scenarios)
    rows.push_back({Cell::linked(one.scenario, scenario_link(one.scenario)),
                    Cell::of(static_cast<double>(one.cost.messages)), Cell::of(static_cast<double>(one.cost.packets)),
                    Cell::of(one.cost.round_trips), Cell::of(static_cast<double>(one.cost.octets)),
                    Cell::of(ms(one.cost.network), 2), Cell::of(ms(one.cost.device), 2),
                    Cell::of(ms(one.cost.harness), 2)});
  page.table({"scenario", "messages", "packets", "round trips", "octets", "network ms", "device ms", "harness ms"},
             rows, "Scenarios");
}

/// "0.4 %", "under 0.001 %".
std::string share_text(double share) {
  constexpr double kLeast = 0.001;
  return share * 100 < kLeast ? std::string("under 0.001 %") : fmt::format("{:.3g} %", share * 100);
}

void projection(HtmlSection& page, const ProjectedLink& projected) {
  std::vector<HtmlSection::Bar> bars;
  for (const Projection& flow : projected.flows)
    bars.push_back({flow.flow,
                    {ms(flow.without_loss), std::max(0.0, ms(flow.expected) - ms(flow.without_loss))},
                    fmt::format("{}, {} of the set-ups fail", short_time(flow.expected), share_text(flow.failure))});
  page.bars(fmt::format("Expected over {} one way, {:.3g} % loss", short_time(projected.link.delay),
                        projected.link.loss * 100),
            "ms", {"without loss", "by loss"}, bars);
}

// -------------------------------------------------------------------------------------------------------------- audit

std::string tone_of(AuditFinding::Result result) {
  switch (result) {
    case AuditFinding::Result::Failure:
      return "bad";
    case AuditFinding::Result::Warning:
      return "warn";
    case AuditFinding::Result::Fine:
      return "good";
    case AuditFinding::Result::Unlisted:
    case AuditFinding::Result::NotShown:
      return "off";
  }
  return "off";
}

std::string tone_of(CheckStatus status) {
  switch (status) {
    case CheckStatus::Fine:
      return "good";
    case CheckStatus::Warning:
      return "warn";
    case CheckStatus::Wrong:
      return "bad";
    case CheckStatus::NotSeen:
      return "off";
  }
  return "off";
}

void behaviour_table(HtmlSection& page, const Audit& audit) {
  std::vector<std::vector<Cell>> rows;
  for (const BehaviourCheck& check : audit.behaviour)
    rows.push_back({check.title, Cell::badge(std::string(name(check.status)), tone_of(check.status)), check.says,
                    check.source, place_cell(check.where)});
  page.table({"check", "result", "seen", "source", "where"}, rows, "Use of keys");
}

void algorithm_table(HtmlSection& page, const Audit& audit) {
  std::vector<std::vector<Cell>> rows;
  for (const auto& entry : audit.algorithms) {
    const AlgorithmKey& key = entry.first;
    const AlgorithmSeen& seen = entry.second;
    const Sightings* example = seen.uses.data();
    for (const Sightings& use : seen.uses)
      if (use.count != 0) example = &use;
    const auto number = [&](Use use) { return Cell::of(static_cast<double>(seen.of(use).count)); };
    rows.push_back({wire::name_or_number(key.protocol), std::string(scenarios::name(key.kind)), key.text(),
                    number(Use::Offered), number(Use::Accepted), number(Use::Negotiated), place_cell(*example)});
  }
  page.table({"SA", "kind", "algorithm", "offered", "accepted", "negotiated", "for example"}, rows, "What was seen");
}

void baseline_table(HtmlSection& page, const BaselineAudit& audit) {
  const scenarios::AuditBaseline& baseline = *audit.baseline;
  page.heading(fmt::format("{}: {}", baseline.document, baseline.title));
  page.paragraph(fmt::format("Edition: {}. Taken from: {}.", baseline.edition, baseline.verified));
  for (const std::string& left : baseline.left_out) page.paragraph("Not in here: " + left + ".");
  std::vector<std::vector<Cell>> rows;
  for (const AuditFinding& finding : audit.findings) {
    std::vector<std::string_view> uses;
    for (const Use use : finding.uses) uses.push_back(name(use));
    rows.push_back({Cell::badge(std::string(name(finding.result)), tone_of(finding.result)), finding.subject,
                    fmt::format("{}", fmt::join(uses, ", ")), finding.says, finding.clause, finding.note,
                    place_cell(finding.where)});
  }
  page.table({"result", "what", "seen as", "the document says", "clause", "note", "where"}, rows);
}

// ------------------------------------------------------------------------------------------------------ certification

std::string tone_of(ElementState state) {
  switch (state) {
    case ElementState::Failed:
      return "bad";
    case ElementState::Waived:
      return "waive";
    case ElementState::Partly:
      return "note";
    case ElementState::Shown:
      return "good";
    case ElementState::Open:
      return "warn";
    case ElementState::ByHand:
      return "off";
  }
  return "off";
}

/// "2 passed, 1 not shown".
std::string outcomes_text(const ElementResult& result) {
  std::string out;
  const auto add = [&](std::size_t count, std::string_view what) {
    if (count != 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, what);
  };
  add(result.failed, "failed");
  add(result.waived, "waived");
  add(result.passed, "passed");
  add(result.open, "not shown");
  add(result.hidden, "not observable");
  return out;
}

Cell evidence_cell(const Evidence& evidence) {
  const std::string frames =
      evidence.frames.empty()
          ? ""
          : fmt::format(" (frame{} {})", evidence.frames.size() == 1 ? "" : "s", frames_text(evidence.frames));
  return Cell::linked(evidence.scenario + frames, scenario_link(evidence.scenario));
}

void scheme_table(HtmlSection& page, const CertificationResult& result) {
  const scenarios::CertificationMap& map = *result.map;
  page.heading(map.title);
  page.paragraph(fmt::format("{}. Edition: {}. Taken from: {}.", map.document, map.edition, map.verified));
  for (const std::string& left : map.left_out) page.paragraph("Not in here: " + left + ".");
  std::vector<std::vector<Cell>> rows;
  for (const ElementResult& one : result.elements) {
    const ElementRequirement* shown = nullptr;
    for (const ElementRequirement& requirement : one.requirements)
      if (!requirement.evidence.empty() &&
          (shown == nullptr || (requirement.place == "failed" && shown->place != "failed")))
        shown = &requirement;
    rows.push_back(
        {one.element->id, one.element->title, Cell::badge(std::string(name(one.state)), tone_of(one.state)),
         outcomes_text(one), shown == nullptr ? Cell("") : Cell::linked(shown->id, requirement_link(shown->id)),
         shown == nullptr ? Cell("") : evidence_cell(shown->evidence.front()),
         one.element->by_hand + (one.element->unverified.empty() ? "" : " (" + one.element->unverified + ")")});
  }
  page.table({"element", "about", "state", "requirements", "for example", "shown by", "by hand"}, rows);
}

// ------------------------------------------------------------------------------------------------------------ waivers

std::string tone_of(WaiverAccount::State state) {
  switch (state) {
    case WaiverAccount::State::Used:
      return "waive";
    case WaiverAccount::State::Expired:
      return "bad";
    case WaiverAccount::State::NotNeeded:
    case WaiverAccount::State::NotInRun:
      return "off";
  }
  return "off";
}

}  // namespace

std::optional<HtmlSection> waivers_page(const std::vector<WaiverAccount>& waivers) {
  if (waivers.empty()) return std::nullopt;
  HtmlSection page(
      "waivers", "Waivers",
      "Failures that somebody answers for until a date: shown as waived, never as passed. What each waiver "
      "did in this run.");
  std::vector<std::vector<Cell>> rows;
  for (const WaiverAccount& one : waivers) {
    const Cell first = one.covered.empty()
                           ? Cell("")
                           : Cell::linked(one.covered.front().scenario, scenario_link(one.covered.front().scenario));
    rows.push_back({Cell::badge(std::string(name(one.state)), tone_of(one.state)),
                    one.waiver.requirement.empty() ? Cell::linked(one.what(), scenario_link(one.waiver.scenario))
                                                   : Cell::linked(one.what(), requirement_link(one.waiver.requirement)),
                    one.waiver.reason, one.waiver.owner, one.waiver.expires,
                    Cell::of(static_cast<double>(one.covered.size())), first, std::string(name(one.source))});
  }
  page.table({"state", "waives", "reason", "owner", "until", "failures", "the first", "from"}, rows);
  page.paragraph(
      "Used: it covers failures. Expired: the day of the run is after its last day, and what it covers counts as "
      "failed. Not needed: what it names was there and did not fail, so that it can go. Not in run: nothing in this "
      "run has that name. From: the target file (its known deviations) or a file of waivers.");
  return page;
}

HtmlSection cost_page(const RunCost& cost, const std::optional<ProjectedLink>& projected) {
  HtmlSection page("cost", "Cost",
                   "Messages, round trips, octets and time: C_total = sum over packets (C_network + C_crypto). "
                   "docs/cost.md says how it is worked out.");
  page.paragraph(path_text(cost.path));
  page.paragraph(
      "Network: half of that round trip for each packet. Device and harness: the time that each needed to make its "
      "packets. A message counts once, however many fragments and repetitions it took: those count as packets, octets "
      "and repeated. Octets include IP and UDP headers. Answers, least to most: from a request to its answer; the "
      "device's part is the median without the round trip, where the device answered.");
  set_up_bars(page, cost);
  split_bars(page, cost);
  if (projected) projection(page, *projected);
  kind_table(page, cost);
  scenario_table(page, cost);
  return page;
}

HtmlSection audit_page(const Audit& audit) {
  HtmlSection page("audit", "Audit",
                   "Algorithms and the use of keys, held against named baselines. A run shows what a device has, never "
                   "what it lacks.");
  std::vector<std::vector<Cell>> rows;
  for (const BaselineAudit& one : audit.baselines) {
    const auto number = [&](AuditFinding::Result result) { return Cell::of(static_cast<double>(one.count(result))); };
    rows.push_back({one.baseline->document, one.baseline->edition, number(AuditFinding::Result::Failure),
                    number(AuditFinding::Result::Warning), number(AuditFinding::Result::Fine),
                    number(AuditFinding::Result::Unlisted), number(AuditFinding::Result::NotShown)});
  }
  page.table({"baseline", "edition", "failures", "warnings", "fine", "not listed", "required, not shown"}, rows,
             "Baselines");
  page.paragraph(
      "A baseline counts what it says of the algorithms that the device offered, accepted or negotiated in this run. "
      "Not listed: the document does not speak of it. Required, not shown: the document asks for it, and no message of "
      "this run has it, which does not prove that the device lacks it. Failures here are against the baseline, not "
      "against an RFC's requirement: they are not in the headline.");
  behaviour_table(page, audit);
  algorithm_table(page, audit);
  for (const BaselineAudit& one : audit.baselines) baseline_table(page, one);
  return page;
}

HtmlSection certification_page(const std::vector<CertificationResult>& results) {
  HtmlSection page(
      "certification", "Certification",
      "What the run shows for certification schemes, element by element. A run is evidence for an evaluator, "
      "and no certificate.");
  page.paragraph(
      "Failed: a requirement of the element is broken. Waived: the broken ones are waived. Partly: some passed, others "
      "were not shown. Shown: all that can be seen from outside passed. Open: nothing of it was shown. By hand: the "
      "run has nothing to say of it. certification.md and certification.json have every requirement of each element "
      "with its frames.");
  for (const CertificationResult& result : results) scheme_table(page, result);
  return page;
}

}  // namespace ikevet::reports
