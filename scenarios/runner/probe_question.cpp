#include "scenarios/runner/probe_question.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/runner/runner.hpp"
#include "scenarios/runner/test_bed.hpp"

namespace ikevet::scenarios {
namespace {

using trace::MessageRecord;
using trace::Party;
using wire::ExchangeType;
using wire::NotifyType;

void add_new(std::vector<std::string>& list, std::string word) {
  if (std::ranges::find(list, word) == list.end()) list.push_back(std::move(word));
}

/// COOKIE and INVALID_KE_PAYLOAD ask for the same request in another form, RFC 7296 §1.2 and §2.6.
bool asks_again(const MessageRecord& message) {
  return has_notify(message, NotifyType::COOKIE) || has_notify(message, NotifyType::INVALID_KE_PAYLOAD);
}

std::vector<std::string> hash_names(const wire::Notify& notify) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i + 1 < notify.data.size(); i += 2)
    out.push_back(wire::name_or_number(static_cast<wire::HashAlgorithm>(notify.data[i] << 8 | notify.data[i + 1])));
  return out;
}

}  // namespace

bool has_notify(const MessageRecord& message, NotifyType type) {
  return std::ranges::any_of(message.payloads(), [&](const wire::Payload& payload) {
    const auto* notify = std::get_if<wire::Notify>(&payload.body);
    return notify != nullptr && notify->type == type;
  });
}

std::string error_of(const MessageRecord& message) {
  for (const wire::Payload& payload : message.payloads())
    if (const auto* notify = std::get_if<wire::Notify>(&payload.body); notify != nullptr && is_error(notify->type))
      return wire::name_or_number(notify->type);
  return "";
}

const MessageRecord* ProbeAnswer::response(ExchangeType exchange) const {
  // What comes later belongs to the question whether the device lives, and to taking down (runner.cpp).
  Instant over = Instant::min();
  for (const StepOutcome& step : run.steps)
    if (step.status != StepStatus::NotReached) over = std::max(over, step.ended);
  const auto& messages = run.trace.messages;
  const auto it = std::find_if(messages.rbegin(), messages.rend(), [&](const MessageRecord& message) {
    return message.from == Party::Dut && message.is_response() && message.outer.header.exchange == exchange &&
           message.at <= over && !asks_again(message);
  });
  return it == messages.rend() ? nullptr : &*it;
}

bool ProbeAnswer::asked_for_cookie() const {
  return std::ranges::any_of(run.trace.messages, [](const MessageRecord& message) {
    return message.from == Party::Dut && has_notify(message, NotifyType::COOKIE);
  });
}

bool ProbeAsker::stopped() {
  report_.interrupted = report_.interrupted || (options_.stop && options_.stop());
  return report_.interrupted;
}

ProbeAnswer ProbeAsker::ask(const std::string& what, std::vector<Action> actions, const ConfigOverrides& config,
                            Role harness) {
  ProbeAnswer out;
  if (stopped()) return out;
  if (options_.on_question) options_.on_question(what);
  Scenario question;
  question.id = fmt::format("probe/{}", ++report_.questions);
  question.title = what;
  question.harness = harness;
  question.config = config;
  for (Action& action : actions) question.steps.push_back({std::move(action), what, ""});
  RunOptions run_options;
  run_options.seed = options_.seed;
  run_options.time_scale = options_.time_scale;
  {
    const auto bed = open_test_bed(target_, question, run_options);
    out.run = play(question, target_, bed->link(), run_options);
  }
  // Behind an answer that is none, or an error, there is no IKE_AUTH to send: a later step that cannot be played is no
  // fault.
  if (const StepOutcome& first = out.run.steps.front(); first.status == StepStatus::HarnessError)
    throw std::runtime_error(fmt::format("while probing ({}): {}", what, first.detail));
  if (const MessageRecord* init = out.init()) {
    out.kind = wire::find<wire::SecurityAssociation>(init->payloads()) ? ProbeAnswer::Kind::Chosen
                                                                       : ProbeAnswer::Kind::Refused;
    out.notify = error_of(*init);
  }
  note(out, what);
  return out;
}

void ProbeAsker::note(const ProbeAnswer& answer, const std::string& what) {
  const auto& messages = answer.run.trace.messages;
  for (const MessageRecord& message : messages) {
    const bool ours = message.from == Party::Harness;
    ++(ours ? report_.sent : report_.received);
    if (ours || !message.is_response()) continue;
    report_.answered = true;
    if (message.request && !message.repeats)
      report_.slowest_answer = std::max(report_.slowest_answer, message.at - messages[*message.request].at);
    const bool init = message.outer.header.exchange == ExchangeType::IKE_SA_INIT;
    if (!init && message.outer.header.exchange != ExchangeType::IKE_AUTH) continue;
    if (init && has_notify(message, NotifyType::COOKIE)) report_.cookie_at_once = true;
    for (const wire::Payload& payload : message.payloads()) {
      if (const auto* vendor = std::get_if<wire::VendorId>(&payload.body))
        add_new(report_.vendor_ids, to_hex(vendor->data));
      const auto* notify = std::get_if<wire::Notify>(&payload.body);
      if (notify == nullptr || is_error(notify->type)) continue;
      add_new(init ? report_.init_notifies : report_.auth_notifies, wire::name_or_number(notify->type));
      if (notify->type == NotifyType::SIGNATURE_HASH_ALGORITHMS) report_.signature_hashes = hash_names(*notify);
    }
  }
  for (ClaimEvidence& one : claim_evidence(answer.run.trace, what)) evidence_.push_back(std::move(one));
}

}  // namespace ikevet::scenarios
