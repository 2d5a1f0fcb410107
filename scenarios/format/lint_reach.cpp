// The rule `unreachable`: what each step needs of those before it, and of those behind it.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "scenarios/format/lint.hpp"

namespace ikevet::scenarios {
namespace {

using wire::ExchangeType;

bool same(const PayloadPattern& a, const PayloadPattern& b) {
  return a.type == b.type && a.notify == b.notify && a.data == b.data && a.group == b.group &&
         a.min_size == b.min_size && a.max_size == b.max_size && a.eap_code == b.eap_code && a.eap_type == b.eap_type &&
         a.absent == b.absent;
}

template <class T>
bool allows(const std::optional<T>& wide, const std::optional<T>& narrow) {
  return !wide || wide == narrow;
}

/// Everything that `narrow` takes is taken by `wide` too.
bool takes_all_of(const MessagePattern& wide, const MessagePattern& narrow) {
  return allows(wide.exchange, narrow.exchange) && allows(wide.response, narrow.response) &&
         allows(wide.message_id, narrow.message_id) && allows(wide.encrypted, narrow.encrypted) &&
         allows(wide.empty, narrow.empty) && allows(wide.error, narrow.error) &&
         allows(wide.major_version, narrow.major_version) && allows(wide.minor_version, narrow.minor_version) &&
         std::ranges::all_of(wide.payloads, [&](const PayloadPattern& asked) {
           return std::ranges::any_of(narrow.payloads, [&](const PayloadPattern& there) { return same(asked, there); });
         });
}

/// Walks along the steps as the player would, if all goes well.
class Walk {
 public:
  explicit Walk(const Scenario& scenario) : scenario_(scenario) {}

  std::vector<LintFinding> run() {
    for (at_ = 0; at_ < scenario_.steps.size(); ++at_)
      std::visit([&](const auto& action) { look(action); }, scenario_.steps[at_].action);
    if (traffic_began_)
      complain(*traffic_began_, "the traffic that begins here is never accounted for",
               "add a step {\"traffic\": {\"end\": true}}");
    return std::move(found_);
  }

 private:
  void complain(std::size_t step, std::string what, std::string remedy, const std::string& below = "") {
    found_.push_back(
        {LintRule::Unreachable,
         scenario_.id,
         {scenario_.file, 0, 0, scenario_.steps[step].pointer + below, std::move(what), std::move(remedy)}});
  }
  void complain(std::string what, std::string remedy) { complain(at_, std::move(what), std::move(remedy)); }

  std::string_view here() const { return name(scenario_.steps[at_].action); }

  void needs_ike_sa() {
    if (ike_sas_ > 0) return;
    complain(fmt::format("\"{}\" needs an IKE SA, and none stands here", here()),
             deleted_ ? "it was deleted by a step before; set up another, or take this step out"
                      : "set one up before it: {\"establish\": {}}");
    ike_sas_ = 1;  // the same is not told of every step that follows
  }
  void needs_something_behind() {
    const bool follows = std::any_of(scenario_.steps.begin() + static_cast<std::ptrdiff_t>(at_) + 1,
                                     scenario_.steps.end(), [](const Step& step) {
                                       const auto* check = std::get_if<Check>(&step.action);
                                       return check == nullptr || check->what == Check::What::IkeSaAlive;
                                     });
    if (!follows)
      complain(fmt::format("nothing is sent behind this \"{}\", so it never takes effect", here()),
               "put it before the step whose message it is about");
  }
  void sent(ExchangeType exchange) { sent_.push_back(exchange); }
  void acted() { acted_ = true; }

  void set_up() {
    ++ike_sas_;
    acted();
    sent(ExchangeType::IKE_SA_INIT);
    sent(ExchangeType::IKE_AUTH);
  }

