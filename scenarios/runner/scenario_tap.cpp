#include "scenarios/runner/scenario_tap.hpp"

#include <algorithm>

#include "engine/wire/message.hpp"
#include "scenarios/format/unprotected.hpp"

namespace ikevet::scenarios {
namespace {

bool is_of_group(const std::string& path) { return path.starts_with("KE") || path.starts_with("SA"); }
bool is_of_group(const PayloadSelector& which) {
  return which.type == wire::PayloadType::KE || which.type == wire::PayloadType::SA;
}

/// What is made anew after INVALID_KE_PAYLOAD: an alteration of it was answered.
bool concerns_group(const MutationAction& action) {
  return std::visit(
      [](const auto& one) {
        using One = std::decay_t<decltype(one)>;
        if constexpr (requires { one.path; })
          return is_of_group(one.path);
        else if constexpr (requires { one.which; })
          return is_of_group(one.which);
        else
          return std::is_same_v<One, RawMessage>;
      },
      action);
}

}  // namespace

void ScenarioTap::arm(Order order) {
  order_ = std::move(order);
  made_.reset();
  passing_ = nullptr;
}

std::optional<ScenarioTap::Made> ScenarioTap::disarm() {
  order_.reset();
  return std::exchange(made_, std::nullopt);
}

std::vector<const MutationAction*> ScenarioTap::actions(Layer layer) const {
  std::vector<const MutationAction*> out;
  for (const Mutation& mutation : passing_->mutate)
    if (mutation.layer == layer) out.push_back(&mutation.action);
  return out;
}

void ScenarioTap::note(const CannotAlter& why) {
  if (why && made_ && made_->failure.empty()) made_->failure = *why;
}

bool ScenarioTap::begins(const sa::OutboundMessage& message) const {
  return order_->exchange == wire::ExchangeType::IKE_SA_INIT && !order_->response && !order_->once &&
         wire::find_notify(message.payloads, wire::NotifyType::COOKIE) == nullptr;
}

bool ScenarioTap::repeats_what_was_altered(const sa::OutboundMessage& message) const {
  if (!begun_ || message.header.exchange != wire::ExchangeType::IKE_SA_INIT || message.header.is_response() ||
      message.header.spis.i != begun_->spi_i)
    return false;
  return wire::find_notify(message.payloads, wire::NotifyType::COOKIE) != nullptr ||
         std::ranges::none_of(begun_->order.mutate, [](const Mutation& one) { return concerns_group(one.action); });
}

/// The cookie stays the first payload, RFC 7296 §2.6; places in the list count without it.
void ScenarioTap::alter_list(sa::OutboundMessage& message) {
  std::vector<wire::Payload> cookie;
  if (passing_ != &*order_ && !message.payloads.empty()) {
    const auto* notify = std::get_if<wire::Notify>(&message.payloads.front().body);
    if (notify != nullptr && notify->type == wire::NotifyType::COOKIE) {
      cookie.push_back(std::move(message.payloads.front()));
      message.payloads.erase(message.payloads.begin());
    }
  }
  for (const MutationAction* action : actions(Layer::Values)) note(alter_values(*action, message));
  message.payloads.insert(message.payloads.begin(), cookie.begin(), cookie.end());
}

void ScenarioTap::on_payloads(sa::OutboundMessage& message) {
  passing_ = nullptr;
  if (order_ && !made_ && message.header.exchange == order_->exchange &&
      message.header.is_response() == order_->response) {
    passing_ = &*order_;
    made_ = Made{message.header.spis,
                 message.header.message_id,
                 order_->exchange,
                 order_->response,
                 !order_->mutate.empty(),
                 order_->once,
                 {}};
    begun_.reset();
    if (begins(message)) begun_ = Begun{*order_, message.header.spis.i};
  } else if (repeats_what_was_altered(message)) {
    passing_ = &begun_->order;
  }
  if (passing_ != nullptr && !passing_->once) alter_list(message);
}

void ScenarioTap::on_plaintext(const sa::OutboundMessage& message, sa::Plaintext& plaintext) {
  if (passing_ == nullptr || passing_->once) return;
  alter_inside(message, plaintext);
}

void ScenarioTap::alter_inside(const sa::OutboundMessage& message, sa::Plaintext& plaintext) {
  const wire::PayloadType first = wire::first_type(message.payloads);
  const std::vector<const MutationAction*> all = actions(Layer::BeforeIntegrity);
  for (const MutationAction* action : all)
    if (!alters_padding(*action)) note(alter_plaintext(*action, first, plaintext.payloads));
  // Afterwards: how much padding aligns depends on what is padded.
  for (const MutationAction* action : all)
    if (alters_padding(*action)) {
      const auto sizes = sizes_(message);
      note(sizes ? alter_padding(*action, plaintext, sizes->block)
                 : "the keys of this IKE SA are not known to the runner");
    }
}

void ScenarioTap::alter_finished(const sa::OutboundMessage& message, Bytes& octets) {
  const auto dissect = [&](BytesView finished) {
    wire::FieldNode tree = wire::field_tree(finished);
    if (const auto sizes = message.encrypted ? sizes_(message) : std::nullopt) name_parts_of_sk(tree, *sizes);
    return tree;
  };
  for (const MutationAction* action : actions(Layer::AfterIntegrity)) note(alter_message(*action, octets, dissect));
}

void ScenarioTap::on_message(const sa::OutboundMessage& message, Bytes& octets) {
  if (passing_ == nullptr) return;
  if (passing_->once && !passing_->mutate.empty())
    substitute_(octets, make_beside(message));
  else
    alter_finished(message, octets);
  passing_ = nullptr;
}

Bytes ScenarioTap::make_beside(const sa::OutboundMessage& honest) {
  sa::OutboundMessage message = honest;
  for (const MutationAction* action : actions(Layer::Values))
    if (takes_protection_away(*action))
      message.encrypted = false;
    else
      note(alter_values(*action, message));
  Bytes octets;
  if (message.encrypted) {
    sa::Plaintext plaintext{wire::serialise_chain(message.payloads), std::nullopt};
    alter_inside(message, plaintext);
    if (auto sealed = seal_(message, plaintext))
      octets = std::move(*sealed);
    else
      note("the keys of this IKE SA are not known to the runner");
  } else {
    octets = wire::Message{message.header, message.payloads, {}, {}}.octets();
  }
  alter_finished(message, octets);
  return octets;
}

}  // namespace ikevet::scenarios
