#include "scenarios/runner/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/runner/probe_question.hpp"

namespace ikevet::scenarios {
namespace {

using trace::MessageRecord;
using trace::Party;
using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;

/// A type that nobody defines, RFC 7296 §3.2.
constexpr std::uint8_t kUnknownPayload = 200;
/// Sizes of IKE_SA_INIT that are tried, from one that passes any link to one that fills a UDP datagram.
constexpr std::array<std::size_t, 8> kSizes{1200, 1472, 2000, 4000, 8000, 16000, 32000, 60000};
/// Until the bounds of the largest datagram are this close, in parts of the smaller.
constexpr std::size_t kCloseEnough = 8;
/// Octets of an ordinary IKE_SA_INIT request, roughly.
constexpr std::size_t kOrdinaryInit = 400;

Action send(ExchangeType exchange, std::vector<Mutation> mutate = {}) {
  Send out;
  out.exchange = exchange;
  out.mutate = std::move(mutate);
  return out;
}

/// Whatever comes in this exchange, or nothing.
Action anything(ExchangeType exchange) {
  Alternative message, silence;
  message.message.exchange = exchange;
  message.message.response = true;
  silence.silence = true;
  Expect out;
  out.one_of = {message, silence};
  return out;
}

/// Both initial exchanges, with the first request altered: what the device agreed to is taken down like any IKE SA.
std::vector<Action> altered_set_up(std::vector<Mutation> mutate) {
  std::vector<Action> out{send(ExchangeType::IKE_SA_INIT, std::move(mutate)), anything(ExchangeType::IKE_SA_INIT),
                          send(ExchangeType::IKE_AUTH), anything(ExchangeType::IKE_AUTH)};
  return out;
}

Mutation set(std::string field, std::uint64_t number) {
  SetField out;
  out.path = std::move(field);
  out.number = number;
  return {Layer::Values, out};
}

Mutation append_payload(std::uint8_t type, bool critical, Bytes body) {
  return {Layer::Values, AppendPayload{type, critical, std::move(body), std::nullopt}};
}

Mutation append_notify(NotifyType type, Bytes data = {}) {
  return {Layer::Values, AppendNotify{type, std::move(data)}};
}

class Probe {
 public:
  Probe(const Target& target, const ProbeOptions& options)
      : target_(target), options_(options), asker_(target, options, report_) {}

  ProbeReport run() {
    first_contact();
    if (report_.answered) {
      probe_ike_transforms(asker_, report_.ike);
      announcements();
      reactions();
      largest_datagram();
      if (report_.authenticated()) inside();
      retransmission();
      half_open();
    }
    sum_up();
    return std::move(report_);
  }

 private:
  bool over() { return asker_.stopped(); }

  /// With everything switched on that our engine can ask for in an ordinary set-up.
  static ConfigOverrides talkative() {
    ConfigOverrides out;
    out.fragmentation.supported = true;
    out.mobike.supported = true;
    out.extensions.childless = "allow";
    out.extensions.redirect_follow = true;
    out.extensions.resumption_request = true;
    out.extensions.crash_detection_take = true;
    return out;
  }

  void first_contact() {
    const ProbeAnswer answer = asker_.ask("first contact", {Establish{}}, talkative());
    const MessageRecord* auth = answer.auth();
    if (auth != nullptr && wire::find<wire::Authentication>(auth->payloads()) != nullptr)
      report_.authentication = "established";
    else if (auth != nullptr)
      report_.authentication = error_of(*auth);
    else if (answer.init() != nullptr)
      report_.authentication = error_of(*answer.init());
    if (report_.authentication.empty()) report_.authentication = "no answer";
    if (answer.kind == ProbeAnswer::Kind::Chosen) {
      const ProbedTransforms agreed =
          chosen_transforms(*wire::find<wire::SecurityAssociation>(answer.init()->payloads()));
      if (!agreed.groups.empty()) usual_.ke_group = agreed.groups.front();
    }
    if (!report_.answered && !over()) {
      // Perhaps nothing that the target file offers suits it.
      asker_.ask("first contact, without extensions", {Establish{}});
    }
  }

  /// Notifications of IKE_SA_INIT that our engine would follow up; the set-up may fail for them.
  void announcements() {
    if (over()) return;
    asker_.ask("IKE_INTERMEDIATE (RFC 9242)",
               altered_set_up({append_notify(NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED)}), usual_);
    // RFC 7427 §7, RFC 8420 §2: SHA1, SHA2-256, -384, -512, Identity.
    const Bytes hashes{0, 1, 0, 2, 0, 3, 0, 4, 0, 5};
    asker_.ask("digital signatures (RFC 7427)",
               altered_set_up({append_notify(NotifyType::SIGNATURE_HASH_ALGORITHMS, hashes)}), usual_);
    asker_.ask("post-quantum pre-shared keys (RFC 8784)", altered_set_up({append_notify(NotifyType::USE_PPK)}), usual_);
    if (report_.ike.groups.empty() || report_.ike.encr.empty() || report_.ike.prf.empty()) return;
    ConfigOverrides config;
    std::string proposal = one_ike_proposal();
    config.ke_group = report_.ike.groups.front();
    config.ike_proposals = std::vector<std::string>{proposal + "-ke1_x25519-ke1_ecp256-ke1_mlkem768", proposal};
    asker_.ask("additional key exchanges (RFC 9370)", {Establish{}}, config);
  }

