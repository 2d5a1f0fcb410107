#include "bindings/cli/capture_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "engine/wire/describe.hpp"

namespace ikevet::app {
namespace {

using nlohmann::ordered_json;
using trace::MessageRecord;
using trace::Party;
using wire::ExchangeType;
using wire::NotifyType;

std::uint64_t number(BytesView octets) {
  std::uint64_t out = 0;
  for (const std::uint8_t octet : octets) out = out << 8 | octet;
  return out;
}

bool has_notify(const MessageRecord& message, NotifyType type) {
  return wire::find_notify(message.payloads(), type) != nullptr;
}

class Story {
 public:
  Story(const trace::Trace& trace, std::string id, std::string title)
      : trace_(trace), id_(std::move(id)), title_(std::move(title)) {}

  WrittenScenario write() {
    const auto first = std::ranges::find_if(trace_.messages, [](const MessageRecord& one) {
      return one.outer.header.exchange == ExchangeType::IKE_SA_INIT && !one.is_response();
    });
    if (first == trace_.messages.end()) {
      note("no IKE_SA_INIT request is in the capture: the scenario sets up an IKE SA of its own");
      harness_initiates_ = true;
      if (!trace_.messages.empty()) sas_.insert(trace_.messages.front().outer.header.spis.i);
      established_ = true;
      step({{"establish", ordered_json::object()}});
    } else {
      harness_initiates_ = first->from == Party::Harness;
      sas_.insert(first->outer.header.spis.i);
    }
    for (std::size_t i = 0; i < trace_.messages.size(); ++i) message(i);
    finish();
    ordered_json document{{"id", id_}, {"title", title_}, {"description", description()}};
    document["covers"] = covers_;
    document["harness"] = harness_initiates_ ? "initiator" : "responder";
    document["needs"] = needs_;
    document["tags"] = ordered_json::array({"from-capture"});
    document["steps"] = steps_;
    return {std::move(document), std::move(notes_)};
  }

 private:
  std::string description() const {
    return "Written by `ikevet to-scenario`: the exchanges of a capture, with SPIs, nonces and keys of its own.";
  }
  void note(std::string text) { notes_.push_back(std::move(text)); }
  void step(ordered_json one) { steps_.push_back(std::move(one)); }
  void need(const std::string& name) {
    if (std::ranges::find(needs_, name) == needs_.end()) needs_.push_back(name);
  }
  /// Every step that proves something names it, and the scenario covers it.
  void proving(ordered_json one, const std::string& requirement) {
    if (std::ranges::find(covers_, requirement) == covers_.end()) covers_.push_back(requirement);
    one["proves"] = requirement;
    step(std::move(one));
  }

  void message(std::size_t index) {
    const MessageRecord& now = trace_.messages[index];
    const wire::IkeHeader& header = now.outer.header;
    if (!sas_.contains(header.spis.i)) {
      if (others_.insert(header.spis.i).second)
        note(fmt::format("frame {}: the IKE SA {:016x} is another one, and left out", now.frame, header.spis.i.value));
      return;
    }
    if (now.is_response() || now.repeats) return;
    const bool fragment = now.protection == trace::Protection::Fragment;
    if (fragment) return;  // the fragment that completes it carries the payloads
    const auto* closed = wire::find<wire::EncryptedFragment>(now.outer.payloads);
    if (closed != nullptr && closed->fragment_number != 1 && now.protection != trace::Protection::Opened) return;
    switch (header.exchange) {
      case ExchangeType::IKE_SA_INIT:
      case ExchangeType::IKE_AUTH:
      case ExchangeType::IKE_INTERMEDIATE:
        return set_up(index);
      case ExchangeType::CREATE_CHILD_SA:
        return create_child(index);
      case ExchangeType::INFORMATIONAL:
        return informational(index);
      default:
        note(fmt::format("frame {}: {} has no step of its own, and is left out", now.frame,
                         wire::name_or_number(header.exchange)));
    }
  }

  const MessageRecord* response_of(std::size_t request) const {
    const MessageRecord* out = nullptr;
    for (const MessageRecord& one : trace_.messages)
      if (one.request && (*one.request == request || trace_.messages[*one.request].repeats == request)) out = &one;
    return out;
  }

