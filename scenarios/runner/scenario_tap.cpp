#include "scenarios/runner/scenario_tap.hpp"

#include <algorithm>

#include "engine/wire/message.hpp"
#include "scenarios/format/unprotected.hpp"

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
  if (!passing_) return;
  passing_ = false;
  if (order_->once && made_->altered) {
    substitute_(octets, make_beside(message));
    return;
  }
  alter_finished(message, octets);
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