  std::string one_ike_proposal() const {
    const ProbedTransforms& ike = report_.ike;
    const std::string& cipher = ike.encr.front();
    const std::string integ = is_combined_mode(cipher) || ike.integ.empty() ? "" : "-" + ike.integ.front();
    return cipher + integ + "-" + ike.prf.front() + "-" + ike.groups.front();
  }

  void reaction(const std::string& what, std::vector<Mutation> mutate) {
    if (over()) return;
    const ProbeAnswer answer = asker_.ask(what, altered_set_up(std::move(mutate)), usual_);
    std::string text = "no answer";
    const auto came = std::ranges::find(answer.run.trace.messages, Party::Dut, &MessageRecord::from);
    if (answer.kind == ProbeAnswer::Kind::Chosen) {
      text = "answered as usual";
    } else if (!answer.notify.empty()) {
      text = answer.notify;
    } else if (came != answer.run.trace.messages.end()) {
      text = fmt::format("a message of version {}.{}", came->outer.header.major(), came->outer.header.minor());
    }
    if (!report_.interrupted) report_.reactions.emplace_back(what, text);
  }

  void reactions() {
    reaction("version 2.5", {set("HDR/Version/Minor Version", 5)});
    reaction("version 3.0", {set("HDR/Version/Major Version", 3)});
    reaction("version 1.0", {set("HDR/Version/Major Version", 1)});
    reaction("unknown payload", {append_payload(kUnknownPayload, false, {})});
    reaction("unknown critical payload", {append_payload(kUnknownPayload, true, {})});
    reaction("unknown vendor id", {append_payload(static_cast<std::uint8_t>(PayloadType::VendorId), false,
                                                  to_bytes(as_bytes("ikevet probe")))});
    reaction("unknown status notification", {append_notify(static_cast<NotifyType>(40959))});
    reaction("unknown error notification", {append_notify(static_cast<NotifyType>(8191))});
  }

  bool answers_size(std::size_t octets) {
    const std::size_t filler = octets > kOrdinaryInit ? octets - kOrdinaryInit : 0;
    const ProbeAnswer answer = asker_.ask(
        fmt::format("a request of about {} octets", octets),
        altered_set_up({append_payload(static_cast<std::uint8_t>(PayloadType::VendorId), false, Bytes(filler, 0x5a))}),
        usual_);
    std::size_t sent = 0;
    for (const MessageRecord& message : answer.run.trace.messages)
      if (message.from == Party::Harness && message.outer.header.exchange == ExchangeType::IKE_SA_INIT)
        sent = std::max(sent, message.octets.size());
    const bool answered = answer.kind != ProbeAnswer::Kind::Silent;
    if (report_.interrupted || sent == 0) return false;
    if (answered)
      report_.largest_answered = std::max(report_.largest_answered, sent);
    else
      report_.smallest_unanswered = std::min(report_.smallest_unanswered.value_or(sent), sent);
    return answered;
  }

  void largest_datagram() {
    for (const std::size_t size : kSizes)
      if (over() || !answers_size(size)) break;
    while (!over() && report_.smallest_unanswered && report_.largest_answered != 0) {
      const std::size_t gap = *report_.smallest_unanswered - report_.largest_answered;
      if (*report_.smallest_unanswered <= report_.largest_answered || gap * kCloseEnough < report_.largest_answered)
        break;
      answers_size(report_.largest_answered + gap / 2);
    }
  }

  /// What needs an IKE SA.
  void inside() {
    if (over()) return;
    probe_child_transforms(asker_, report_.ike, report_.child);
    ConfigOverrides transport;
    transport.child.transport_mode = true;
    transport.local_ts = std::vector<std::string>{"harness"};
    transport.remote_ts = std::vector<std::string>{"dut"};
    asker_.ask("transport mode", {Establish{}}, transport);
    ConfigOverrides tunnel_as_transport;
    tunnel_as_transport.child.transport_mode = true;
    tunnel_as_transport.child.ipcomp = std::vector<std::string>{"deflate"};
    asker_.ask("transport mode and IPComp", {Establish{}}, tunnel_as_transport);
    ConfigOverrides address;
    address.local_ts = std::vector<std::string>{target_.harness_address.is_v4() ? "0.0.0.0/0" : "::/0"};
    address.configuration.request = std::vector<std::string>{"INTERNAL_IP4_ADDRESS", "INTERNAL_IP4_DNS"};
    asker_.ask("an internal address", {Establish{}}, address);
    try_out("rekey-child", "rekeying a Child SA", RekeyChild{});
    try_out("rekey-ike", "rekeying the IKE SA", RekeyIke{});
    try_out("esp-echo", "echo requests through the Child SA", Traffic{});
  }

