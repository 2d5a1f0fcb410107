#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "scenarios/format/reading.hpp"
#include "scenarios/format/unprotected.hpp"

namespace ikevet::scenarios {
namespace {

using wire::ExchangeType;

/// Which members stand beside an action's own.
struct ActionMembers {
  std::string_view action;
  std::vector<std::string_view> members;
};

const std::vector<ActionMembers>& action_members() {
  static const std::vector<ActionMembers> table{
      {"establish", {"proves"}},
      {"send", {"what", "mutate", "once", "leading_zero"}},
      {"expect",
       {"response", "message_id", "payloads", "encrypted", "empty", "error", "major_version", "minor_version", "one_of",
        "within", "absent", "absent_for", "proves"}},
      {"liveness", {"proves"}},
      {"rekey_child", {"by", "proves"}},
      {"rekey_ike", {"by", "proves"}},
      {"create_child", {"proves"}},
      {"delete", {"by", "proves"}},
      {"silence", {}},
      {"drop", {}},
      {"duplicate", {}},
      {"replay", {"mutate"}},
      {"wait", {}},
      {"trigger", {}},
      {"check", {"count", "message", "proves"}},
      {"traffic", {"by", "proves"}},
      {"move", {"by", "proves"}},
      {"path_test", {"proves"}},
      {"nat", {}},
      {"nat_remap", {}},
      {"reorder", {}},
  };
  return table;
}

std::string all_actions() {
  std::vector<std::string_view> names;
  for (const ActionMembers& action : action_members()) names.push_back(action.action);
  return fmt::format("one of {}", fmt::join(names, ", "));
}

bool protects(ExchangeType exchange) {
  return exchange != ExchangeType::IKE_SA_INIT && exchange != ExchangeType::IKE_SESSION_RESUME;
}

std::string proves(const Node& step) { return step["proves"].text(); }

/// Reads the steps in order and remembers who sent the latest request of each exchange: on that depends whether a
/// `send` is an answer, and what an `expect` that does not say so waits for.
class StepReader {
 public:
  explicit StepReader(Role harness) : harness_(harness) {}

  Step read(const Node& node) {
    Step step;
    step.pointer = node.pointer();
    step.note = node["note"].text();
    const ActionMembers* action = action_of(node);
    if (action == nullptr) return step;
    check_members(node, *action);
    step.action = read_action(action->action, node);
    return step;
  }

 private:
  static const ActionMembers* action_of(const Node& node) {
    std::vector<const ActionMembers*> found;
    for (const ActionMembers& action : action_members())
      if (node.has(action.action)) found.push_back(&action);
    if (found.size() == 1) return found.front();
    if (found.empty()) {
      node.complain("the step does nothing", all_actions());
      return nullptr;
    }
    node.complain(fmt::format("the step does two things: {} and {}", found[0]->action, found[1]->action),
                  "make two steps of it");
    return nullptr;
  }

  static void check_members(const Node& node, const ActionMembers& action) {
    static constexpr std::array<std::string_view, 1> kAnywhere{"note"};
    for (const std::string& member : node.member_names()) {
      const bool of_an_action = std::ranges::any_of(action_members(), [&](const ActionMembers& other) {
        return std::ranges::find(other.members, member) != other.members.end();
      });
      if (!of_an_action || std::ranges::find(action.members, member) != action.members.end() ||
          std::ranges::find(kAnywhere, member) != kAnywhere.end())
        continue;
      node[member].complain(fmt::format("\"{}\" says nothing beside `{}`", member, action.action), "take it out");
    }
  }

