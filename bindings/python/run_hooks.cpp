#include "bindings/python/run_hooks.hpp"

#include <fmt/format.h>
#include <pybind11/functional.h>

#include "bindings/python/engine_object.hpp"
#include "scenarios/format/problem.hpp"

namespace ikevet::python {

using scenarios::Session;
using scenarios::StepOutcome;
using scenarios::StepStatus;
using scenarios::TriggerState;

namespace {

Duration seconds(double count) { return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count)); }

/// What a Python step may do: good only while the step runs.
class StepContext {
 public:
  explicit StepContext(Session& session) : session_(&session), first_(session.trace().messages.size()) {}
  void end() { session_ = nullptr; }

  Instant now() const { return s().now(); }
  std::shared_ptr<trace::Trace> trace() const { return std::make_shared<trace::Trace>(s().trace()); }
  std::size_t first_message() const { return first_; }
  std::vector<sa::IkeSaView> ike_sas() const { return s().engine().ike_sas(); }
  Endpoint harness() const { return s().link().harness_ike; }
  Endpoint dut() const { return s().link().dut_ike; }

  void command(const py::object& command) {
    const sa::Command wanted = command_from_python(command);
    const py::gil_scoped_release released;
    s().release();
    s().command(wanted);
  }
  void send(const Datagram& datagram) {
    const py::gil_scoped_release released;
    s().send_raw(datagram);
  }
  bool run(double at_most, const py::object& until) {
    const py::gil_scoped_release released;
    s().release();
    return s().pump(s().now() + s().scaled(seconds(at_most)), [&] {
      if (until.is_none()) return false;
      const py::gil_scoped_acquire gil;
      return until().cast<bool>();
    });
  }
  std::string trigger(const std::string& name) {
    const py::gil_scoped_release released;
    s().release();
    s().trigger(name);
    s().pump(s().now() + s().answer_time(), [&] { return s().trigger_state().kind != TriggerState::Kind::Running; });
    switch (s().trigger_state().kind) {
      case TriggerState::Kind::Running:
        return "running";
      case TriggerState::Kind::Fired:
        return "fired";
      case TriggerState::Kind::Unsupported:
        return "unsupported";
      case TriggerState::Kind::Failed:
        break;
    }
    return "failed";
  }
  void cite(const trace::MessageRecord& message) { cited_.push_back(message.frame); }
  const std::vector<std::size_t>& cited() const { return cited_; }
  std::vector<std::size_t> frames_since() const { return s().frames_since(first_); }

 private:
  Session& s() const {
    if (session_ == nullptr) throw std::runtime_error("this step is over: its context is good only while it runs");
    return *session_;
  }
  Session* session_;
  std::size_t first_;
  std::vector<std::size_t> cited_;
};

scenarios::Level level_of(const std::string& name) {
  using scenarios::Level;
  for (const Level level : {Level::Must, Level::MustNot, Level::Should, Level::ShouldNot, Level::May, Level::Stated})
    if (scenarios::name(level) == name) return level;
  throw py::value_error("level is 'MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT' or 'MAY', not '" + name + "'");
}

std::string text_of(const py::error_already_set& error) {
  const py::object text = py::str(error.value());
  return text.cast<std::string>();
}

}  // namespace

class PythonHooks::Steps final : public scenarios::StepHook {
 public:
  explicit Steps(py::dict by_index) : by_index_(std::move(by_index)) {}
  ~Steps() override {
    const py::gil_scoped_acquire gil;
    by_index_ = py::dict();
  }

  std::optional<StepOutcome> play(std::size_t step, Session& session) override {
    const py::gil_scoped_acquire gil;
    const py::int_ index(step);
    if (!by_index_.contains(index)) return std::nullopt;
    const py::object context = py::cast(std::make_shared<StepContext>(session));
    auto& inside = context.cast<StepContext&>();
    StepOutcome out;
    out.status = StepStatus::Done;
    try {
      const py::object said = by_index_[index](context);
      if (!said.is_none()) out.detail = py::str(said).cast<std::string>();
    } catch (py::error_already_set& error) {
      if (error.matches(PyExc_KeyboardInterrupt)) throw;
      const bool of_device = error.matches(PyExc_AssertionError);
      out.status = of_device ? StepStatus::Unmet : StepStatus::HarnessError;
      out.detail = of_device ? text_of(error) : error.what();
      if (out.detail.empty()) out.detail = "the step's assertion does not hold";
    }
    out.frames = inside.cited().empty() ? inside.frames_since() : inside.cited();
    inside.end();
    return out;
  }

 private:
  py::dict by_index_;
};

PythonHooks::PythonHooks(const py::object& hooks)
    : triggers_(hooks.attr("triggers")), steps_(hooks.attr("steps")), rules_(hooks.attr("rules")) {}

