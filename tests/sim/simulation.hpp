// Two engines on the virtual network, told what to do by a schedule, watched for invariants.
#pragma once

#include <optional>

#include "engine/sa/decisions.hpp"
#include "tests/sim/observer.hpp"
#include "tests/sim/schedule.hpp"

namespace ikevet::sim {

/// A way to make one side misbehave, through the engine's seams: to show that the invariants notice.
enum class Sabotage {
  None,
  AnswerAnew,    ///< a request whose Message ID was answered before is processed again (Decisions)
  RepeatRandom,  ///< randomness that begins anew with every IKE SA
  LoseDeletes,   ///< Delete payloads vanish from what side A sends (OutboundTap)
};

/// What a run did, so that one that did nothing is noticed.
struct Tally {
  std::size_t ike_sas{};
  std::size_t child_sas{};
  std::size_t datagrams{};
  std::size_t packets{};  ///< ESP packets that crossed after healing
};

struct Outcome {
  std::optional<Violation> violation;
  Tally tally;
};

/// @param story  where to tell what both sides send, receive and report, line by line
Outcome run(const Schedule& schedule, Sabotage sabotage = Sabotage::None, std::string* story = nullptr);

/// A schedule that violates the same invariant with as few actions and faults as could be found.
Schedule shrink(Schedule schedule, const Violation& violation, Sabotage sabotage = Sabotage::None);

}  // namespace ikevet::sim