  Action read_action(std::string_view action, const Node& node) {
    if (action == "establish") return establish(node);
    if (action == "send") return send(node);
    if (action == "expect") return expect(node);
    if (action == "liveness") return requested(ExchangeType::INFORMATIONAL, Liveness{proves(node)});
    if (action == "rekey_child") return rekey<RekeyChild>(node);
    if (action == "rekey_ike") return rekey<RekeyIke>(node);
    if (action == "create_child") return requested(ExchangeType::CREATE_CHILD_SA, CreateChild{proves(node)});
    if (action == "delete") return remove(node);
    if (action == "silence") return silence(node);
    if (action == "drop") return drop(node["drop"]);
    if (action == "duplicate") return Duplicate{read_pattern(node["duplicate"])};
    if (action == "replay") return replay(node);
    if (action == "wait") return Wait{node["wait"].duration().value_or(Duration{})};
    if (action == "trigger") return trigger(node["trigger"].text());
    if (action == "traffic") return traffic(node);
    if (action == "move") return move(node);
    if (action == "path_test") return path_test(node);
    if (action == "nat") return nat(node);
    if (action == "nat_remap") return NatRemap{node["nat_remap"]["address"].flag().value_or(false)};
    if (action == "reorder") return read_reorder(node);
    return check(node);
  }

  Action establish(const Node&) {
    for (const ExchangeType exchange : {ExchangeType::IKE_SA_INIT, ExchangeType::IKE_AUTH})
      by_harness_[exchange] = harness_ == Role::Initiator;
    return Establish{};
  }

  Action send(const Node& node) {
    Send out;
    out.exchange = read_name<ExchangeType>(node["send"]).value_or(ExchangeType{});
    out.what = node["what"].text();
    out.once = node["once"].flag().value_or(false);
    for (const Node& mutation : node["mutate"].items())
      out.mutate.push_back(read_mutation(mutation, protects(out.exchange)));
    out.leading_zero = node["leading_zero"].flag().value_or(false);
    const bool answer = std::exchange(to_be_answered_[out.exchange], false);
    if (out.leading_zero && !answer)
      node["leading_zero"].complain("only who answers knows the other public value",
                                    "expect the device's request first, or take it out");
    if (!answer) by_harness_[out.exchange] = true;
    if (read_name<ExchangeType>(node["send"])) check_what(node, out, answer);
    for (const Mutation& mutation : out.mutate)
      if (takes_protection_away(mutation.action) && !out.once)
        node["send"].complain("the engine itself sends nothing without protection",
                              "add \"once\": true: the repetition is the protected message");
    if (out.once && out.mutate.empty())
      node["once"].complain("nothing is altered once", "add `mutate`, or take it out");
    return out;
  }

  void check_what(const Node& node, const Send& send, bool answer) const {
    if (answer) {
      if (!send.what.empty()) node["what"].complain("an answer is what the request asks for", "take it out");
      return;
    }
    const bool only_initiator = send.exchange == ExchangeType::IKE_SA_INIT || send.exchange == ExchangeType::IKE_AUTH ||
                                send.exchange == ExchangeType::IKE_INTERMEDIATE ||
                                send.exchange == ExchangeType::IKE_SESSION_RESUME;
    // RFC 9370 §2.2.4: whoever began the CREATE_CHILD_SA exchange goes on with IKE_FOLLOWUP_KE.
    const bool initial = only_initiator || send.exchange == ExchangeType::IKE_FOLLOWUP_KE;
    if (only_initiator && harness_ == Role::Responder)
      node["send"].complain("the harness is responder: it sends no such request",
                            "put an `expect` of the device's request before it");
    if (initial && !send.what.empty()) node["what"].complain("there is only one such request", "take it out");
    const std::vector<std::string_view> known =
        send.exchange == ExchangeType::CREATE_CHILD_SA
            ? std::vector<std::string_view>{"rekey_child", "rekey_ike", "create_child"}
            : std::vector<std::string_view>{"liveness", "delete_child", "delete_ike"};
    if (!initial && std::ranges::find(known, send.what) == known.end())
      node[node.has("what") ? "what" : "send"].complain("which request of this exchange?",
                                                        fmt::format("add \"what\": one of {}", fmt::join(known, ", ")));
  }

  Action expect(const Node& node) {
    Expect out;
    MessagePattern base = read_pattern(node);
    base.exchange = read_name<ExchangeType>(node["expect"]);
    if (!base.response && base.exchange) base.response = default_response(*base.exchange);
    out.within = node["within"].duration();
    out.absent_for = node["absent_for"].duration();
    out.requirement = proves(node);
    read_absence(node, base, out);
    read_alternatives(node, base, out);
    if (base.exchange && !out.one_of.empty()) note_seen(*base.exchange, base.response);
    return out;
  }