  /// What was repeated had been lost: the request where it was answered once, else the response.
  void losses(std::size_t request) {
    std::size_t requests = 1, answers = 0;
    for (const MessageRecord& one : trace_.messages) {
      if (one.repeats == request) ++requests;
      if (one.request && (*one.request == request || trace_.messages[*one.request].repeats == request)) ++answers;
    }
    if (requests < 2) return;
    const MessageRecord& asked = trace_.messages[request];
    const bool response_lost = answers > 1;
    const bool by_harness = (asked.from == Party::Harness) != response_lost;
    ordered_json lost{{"from", by_harness ? "harness" : "dut"},
                      {"exchange", wire::name_or_number(asked.outer.header.exchange)},
                      {"response", response_lost}};
    if (requests > 2) lost["count"] = requests - 1;
    step({{"drop", lost}});
  }

  void set_up(std::size_t index) {
    const MessageRecord& request = trace_.messages[index];
    if (!set_up_begun_) {
      set_up_begun_ = true;
      if (harness_initiates_)
        need("responder");
      else
        need("trigger:initiate");
    }
    losses(index);
    const MessageRecord* answer = response_of(index);
    if (answer == nullptr || established_) return;
    if (const wire::Notify* error = wire::find_error(answer->payloads());
        error != nullptr && request.outer.header.exchange == ExchangeType::IKE_AUTH) {
      refused_ =
          fmt::format("frame {}: IKE_AUTH was refused with {}", answer->frame, wire::name_or_number(error->type));
      return;
    }
    if (request.outer.header.exchange != ExchangeType::IKE_AUTH) {
      asked_again_ = asked_again_ || has_notify(*answer, NotifyType::COOKIE) ||
                     has_notify(*answer, NotifyType::INVALID_KE_PAYLOAD);
      init_answered_ = init_answered_ || wire::find<wire::KeyExchange>(answer->outer.payloads) != nullptr;
      return;
    }
    // With EAP several exchanges come before the one that authenticates.
    const bool more = wire::find<wire::Eap>(answer->inner) != nullptr &&
                      wire::find<wire::SecurityAssociation>(answer->inner) == nullptr;
    if (more) return;
    established_ = true;
    if (answer->protection != trace::Protection::Opened)
      note(fmt::format("frame {}: IKE_AUTH is closed; it is taken to have succeeded", answer->frame));
    if (asked_again_)
      note("IKE_SA_INIT was asked again (COOKIE or INVALID_KE_PAYLOAD): that depends on the device's state");
    step({{"establish", ordered_json::object()}});
  }

  void create_child(std::size_t index) {
    const MessageRecord& request = trace_.messages[index];
    ensure_established();
    losses(index);
    const bool by_dut = request.from == Party::Dut;
    if (request.protection != trace::Protection::Opened) {
      note(fmt::format("frame {}: CREATE_CHILD_SA is closed: whether it rekeys is not known; a Child SA is rekeyed",
                       request.frame));
      return rekey_child(by_dut);
    }
    const auto* sa = wire::find<wire::SecurityAssociation>(request.inner);
    if (sa == nullptr || sa->proposals.empty())
      return note(fmt::format("frame {}: CREATE_CHILD_SA without SA payload is left out", request.frame));
    if (sa->proposals.front().protocol == wire::ProtocolId::IKE) {
      // The successor's exchanges belong to the same story.
      sas_.insert(IkeSpi{number(sa->proposals.front().spi)});
      rekeyed_ike_ = true;
      need("rekey-ike");
      if (by_dut) need("trigger:rekey_ike");
      ordered_json one{{"rekey_ike", ordered_json::object()}};
      if (by_dut) one["by"] = "dut";
      return proving(std::move(one), "rfc7296-1.3.2-rekey-ike-new-spis");
    }
    if (has_notify(request, NotifyType::REKEY_SA)) {
      ++rekeyed_children_;
      return rekey_child(by_dut);
    }
    if (by_dut)
      return note(fmt::format("frame {}: the device set up one more Child SA; no trigger does that, it is left out",
                              request.frame));
    proving({{"create_child", ordered_json::object()}}, "rfc7296-1.3.1-create-response");
  }

  void rekey_child(bool by_dut) {
    need("rekey-child");
    if (by_dut) need("trigger:rekey_child");
    ordered_json one{{"rekey_child", ordered_json::object()}};
    if (by_dut) one["by"] = "dut";
    proving(std::move(one), "rfc7296-1.3.3-rekey-child-response");
  }

