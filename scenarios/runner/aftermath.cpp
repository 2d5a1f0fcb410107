#include "scenarios/runner/aftermath.hpp"

#include <algorithm>

namespace ikevet::scenarios {
namespace {

// A request, its first retransmission, and time for the answer to that.
constexpr int kAnswerTimesForLife = 3;

}  // namespace

bool rests_on_silence(const Scenario& scenario, std::span<const StepOutcome> steps) {
  return std::ranges::any_of(steps, [&](const StepOutcome& outcome) {
    const auto* expect = std::get_if<Expect>(&scenario.steps[outcome.step].action);
    if (expect == nullptr || outcome.status != StepStatus::Done) return false;
    if (expect->one_of.empty()) return expect->absent.has_value();
    const std::size_t index = outcome.alternative.value_or(0);
    return index < expect->one_of.size() && expect->one_of[index].silence;
  });
}

void ask_whether_it_lives(Session& session) {
  session.hold_back({});
  session.release();
  session.write_off_experiments();
  const std::size_t arrivals = session.arrivals();
  const auto half_made = [&] {
    return std::ranges::any_of(session.engine().ike_sas(), [](const sa::IkeSaView& view) {
      return view.we_are_original_initiator && view.stage != sa::IkeSaView::Stage::Established;
    });
  };
  session.command(sa::Initiate{session.link().harness_ike, session.link().dut_ike});
  // To its end, so that it can be deleted in agreement and the device need not be reset for it.
  session.pump(session.now() + kAnswerTimesForLife * session.answer_time(),
               [&] { return session.arrivals() > arrivals && !half_made(); });
}

}  // namespace ikevet::scenarios
