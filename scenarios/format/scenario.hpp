// A scenario as typed data: what the loader makes of the JSON and the runner plays.
//
// How the steps relate to the engine. The harness's engine is honest and would answer everything at once; the steps
// decide when it may. A message that an `expect` matched is handed to the engine when the next `send`, compound step
// (`establish`, `liveness`, `rekey_child`, `delete`) or the end of the scenario asks the engine to go on. So
// `expect IKE_SA_INIT`, `replay`, `expect IKE_SA_INIT`, `send IKE_AUTH` repeats the first request before IKE_AUTH
// exists.
// An `expect` looks at what the device sent since the last step that acted (send, replay, trigger, silence, compound),
// also at what came while an earlier `expect` waited; a message satisfies one `expect` only. What must be absent is
// looked for among what no step has taken: such a step stands right behind the one that provokes. Messages that the
// network lost count for `check` only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/trace/trace.hpp"
#include "engine/wire/constants.hpp"
#include "scenarios/format/config_overrides.hpp"
#include "scenarios/format/mutation.hpp"
#include "scenarios/format/path_steps.hpp"
#include "scenarios/format/pattern.hpp"

namespace ikevet::scenarios {

enum class Role { Initiator, Responder };  ///< of the harness, as original initiator of the IKE SA

/// Set up an IKE SA with its first Child SA: by our IKE_SA_INIT (harness initiator) or by the trigger `initiate`.
struct Establish {};
/// A message as the engine would build it, altered by `mutate`. A response when a request of the same exchange waits to
/// be answered (the last `expect` matched it), a request otherwise.
struct Send {
  wire::ExchangeType exchange{};
  std::string what;  ///< for requests in an IKE SA: "liveness", "rekey_child",
                     ///< "create_child", "rekey_ike", "delete_child", "delete_ike"; else empty
  std::vector<Mutation> mutate;
  /// Only the first transmission is altered: the engine keeps the honest message, and its retransmission, should the
  /// altered one go unanswered, brings the exchange to its end (after one second, scaled as all waiting is). Otherwise
  /// the altered message is also what is repeated.
  bool once{};
  /// Of an answer with a KE payload: the private value is one with which the shared secret begins with a zero octet.
  bool leading_zero{};
};
/// One way to satisfy an `expect`.
struct Alternative {
  MessagePattern message;  ///< meaningless when `silence`
  bool silence{};          ///< nothing that answers, until `within` has passed
  std::string citation;    ///< "RFC 7296 §2.21.1": why this is right too
  bool lenient{};          ///< right outcome, manner not that of the RFC's text: pass-lenient
};
/// What the device is to send. Harmless extra traffic is answered by the engine and passed over.
struct Expect {
  std::vector<Alternative> one_of;
  std::optional<Duration> within;        ///< scaled by the run's time factor; default: the target's answer time
  std::optional<MessagePattern> absent;  ///< with `absent_for`: must not be seen during that time
  std::optional<Duration> absent_for;
  std::string requirement;  ///< what this step proves; empty: all of the scenario's `covers`
};
/// An empty INFORMATIONAL of ours is answered, RFC 7296 §2.4.
struct Liveness {
  std::string requirement;  ///< what this step proves, as in Expect
};
/// A Child SA is replaced and the old one deleted, RFC 7296 §2.8.
struct RekeyChild {
  bool by_dut{};  ///< through the trigger `rekey_child`
  std::string requirement;
};
/// The IKE SA is replaced and the old one deleted, RFC 7296 §1.3.2 and §2.18.
struct RekeyIke {
  bool by_dut{};  ///< through the trigger `rekey_ike`
  std::string requirement;
};
/// The harness sets up an additional Child SA, RFC 7296 §1.3.1.
struct CreateChild {
  std::string requirement;
};
/// An SA is deleted and the deletion answered, RFC 7296 §1.4.1.
struct Delete {
  bool child{};   ///< the Child SA; otherwise the IKE SA
  bool by_dut{};  ///< through the trigger `delete_child` or `delete_ike`
  std::string requirement;
};
/// The harness stops answering (everything that arrives is recorded, nothing reaches the engine) and answers again
/// afterwards. What came during the silence is never answered late: the device repeats it if it still wants to know.
struct Silence {
  std::optional<Duration> length;   ///< empty: until the device has given up or `at_most` has passed
  std::optional<Duration> at_most;  ///< empty: the target's give_up_time
  std::string trigger;              ///< fired once the silence has begun, so that the device has something to ask
};
/// The network loses the next `count` messages that match.
struct Drop {
  trace::Party from{};
  MessagePattern message;
  int count = 1;
};
/// The network delivers the next message of the harness that matches twice.
struct Duplicate {
  MessagePattern message;
};
/// The harness's last message that matches goes out once more, octet for octet.
struct Replay {
  MessagePattern message;
  std::vector<Mutation> mutate;  ///< on the finished octets only
};
struct Wait {
  Duration length{};
};
/// Makes the device act; scenario-independent names: initiate, rekey_child, rekey_ike, delete_child, delete_ike, ...
struct Trigger {
  std::string name;
};
/// A statement over the trace and the harness's state at this point.
struct Check {
  enum class What {
    IkeSaAlive,  ///< our engine has an established IKE SA
    NoIkeSa,
    ChildSas,                 ///< exactly `count` Child SAs
    IdenticalRetransmission,  ///< all messages of the device matching `message` with one Message ID are the same octets
    Retransmitted,            ///< the device repeated a matching message at least `count` times
    GapsGrow,                 ///< and the times between them do not shrink
    SameAnswer,               ///< every answer of the device to a repeated request is the same octets
    NewSpis,                  ///< the Child SA's SPIs differ from those before the rekey
    DutSilent,                ///< nothing from the device since the step before began
  };
  What what{};
  std::optional<MessagePattern> message;
  int count = 1;
  std::string requirement;
};

using Action =
    std::variant<Establish, Send, Expect, Liveness, RekeyChild, Delete, Silence, Drop, Duplicate, Replay, Wait, Trigger,
                 Check, RekeyIke, CreateChild, Traffic, Move, PathTest, Nat, NatRemap, Reorder>;

struct Step {
  Action action;
  std::string note;     ///< the author's words, shown in reports
  std::string pointer;  ///< JSON pointer of the step in its file: "/steps/3"
};
std::string_view name(const Action&);  ///< "establish", "send", ...: the member's name in the JSON
std::string_view name(Role);           ///< "initiator", "responder"
std::string_view name(Check::What);    ///< "ike_sa_alive", "no_ike_sa", ...
/// The requirement that a step is there to prove (`proves`); empty when it says none.
std::string_view requirement_of(const Step&);
/// One readable line: `send IKE_SA_INIT with an unknown critical payload`.
std::string describe(const Step&);

struct Scenario {
  std::string id;  ///< path below suite/ without ".json": "rfc7296/2.05-.../critical-unknown-payload"
  std::string title;
  std::string description;
  std::vector<std::string> covers;  ///< requirement ids
  Role harness{};
  std::vector<std::string> needs;  ///< capabilities and "trigger:NAME"
  std::string control;             ///< id of the positive control; empty: the scenario is one itself
  ConfigOverrides config;
  std::vector<std::string> tags;
  std::vector<Step> steps;
  std::string file;      ///< where it was read from
  std::string text;      ///< the JSON of this scenario alone: the file, or an instance of its matrix
  Duration estimated{};  ///< sum of the waits it asks for
};

}  // namespace ikevet::scenarios