  void try_out(std::string_view capability, const std::string& what, Action action) {
    if (over()) return;
    const ProbeAnswer answer = asker_.ask(what, {Establish{}, std::move(action)});
    const StepOutcome& last = answer.run.steps.back();
    if (last.status == StepStatus::NotReached || report_.interrupted) return;
    const bool done = last.status == StepStatus::Done;
    more_.push_back({capability, done, done ? what + " went well" : what + ": " + last.detail, what,
                     last.frames.empty() ? 0 : last.frames.back()});
  }

  void retransmission() {
    if (over()) return;
    if (target_.triggers.contains("initiate")) {
      Silence silence;
      silence.trigger = "initiate";
      silence.at_most = 2 * target_.give_up_time;
      note_repetitions(asker_.ask("how a request of the device is repeated", {silence}, {}, Role::Responder));
    } else if (options_.patience > Duration{} && report_.authenticated()) {
      Silence silence;
      silence.length = options_.patience;
      note_repetitions(asker_.ask("how a request of the device is repeated", {Establish{}, silence}));
    } else {
      report_.retransmission_why_not =
          report_.authenticated() ? "the target has no trigger \"initiate\"; wait for its liveness checks (--patience)"
                                  : "the target has no trigger \"initiate\", and no IKE SA can be set up";
    }
  }

  void note_repetitions(const ProbeAnswer& answer) {
    const auto& messages = answer.run.trace.messages;
    std::optional<Instant> last;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const MessageRecord& message = messages[i];
      if (message.from != Party::Dut || message.is_response()) continue;
      if (!message.repeats) {
        if (!report_.gaps.empty()) break;  // another try
        last = message.at;
        report_.retransmission_of = wire::name_or_number(message.outer.header.exchange) + " request";
        continue;
      }
      if (last) report_.gaps.push_back(message.at - *last);
      last = message.at;
    }
    if (report_.retransmission_of.empty()) {
      const StepOutcome& step = answer.run.steps.back();
      report_.retransmission_why_not = step.detail.empty() ? "the device asked for nothing" : step.detail;
    } else if (!report_.gaps.empty() && !answer.run.steps.empty()) {
      const Duration quiet = answer.run.steps.back().ended - *last;
      report_.gave_up = quiet > *std::ranges::max_element(report_.gaps) * 2;
    }
  }

  /// Set-ups that stop behind IKE_SA_INIT, until a cookie is asked for.
  void half_open() {
    if (over() || options_.half_open == 0 || report_.cookie_at_once) return;
    std::vector<Action> actions;
    Drop drop;
    drop.from = Party::Harness;
    drop.message.exchange = ExchangeType::IKE_AUTH;
    drop.count = 100000;
    actions.push_back(drop);
    for (unsigned i = 0; i <= options_.half_open; ++i) {
      actions.push_back(send(ExchangeType::IKE_SA_INIT));
      actions.push_back(anything(ExchangeType::IKE_SA_INIT));
    }
    const ProbeAnswer answer = asker_.ask("half-open IKE SAs until a cookie is asked for", std::move(actions));
    unsigned open = 0;
    for (const StepOutcome& step : answer.run.steps) {
      if (step.step % 2 == 1 || step.step == 0 || step.status != StepStatus::Done || !step.alternative) continue;
      if (*step.alternative == 1) {
        report_.silence_after = open;
        break;
      }
      const auto& messages = answer.run.trace.messages;
      const bool cookie = std::ranges::any_of(messages, [&](const MessageRecord& message) {
        return message.at >= step.began && message.at <= step.ended && message.from == Party::Dut &&
               has_notify(message, NotifyType::COOKIE);
      });
      if (cookie) {
        report_.cookie_after = open;
        break;
      }
      ++open;
    }
    report_.half_open_tried = std::min(open, options_.half_open);
    report_.cookie_at_once = false;
  }

  void sum_up() {
    std::vector<ClaimEvidence> evidence = asker_.take_evidence();
    evidence.insert(evidence.end(), more_.begin(), more_.end());
    if (report_.answered) evidence.push_back({"responder", true, "it answers IKE_SA_INIT", "first contact", 0});
    for (const Capability& capability : kCapabilities) {
      const auto of = [&](bool accepted) {
        return std::ranges::any_of(evidence, [&](const ClaimEvidence& one) {
          return one.capability == capability.name && one.accepted == accepted;
        });
      };
      if (of(true))
        report_.capabilities.emplace_back(capability.name);
      else if (of(false))
        report_.refused.emplace_back(capability.name);
    }
    if (!target_.capabilities.empty()) report_.claims = compare_claims(target_.capabilities, evidence);
  }

  const Target& target_;
  const ProbeOptions& options_;
  ProbeReport report_;
  ProbeAsker asker_;
  /// The group that the device chose of the target's own offer comes first: were it to ask for another one
  /// (INVALID_KE_PAYLOAD), our engine would repeat the request without what was altered in it.
  ConfigOverrides usual_;
  std::vector<ClaimEvidence> more_;
};

}  // namespace

ProbeReport probe(const Target& target, const ProbeOptions& options) { return Probe(target, options).run(); }

}  // namespace ikevet::scenarios