  /// `absent_for` without `absent` turns the step round: what it describes must not come.
  static void read_absence(const Node& node, const MessagePattern& base, Expect& out) {
    if (node.has("absent")) {
      out.absent = read_pattern(node["absent"]);
      if (!out.absent_for) node["absent"].complain("for how long must that be absent?", "add \"absent_for\": \"2s\"");
    } else if (out.absent_for) {
      out.absent = base;
      if (node.has("one_of") || node.has("within"))
        node["absent_for"].complain("a step that waits for absence has no alternatives and no `within`",
                                    "give what must be absent as `absent`, or take those out");
    }
  }

  static void read_alternatives(const Node& node, const MessagePattern& base, Expect& out) {
    if (!node.has("one_of")) {
      if (!out.absent_for || node.has("absent")) out.one_of.push_back({base, false, "", false});
      return;
    }
    const std::vector<Node> alternatives = node["one_of"].items();
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
      const Node& from = alternatives[i];
      Alternative alternative{read_pattern(from), from["silence"].flag().value_or(false), from["citation"].text(),
                              from["lenient"].flag().value_or(false)};
      MessagePattern& message = alternative.message;
      if (!message.exchange) message.exchange = base.exchange;
      if (!message.response) message.response = base.response;
      if (!message.message_id) message.message_id = base.message_id;
      if (!message.encrypted) message.encrypted = base.encrypted;
      if (!message.error) message.error = base.error;
      // What the step says of every alternative holds besides what each says of itself.
      message.payloads.insert(message.payloads.begin(), base.payloads.begin(), base.payloads.end());
      if (i > 0 && alternative.citation.empty())
        from.complain("another answer than the first needs to say where it is allowed",
                      "add \"citation\": \"RFC 7296 §2.21.1\"");
      if (alternative.silence && (from.has("payloads") || from.has("error") || from.has("empty")))
        from["silence"].complain("silence has no payloads", "take out what describes a message, or `silence`");
      out.one_of.push_back(std::move(alternative));
    }
  }

  bool default_response(ExchangeType exchange) const {
    if (const auto it = by_harness_.find(exchange); it != by_harness_.end()) return it->second;
    const bool initial = exchange == ExchangeType::IKE_SA_INIT || exchange == ExchangeType::IKE_AUTH;
    return initial && harness_ == Role::Initiator;
  }

  void note_seen(ExchangeType exchange, std::optional<bool> response) {
    if (response.value_or(true)) return;
    by_harness_[exchange] = false;
    to_be_answered_[exchange] = true;
  }

  template <class T>
  Action requested(ExchangeType exchange, T action) {
    by_harness_[exchange] = true;
    return action;
  }

  static bool by_dut(const Node& node) { return node["by"].text() == "dut"; }

  template <class T>
  Action rekey(const Node& node) {
    by_harness_[ExchangeType::CREATE_CHILD_SA] = !by_dut(node);
    by_harness_[ExchangeType::INFORMATIONAL] = !by_dut(node);
    return T{by_dut(node), proves(node)};
  }

  Action remove(const Node& node) {
    by_harness_[ExchangeType::INFORMATIONAL] = !by_dut(node);
    return Delete{node["delete"].text() == "child", by_dut(node), proves(node)};
  }

  Action traffic(const Node& node) {
    const Traffic out = read_traffic(node);
    const bool flowing = std::exchange(flowing_, out.part == Traffic::Part::Begin);
    if (flowing && out.part != Traffic::Part::End)
      node["traffic"].complain("an earlier step's traffic is still flowing", "end that first: {\"end\": true}");
    if (!flowing && out.part == Traffic::Part::End)
      node["traffic"].complain("no traffic is flowing here", "put one with \"background\": true before it");
    return out;
  }

