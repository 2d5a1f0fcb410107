#include "scenarios/runner/scenario_tap.hpp"

#include <algorithm>

#include "engine/wire/message.hpp"

namespace ikevet::scenarios {

void ScenarioTap::arm(Order order) {
  order_ = std::move(order);
  made_.reset();
  passing_ = false;
}

std::optional<ScenarioTap::Made> ScenarioTap::disarm() {
  order_.reset();
  return std::exchange(made_, std::nullopt);
}

std::vector<const MutationAction*> ScenarioTap::actions(Layer layer) const {
  std::vector<const MutationAction*> out;
  for (const Mutation& mutation : order_->mutate)
    if (mutation.layer == layer) out.push_back(&mutation.action);
  return out;
}

void ScenarioTap::note(const CannotAlter& why) {
  if (why && made_->failure.empty()) made_->failure = *why;
}

void ScenarioTap::on_payloads(sa::OutboundMessage& message) {
  passing_ = order_ && !made_ && message.header.exchange == order_->exchange &&
             message.header.is_response() == order_->response;
  if (!passing_) return;
  made_ = Made{message.header.spis,
               message.header.message_id,
               order_->exchange,
               order_->response,
               !order_->mutate.empty(),
               order_->once,
               {}};
  if (order_->once) return;
  for (const MutationAction* action : actions(Layer::Values)) note(alter_values(*action, message));
}

void ScenarioTap::on_plaintext(const sa::OutboundMessage& message, sa::Plaintext& plaintext) {
  if (!passing_ || order_->once) return;
  const wire::PayloadType first = wire::first_type(message.payloads);
  for (const MutationAction* action : actions(Layer::BeforeIntegrity))
    note(alter_plaintext(*action, first, plaintext.payloads));
}

void ScenarioTap::on_message(const sa::OutboundMessage& message, Bytes& octets) {
  if (!passing_) return;
  passing_ = false;
  if (order_->once && made_->altered) {
    substitute_(octets, make_beside(message));
    return;
  }
  for (const MutationAction* action : actions(Layer::AfterIntegrity)) note(alter_message(*action, octets));
}

Bytes ScenarioTap::make_beside(const sa::OutboundMessage& honest) {
  sa::OutboundMessage message = honest;
  for (const MutationAction* action : actions(Layer::Values)) note(alter_values(*action, message));
  Bytes octets;
  if (message.encrypted) {
    Bytes plaintext = wire::serialise_chain(message.payloads);
    const wire::PayloadType first = wire::first_type(message.payloads);
    for (const MutationAction* action : actions(Layer::BeforeIntegrity))
      note(alter_plaintext(*action, first, plaintext));
    if (auto sealed = seal_(message, plaintext))
      octets = std::move(*sealed);
    else
      note("the keys of this IKE SA are not known to the runner");
  } else {
    octets = wire::Message{message.header, message.payloads, {}, {}}.octets();
  }
  for (const MutationAction* action : actions(Layer::AfterIntegrity)) note(alter_message(*action, octets));
  return octets;
}

}  // namespace ikevet::scenarios
