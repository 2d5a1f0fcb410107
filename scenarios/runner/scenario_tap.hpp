// The mutations of one `send` step, applied to one message as it passes through the engine.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/sa/tap.hpp"
#include "scenarios/format/mutation.hpp"
#include "scenarios/runner/mutate.hpp"
#include "scenarios/runner/sk_fields.hpp"

namespace ikevet::scenarios {

class ScenarioTap final : public sa::OutboundTap {
 public:
  /// What to alter: the next message of this exchange and direction, once. An altered IKE_SA_INIT request that the
  /// device wants in another form is altered again in that form: with COOKIE all but the cookie is unchanged (RFC 7296
  /// §2.6), and after INVALID_KE_PAYLOAD (§1.2) all but what concerns the group.
  struct Order {
    wire::ExchangeType exchange{};
    bool response{};
    std::vector<Mutation> mutate;
    bool once{};  ///< see Send::once: the engine keeps the honest message
  };
  /// What has become of it.
  struct Made {
    IkeSpis spis;  ///< as the engine meant them
    MessageId message_id;
    wire::ExchangeType exchange{};
    bool response{};
    bool altered{};  ///< false when nothing was to be altered
    bool once{};
    std::string failure;  ///< why an alteration could not be made; empty: all were made
  };

  /// Encrypts and protects a message of ours with the keys of its IKE SA: for `once`, where the altered message is made
  /// beside the engine. Empty when the keys are not known.
  using Sealer = std::function<std::optional<Bytes>(const sa::OutboundMessage&, const sa::Plaintext& plaintext)>;
  /// How the Encrypted payload of a message of ours is laid out; empty when its keys are not known.
  using Sizes = std::function<std::optional<SkSizes>(const sa::OutboundMessage&)>;
  /// Told, for `once`, what is to go out the first time in place of the honest message that the engine keeps.
  using Substitute = std::function<void(const Bytes& honest, Bytes altered)>;
  ScenarioTap(Sealer seal, Sizes sizes, Substitute substitute)
      : seal_(std::move(seal)), sizes_(std::move(sizes)), substitute_(std::move(substitute)) {}

  void arm(Order order);
  /// Takes the order back, if it is still open, and gives what was made of it.
  std::optional<Made> disarm();
  bool made() const { return made_.has_value(); }

  void on_payloads(sa::OutboundMessage&) override;
  void on_plaintext(const sa::OutboundMessage&, sa::Plaintext&) override;
  void on_message(const sa::OutboundMessage&, Bytes& octets) override;

 private:
  /// The order that altered the first IKE_SA_INIT request, and the SPI of that.
  struct Begun {
    Order order;
    IkeSpi spi_i;
  };

  std::vector<const MutationAction*> actions(Layer layer) const;
  bool begins(const sa::OutboundMessage&) const;
  bool repeats_what_was_altered(const sa::OutboundMessage&) const;
  void alter_list(sa::OutboundMessage&);
  void note(const CannotAlter& why);
  void alter_inside(const sa::OutboundMessage& message, sa::Plaintext& plaintext);
  void alter_finished(const sa::OutboundMessage& message, Bytes& octets);
  Bytes make_beside(const sa::OutboundMessage& honest);

  Sealer seal_;
  Sizes sizes_;
  Substitute substitute_;
  std::optional<Order> order_;
  std::optional<Made> made_;
  std::optional<Begun> begun_;
  const Order* passing_{};  ///< whose message is on its way through
};

}  // namespace ikevet::scenarios