  // ------------------------------------------------------------------------------------------------- one of each kind
  void look(const Establish&) { set_up(); }
  void look(const Send& send) {
    if (send.exchange == ExchangeType::CREATE_CHILD_SA ||
        (send.exchange == ExchangeType::INFORMATIONAL && !send.what.empty()))
      needs_ike_sa();
    // Each first message begins an IKE SA beside those that stand.
    if (send.exchange == ExchangeType::IKE_SA_INIT || send.exchange == ExchangeType::IKE_SESSION_RESUME) ++ike_sas_;
    if (send.exchange == ExchangeType::IKE_AUTH) ike_sas_ = std::max(ike_sas_, 1);
    sent(send.exchange);
    acted();
  }
  void look(const Expect& expect) {
    const bool before_any = !acted_ && expect.absent == std::nullopt;
    if (before_any && scenario_.harness == Role::Initiator)
      complain("nothing before this step gives the device a reason to send anything", "send something first");
    for (std::size_t late = 1; late < expect.one_of.size(); ++late)
      for (std::size_t early = 0; early < late; ++early)
        if (hides(expect.one_of[early], expect.one_of[late])) {
          complain(at_, fmt::format("alternative {} takes all that alternative {} would take", early + 1, late + 1),
                   "put the special one first, or take it out", fmt::format("/one_of/{}", late));
          break;
        }
    for (const Alternative& alternative : expect.one_of) {
      if (alternative.silence || !alternative.message.exchange) continue;
      if (*alternative.message.exchange == ExchangeType::IKE_AUTH) ike_sas_ = std::max(ike_sas_, 1);
      sent(*alternative.message.exchange);  // the harness answers, or had asked
    }
  }
  static bool hides(const Alternative& early, const Alternative& late) {
    if (early.silence || late.silence) return early.silence && late.silence;
    return takes_all_of(early.message, late.message);
  }
  void look(const Liveness&) { in_an_ike_sa(ExchangeType::INFORMATIONAL); }
  void look(const RekeyChild&) { in_an_ike_sa(ExchangeType::CREATE_CHILD_SA); }
  void look(const RekeyIke&) { in_an_ike_sa(ExchangeType::CREATE_CHILD_SA); }
  void look(const CreateChild&) { in_an_ike_sa(ExchangeType::CREATE_CHILD_SA); }
  void look(const Delete& gone) {
    in_an_ike_sa(ExchangeType::INFORMATIONAL);
    if (gone.child) return;
    --ike_sas_;
    deleted_ = true;
  }
  void look(const Traffic& traffic) {
    if (traffic.part == Traffic::Part::End) {
      if (!traffic_began_) complain("no traffic was begun", "begin it with {\"traffic\": {\"background\": true}}");
      traffic_began_.reset();
      return;
    }
    needs_ike_sa();
    acted();
    if (traffic.part == Traffic::Part::Begin) traffic_began_ = at_;
  }
  void look(const Move&) { in_an_ike_sa(ExchangeType::INFORMATIONAL); }
  void look(const PathTest&) { in_an_ike_sa(ExchangeType::INFORMATIONAL); }
  void in_an_ike_sa(ExchangeType exchange) {
    needs_ike_sa();
    acted();
    sent(exchange);
    sent(ExchangeType::INFORMATIONAL);  // a rekeying ends with a deletion
  }
  void look(const Silence& silence) {
    if (!silence.trigger.empty()) started(silence.trigger);
  }
  void look(const Trigger& trigger) {
    started(trigger.name);
    if (at_ + 1 == scenario_.steps.size())
      complain("nothing looks at what the device does then", "expect something of it, or take the step out");
  }
  void started(std::string_view trigger) {
    acted();
    if (trigger == "initiate") ike_sas_ = std::max(ike_sas_, 1);
    // Our engine answers whatever the device was made to ask.
    for (const ExchangeType exchange : {ExchangeType::CREATE_CHILD_SA, ExchangeType::INFORMATIONAL}) sent(exchange);
    if (trigger == "initiate")
      for (const ExchangeType exchange : {ExchangeType::IKE_SA_INIT, ExchangeType::IKE_AUTH}) sent(exchange);
  }
  void look(const Drop&) { needs_something_behind(); }
  void look(const Duplicate&) { needs_something_behind(); }
  void look(const Reorder&) { needs_something_behind(); }
  void look(const Nat&) { needs_something_behind(); }
  void look(const NatRemap&) { needs_something_behind(); }
  void look(const Replay& replay) {
    acted();
    const auto exchange = replay.message.exchange;
    if (exchange ? std::ranges::find(sent_, *exchange) == sent_.end() : sent_.empty())
      complain("the harness has sent no such message before", "send it first, or repeat another");
  }
  void look(const Wait&) {}
  void look(const Check& check) {
    if (check.what == Check::What::NoIkeSa) ike_sas_ = 0;
    if (check.what == Check::What::IkeSaAlive || check.what == Check::What::ChildSas) {
      if (check.what == Check::What::IkeSaAlive && ike_sas_ <= 0)
        complain("no IKE SA can stand here", "it was deleted, or never set up");
    }
  }

  const Scenario& scenario_;
  std::size_t at_{};
  int ike_sas_{};
  bool deleted_{}, acted_{};
  std::optional<std::size_t> traffic_began_;
  std::vector<ExchangeType> sent_;
  std::vector<LintFinding> found_;
};

}  // namespace

std::vector<LintFinding> lint_reach(const Scenario& scenario) { return Walk(scenario).run(); }

}  // namespace ikevet::scenarios
