// Repeated authentication, RFC 4478.
#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/sa/extension/extras.hpp"
#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

using wire::NotifyType;

void append_auth_lifetime(std::vector<wire::Payload>& to, Established& sa, const Config& config, Instant now) {
  const auto& lifetime = config.credentials.auth_lifetime;
  if (!lifetime) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*lifetime).count();
  to.push_back(notify(NotifyType::AUTH_LIFETIME, Writer().u32(static_cast<std::uint32_t>(seconds)).view()));
  // §2: the responder "SHOULD send a DELETE notification soon after the end of the lifetime period".
  sa.extra().authentication_ends = now + *lifetime;
}

void learn_auth_lifetime(Established& sa, const Facts& facts, const std::vector<wire::Payload>& payloads, Step& step) {
  // §2: the original responder alone sets a limit.
  const wire::Notify* limit = wire::find_notify(payloads, NotifyType::AUTH_LIFETIME);
  if (!limit || !facts.client()) return;
  if (limit->data.size() != 4) {
    step.out.events.push_back(trace::PeerFault{
        facts.spis, "AUTH_LIFETIME of " + std::to_string(limit->data.size()) + " octets", "RFC 4478 §3", std::nullopt});
    return;
  }
  const std::uint32_t lifetime = Reader(limit->data).u32("Lifetime");
  step.out.events.push_back(trace::ExtensionUsed{facts.spis, "repeated-authentication",
                                                 "the responder allows " + std::to_string(lifetime) + " s"});
  // §2: anew "within the time indicated"; after nine tenths of it there is time for retransmissions. Zero: at once.
  sa.extra().authentication_ends =
      step.now + std::chrono::duration_cast<Duration>(std::chrono::seconds(lifetime)) / 10 * 9;
}

void IkeSa::end_authentication(Established& sa, Step& step) {
  sa.extras->authentication_ends.reset();
  if (sa.deleting_ike_sa()) return;
  if (!facts_.client()) {
    sa.waiting.push_back(delete_ike_exchange());
    return next_exchange(sa, step);
  }
  step.out.events.push_back(trace::ExtensionUsed{facts_.spis, "repeated-authentication", "a new IKE SA is begun"});
  const Config& config = step.env.config;
  const bool natted = facts_.local.port == config.nat_t_port;
  step.env.registry.initiate_next({{facts_.local.address, config.ike_port},
                                   {facts_.remote.address, natted ? kIkePort : facts_.remote.port},
                                   sa.extras->trail,
                                   facts_.spis});
}

}  // namespace ikevet::sa