void PythonHooks::introduce_to(app::RunPlan& plan) const {
  for (const auto& [name, callable] : triggers_) plan.target.triggers.try_emplace(name.cast<std::string>());
  for (const py::handle rule : rules_) {
    scenarios::Requirement requirement;
    requirement.id = rule.attr("id").cast<std::string>();
    requirement.rfc = rule.attr("rfc").cast<int>();
    requirement.section = rule.attr("section").cast<std::string>();
    requirement.level = level_of(rule.attr("level").cast<std::string>());
    requirement.binds = scenarios::Binds::Both;
    requirement.paraphrase = rule.attr("text").cast<std::string>();
    if (!plan.library.catalogue.emplace(requirement.id, requirement).second)
      throw py::value_error("the catalogue has a requirement '" + requirement.id +
                            "' already: give the rule another id");
  }
}

std::optional<TriggerState> PythonHooks::trigger(std::string_view name) {
  using Kind = TriggerState::Kind;
  const py::gil_scoped_acquire gil;
  const py::str key(name.data(), name.size());
  if (!triggers_.contains(key)) return std::nullopt;
  try {
    const py::object said = triggers_[key]();
    if (said.is(py::bool_(false))) return TriggerState{Kind::Failed, "the trigger said that it did not fire"};
    return TriggerState{Kind::Fired, ""};
  } catch (py::error_already_set& error) {
    if (error.matches(PyExc_KeyboardInterrupt)) throw;
    if (error.matches(PyExc_NotImplementedError))
      return TriggerState{Kind::Unsupported, "unsupported: " + text_of(error)};
    return TriggerState{Kind::Failed, error.what()};
  }
}

scenarios::StepHook* PythonHooks::steps_of(const scenarios::Scenario& scenario) {
  const py::gil_scoped_acquire gil;
  const py::str id(scenario.id);
  current_ = steps_.contains(id) ? std::make_shared<Steps>(py::dict(steps_[id])) : nullptr;
  return current_.get();
}

std::vector<reports::RequirementVerdict> PythonHooks::judge(const scenarios::Scenario& scenario,
                                                            const trace::Trace& trace) {
  const py::gil_scoped_acquire gil;
  std::vector<reports::RequirementVerdict> out;
  if (rules_.empty()) return out;
  const py::object seen = py::cast(std::make_shared<trace::Trace>(trace));
  for (const py::handle rule : rules_) {
    const py::object said = rule.attr("judge")(seen);
    if (said.is_none()) continue;  // its situation did not occur
    reports::RequirementVerdict verdict;
    verdict.requirement = rule.attr("id").cast<std::string>();
    const auto [holds, detail, places] =
        said.cast<std::tuple<bool, std::string, std::vector<std::pair<std::vector<std::size_t>, std::string>>>>();
    verdict.status = holds ? reports::Status::Pass : reports::Status::Fail;
    verdict.detail = detail;
    for (const auto& [frames, actual] : places)
      verdict.evidence.push_back({scenario.id, std::nullopt, frames, rule.attr("text").cast<std::string>(), actual});
    out.push_back(std::move(verdict));
  }
  return out;
}

void register_step_context(py::module_& m) {
  py::class_<StepContext, std::shared_ptr<StepContext>>(
      m, "StepContext",
      "What a step written in Python may do. Good only while the step runs.\n\n"
      "The step fails (the device is at fault) by AssertionError; any other exception is an error of the harness. "
      "What\n"
      "it returns, if anything, is shown as what was seen.")
      .def_property_readonly("now", &StepContext::now, "Nanoseconds since the Unix epoch.")
      .def_property_readonly("trace", &StepContext::trace, "The Trace so far, a copy.")
      .def_property_readonly("first_message", &StepContext::first_message,
                             "Index into trace.messages of the first message since this step began.")
      .def_property_readonly("ike_sas", &StepContext::ike_sas, "The harness's live IKE SAs, list of IkeSa.")
      .def_property_readonly("harness", &StepContext::harness, "Our endpoint on port 500.")
      .def_property_readonly("dut", &StepContext::dut, "The device's endpoint on port 500.")
      .def("command", &StepContext::command, py::arg("command"),
           "Tells the harness's engine to do something, e.g. RekeyIkeSa(sa.spis). ValueError for an SA that is not.")
      .def("send", &StepContext::send, py::arg("datagram"), "Sends octets past the engine.")
      .def(
          "run", &StepContext::run, py::arg("seconds"), py::kw_only(), py::arg("until") = py::none(),
          "Lets things happen for that many seconds (scaled as all waiting is), or until `until()` holds; says whether "
          "it does.")
      .def("trigger", &StepContext::trigger, py::arg("name"),
           "Makes the device act: 'fired', 'failed', 'unsupported' or still 'running'.")
      .def("cite", &StepContext::cite, py::arg("message"),
           "This SeenMessage is the evidence. Without any, all messages since the step began are.");
}

}  // namespace ikevet::python