  void informational(std::size_t index) {
    const MessageRecord& request = trace_.messages[index];
    ensure_established();
    const bool by_dut = request.from == Party::Dut;
    if (request.protection != trace::Protection::Opened) {
      note(fmt::format("frame {}: INFORMATIONAL is closed; {}", request.frame,
                       by_dut ? "it is left out" : "a liveness check stands for it"));
      if (!by_dut) liveness(index);
      return;
    }
    if (has_notify(request, NotifyType::UPDATE_SA_ADDRESSES)) {
      need("mobike");
      losses(index);
      if (by_dut) return note(fmt::format("frame {}: the device moved to another address; left out", request.frame));
      return step({{"move", ordered_json::object()}});
    }
    const auto* deletion = wire::find<wire::Delete>(request.inner);
    if (deletion == nullptr) {
      if (!request.inner.empty())
        note(fmt::format("frame {}: {} is played as a liveness check", request.frame,
                         wire::describe(request.inner, ExchangeType::INFORMATIONAL, false)));
      if (by_dut) return;  // the engine answers whatever comes
      return liveness(index);
    }
    if (deletion->protocol == wire::ProtocolId::IKE) {
      // Of an IKE SA that was replaced the deletion belongs to the rekey.
      if (rekeyed_ike_ && deletes_old_ike(request)) return;
      return remove("ike", by_dut);
    }
    if (rekeyed_children_ > 0) {
      --rekeyed_children_;  // the deletion of the old one belongs to the rekey, RFC 7296 §2.8
      return;
    }
    remove("child", by_dut);
  }

  /// Later messages under a successor's SPIs say that this one goes on.
  bool deletes_old_ike(const MessageRecord& request) const {
    return std::ranges::any_of(trace_.messages,
                               [&](const MessageRecord& one) {
                                 return one.frame > request.frame &&
                                        one.outer.header.spis.i != request.outer.header.spis.i &&
                                        sas_.contains(one.outer.header.spis.i);
                               }) ||
           request.outer.header.spis.i != latest_sa();
  }
  IkeSpi latest_sa() const {
    IkeSpi out;
    for (const MessageRecord& one : trace_.messages)
      if (sas_.contains(one.outer.header.spis.i)) out = one.outer.header.spis.i;
    return out;
  }

  void remove(const std::string& what, bool by_dut) {
    ordered_json one{{"delete", what}};
    if (by_dut) {
      one["by"] = "dut";
      need("trigger:delete_" + what);
    }
    step(std::move(one));
  }

  void liveness(std::size_t index) {
    losses(index);
    proving({{"liveness", ordered_json::object()}}, "rfc7296-1.4-informational-answered");
  }

  void ensure_established() {
    if (established_) return;
    established_ = true;
    note("the messages that set the IKE SA up are not all there: it is set up as usual");
    step({{"establish", ordered_json::object()}});
  }

  void finish() {
    if (!established_ && !refused_.empty()) {
      note(refused_ + "; the scenario sets up an IKE SA with the target's own credentials instead");
      ensure_established();
    } else if (!established_ && init_answered_) {
      // IKE_SA_INIT alone.
      if (harness_initiates_) {
        step({{"send", "IKE_SA_INIT"}});
        ordered_json expected{{"expect", "IKE_SA_INIT"}};
        proving(std::move(expected), "rfc7296-1.2-responder-chooses");
        return;
      }
      ensure_established();
    } else if (!established_) {
      note("nobody answered in the capture: the scenario sets up an IKE SA, as the harness alone cannot be refused");
      ensure_established();
    }
    if (covers_.empty()) proving({{"liveness", ordered_json::object()}}, "rfc7296-1.4-informational-answered");
  }

  const trace::Trace& trace_;
  std::string id_, title_;
  bool harness_initiates_{};
  bool set_up_begun_{}, established_{}, asked_again_{}, init_answered_{}, rekeyed_ike_{};
  std::size_t rekeyed_children_{};
  std::string refused_;
  std::set<IkeSpi> sas_, others_;
  std::vector<std::string> covers_, needs_, notes_;
  ordered_json steps_ = ordered_json::array();
};

}  // namespace

WrittenScenario scenario_of(const trace::Trace& trace, const std::string& id, const std::string& title) {
  return Story(trace, id, title).write();
}

}  // namespace ikevet::app