  Action move(const Node& node) {
    Move out = read_move(node);
    by_harness_[ExchangeType::INFORMATIONAL] = !out.by_dut;
    return out;
  }

  Action path_test(const Node& node) {
    if (harness_ == Role::Responder)
      node["path_test"].complain("only the initiator tests paths (RFC 4555 §3.10)", "make the harness the initiator");
    return requested(ExchangeType::INFORMATIONAL, PathTest{proves(node)});
  }

  /// Nobody can call somebody behind a NAT, and its addresses are found out when an IKE SA is set up.
  Action nat(const Node& node) {
    if (by_harness_.contains(ExchangeType::IKE_SA_INIT))
      node["nat"].complain("an IKE SA was set up without the NAT", "put `nat` at the beginning");
    return Nat{};
  }

  Action trigger(const std::string& name) {
    note_trigger(name);
    return Trigger{name};
  }

  void note_trigger(const std::string& name) {
    if (name == "initiate") by_harness_[ExchangeType::IKE_SA_INIT] = by_harness_[ExchangeType::IKE_AUTH] = false;
    if (name.starts_with("rekey")) by_harness_[ExchangeType::CREATE_CHILD_SA] = false;
    if (name.starts_with("delete") || name == "move") by_harness_[ExchangeType::INFORMATIONAL] = false;
  }

  Action silence(const Node& node) {
    const Node it = node["silence"];
    Silence out{it["length"].duration(), it["at_most"].duration(), it["trigger"].text()};
    if (out.length && out.at_most) it["at_most"].complain("the silence already has a length", "take one of them out");
    note_trigger(out.trigger);
    return out;
  }

  static Action drop(const Node& node) {
    Drop out;
    out.from = node["from"].text() == "dut" ? trace::Party::Dut : trace::Party::Harness;
    out.message = read_pattern(node);
    out.count = static_cast<int>(node["count"].number().value_or(1));
    return out;
  }

  Action replay(const Node& node) {
    Replay out;
    out.message = read_pattern(node["replay"]);
    const ExchangeType exchange = out.message.exchange.value_or(ExchangeType::IKE_SA_INIT);
    for (const Node& from : node["mutate"].items()) {
      Mutation mutation = read_mutation(from, protects(exchange));
      if (from.has("layer") && mutation.layer != Layer::AfterIntegrity)
        from["layer"].complain("what is replayed is finished", "take it out");
      mutation.layer = Layer::AfterIntegrity;
      if (const std::string why = impossible(mutation, protects(exchange)); !why.empty())
        from.complain(why, "alter HDR or SK, truncate, append, or flip bits of the whole message");
      out.mutate.push_back(std::move(mutation));
    }
    if (out.message.exchange && !out.message.response.value_or(false)) by_harness_[exchange] = true;
    return out;
  }

  static Action check(const Node& node) {
    Check out;
    for (int what = 0; what <= static_cast<int>(Check::What::DutSilent); ++what)
      if (node["check"].text() == name(static_cast<Check::What>(what))) out.what = static_cast<Check::What>(what);
    out.count = static_cast<int>(node["count"].number().value_or(1));
    if (node.has("message")) out.message = read_pattern(node["message"]);
    out.requirement = proves(node);
    const bool of_messages = out.what == Check::What::IdenticalRetransmission ||
                             out.what == Check::What::Retransmitted || out.what == Check::What::GapsGrow;
    if (of_messages && !out.message)
      node["check"].complain("of which messages?", "add `message`, e.g. {\"exchange\": \"IKE_SA_INIT\"}");
    return out;
  }

  Role harness_;
  bool flowing_{};                               ///< traffic of a `background` step
  std::map<ExchangeType, bool> by_harness_;      ///< who sent the latest request
  std::map<ExchangeType, bool> to_be_answered_;  ///< a request of the device was seen, and not answered by a `send`
};

}  // namespace

std::vector<Step> read_steps(const Node& steps, Role harness) {
  StepReader reader(harness);
  std::vector<Step> out;
  for (const Node& step : steps.items()) out.push_back(reader.read(step));
  return out;
}

}  // namespace ikevet::scenarios
