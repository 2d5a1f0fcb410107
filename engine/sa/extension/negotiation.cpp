#include "engine/sa/extension/negotiation.hpp"

#include "engine/sa/extension/extras.hpp"

namespace ikevet::sa {

using wire::NotifyType;

void append_to_sa_init_request(std::vector<wire::Payload>& to, const Config& config,
                               const std::optional<RedirectTrail>& trail) {
  // RFC 5685 §3: REDIRECTED_FROM says REDIRECT_SUPPORTED as well.
  if (trail)
    to.push_back(notify(NotifyType::REDIRECTED_FROM, redirected_from_data(trail->from)));
  else if (config.extensions.redirect.follow)
    to.push_back(notify(NotifyType::REDIRECT_SUPPORTED));
}

void append_to_sa_init_response(std::vector<wire::Payload>& to, const Config& config) {
  // RFC 6023 §4: Protocol ID 1, no SPI.
  if (config.extensions.childless != Childless::Never)
    to.push_back(payload(wire::Notify{wire::ProtocolId::IKE, {}, NotifyType::CHILDLESS_IKEV2_SUPPORTED, {}}));
}

void append_to_auth_request(std::vector<wire::Payload>& to, const Config& config, const Facts& facts) {
  const Extensions& ours = config.extensions;
  if (ours.resumption.request) to.push_back(notify(NotifyType::TICKET_REQUEST));
  if (!ours.crash_detection.secret.empty()) to.push_back(qcd_notify(ours.crash_detection.secret.view(), facts.spis));
  if (ours.synchronisation.message_ids) to.push_back(notify(NotifyType::IKEV2_MESSAGE_ID_SYNC_SUPPORTED));
  if (ours.synchronisation.replay_counters) to.push_back(notify(NotifyType::IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED));
  append_window_size(to, config);
}

void append_to_auth_response(std::vector<wire::Payload>& to, const std::vector<wire::Payload>& request, Established& sa,
                             const Facts& facts, const Identity& idi, const Identity& idr, Step& step) {
  const Extensions& ours = step.env.config.extensions;
  if (wire::find_notify(request, NotifyType::TICKET_REQUEST)) {
    if (ours.resumption.issue) {
      const Bytes ticket = step.env.registry.tickets().seal(
          {idi, idr, sa.secured.suite, sa.secured.sk_d, step.now + ours.resumption.lifetime});
      to.push_back(notify(NotifyType::TICKET_LT_OPAQUE, ticket_lt_opaque_data({ours.resumption.lifetime, ticket})));
      step.out.events.push_back(trace::ExtensionUsed{facts.spis, "session-resumption", "a ticket was issued"});
    } else {
      // RFC 5723 §4.2: the client need not wait for one.
      to.push_back(notify(NotifyType::TICKET_NACK));
    }
  }
  if (!ours.crash_detection.secret.empty()) to.push_back(qcd_notify(ours.crash_detection.secret.view(), facts.spis));
  // RFC 6311 §5: "the responder MUST NOT assert support of a capability unless ... asserted by the initiator".
  if (sa.extras && sa.extras->synchronises_message_ids)
    to.push_back(notify(NotifyType::IKEV2_MESSAGE_ID_SYNC_SUPPORTED));
  if (sa.extras && sa.extras->synchronises_replay_counters)
    to.push_back(notify(NotifyType::IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED));
  append_window_size(to, step.env.config);
}

void learn_from_sa_init_request(Established& sa, const std::vector<wire::Payload>& request) {
  if (supports_redirect(request)) sa.extra().peer_follows_redirects = true;
}

namespace {

void learn_synchronisation(Established& sa, const std::vector<wire::Payload>& payloads, const Config& config) {
  const SynchronisationOptions& ours = config.extensions.synchronisation;
  if (ours.message_ids && wire::find_notify(payloads, NotifyType::IKEV2_MESSAGE_ID_SYNC_SUPPORTED))
    sa.extra().synchronises_message_ids = true;
  if (ours.replay_counters && wire::find_notify(payloads, NotifyType::IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED))
    sa.extra().synchronises_replay_counters = true;
}

}  // namespace

void learn_from_auth_request(Established& sa, const std::vector<wire::Payload>& request, const Config& config) {
  learn_synchronisation(sa, request, config);
  // What we have announced ourselves holds from here on.
  sa.secured.theirs.widen(config.window.size);
  learn_window_size(sa, request, config);
  if (config.extensions.crash_detection.take && wire::find_notify(request, NotifyType::QUICK_CRASH_DETECTION))
    sa.extra().peer_tokens.learn(request);
}

void learn_from_auth_response(Established& sa, const Facts& facts, const std::vector<wire::Payload>& response,
                              const Identity& idi, const Identity& idr, Step& step) {
  const Config& config = step.env.config;
  learn_from_auth_request(sa, response, config);
  const wire::Notify* ticket = wire::find_notify(response, NotifyType::TICKET_LT_OPAQUE);
  if (!ticket || !config.extensions.resumption.request) return;
  auto read = read_ticket_lt_opaque(ticket->data);
  if (!read) {
    step.out.events.push_back(
        trace::PeerFault{facts.spis, "TICKET_LT_OPAQUE: " + read.error().text(), "RFC 5723 §7.1", std::nullopt});
    return;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(read->lifetime).count();
  step.out.events.push_back(
      trace::ExtensionUsed{facts.spis, "session-resumption", "got a ticket for " + std::to_string(seconds) + " s"});
  step.env.registry.keep_ticket(
      facts.spis,
      Ticket{std::move(read->ticket), {idi, idr, sa.secured.suite, sa.secured.sk_d, step.now + read->lifetime}});
}

const GatewayIdentity* redirect_target(const Config& config, RedirectOptions::When when, bool client_supports_it) {
  const RedirectOptions& options = config.extensions.redirect;
  // RFC 5685 §3: never to a client that does not know it.
  return options.to && options.when == when && client_supports_it ? &*options.to : nullptr;
}

bool follow_redirect(const wire::Notify& redirect, Established& sa, const Facts& facts, Step& step) {
  const auto fault = [&](std::string what) {
    step.out.events.push_back(trace::PeerFault{facts.spis, std::move(what), "RFC 5685 §9.2", std::nullopt});
    return false;
  };
  const auto read = read_redirect(redirect.data);
  if (!read) return fault("REDIRECT: " + read.error().text());
  // RFC 5685 §9.2: the nonce belongs into IKE_SA_INIT alone.
  if (!read->nonce.empty()) return fault("REDIRECT with a nonce inside an IKE SA");
  const RedirectTrail* trail = sa.extras && sa.extras->trail ? &*sa.extras->trail : nullptr;
  const auto decision =
      decide_redirect(*read, step.env.config.extensions.redirect, facts.remote.address, trail, step.now);
  if (!decision.to) {
    step.out.events.push_back(trace::ExtensionUsed{
        facts.spis, "redirect", "to " + read->gateway.text() + " not followed: " + decision.why_not});
    return false;
  }
  step.out.events.push_back(trace::ExtensionUsed{facts.spis, "redirect", "to " + read->gateway.text()});
  step.env.registry.initiate_next({{facts.local.address, step.env.config.ike_port},
                                   {*decision.to, kIkePort == step.env.config.ike_port ? kIkePort : facts.remote.port},
                                   decision.trail});
  return true;
}

}  // namespace ikevet::sa
