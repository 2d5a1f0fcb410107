// IKE fragmentation in an IKE SA, RFC 7383: when a message is cut, how small, and what becomes of fragments.
#include <algorithm>

#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

namespace {

constexpr std::size_t kUdpHeader = 8;
constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv6Header = 40;
/// A peer's fragments teach us the size of the path (§2.5.1), but not to send hundreds of packets.
constexpr std::size_t kLeastLearned = 256;

std::size_t overhead(const Endpoint& local, const Endpoint& remote, const Config& config) {
  return (remote.address.is_v6() ? kIpv6Header : kIpv4Header) + kUdpHeader +
         (local.port == config.nat_t_port ? kNonEspMarkerSize : 0);
}

}  // namespace

PacketLimit IkeSa::packet_limit(const Secured& secured, bool response, const Config& config) const {
  const Fragmentation& policy = config.fragmentation;
  if (!secured.fragmentation) return {};
  const std::size_t configured = facts_.remote.address.is_v6() ? policy.threshold_v6 : policy.threshold_v4;
  const std::size_t threshold = secured.threshold != 0 ? std::min(secured.threshold, configured) : configured;
  const std::size_t around = overhead(facts_.local, facts_.remote, config);
  // §2.5.2: it is the initiator of the exchange who performs PMTU discovery.
  const bool smaller = std::ranges::any_of(policy.ladder, [&](std::size_t step) { return step < threshold; });
  return {threshold > around ? threshold - around : 1, !response && smaller};
}

Packets IkeSa::seal(Secured& secured, OutboundMessage message, Step& step, const Completion& complete) const {
  const PacketLimit limit = packet_limit(secured, message.header.is_response(), step.env.config);
  return compose(std::move(message), step.env.tap, secured.outbound, step.env.random, complete, limit);
}

/// §2.5.2: several repetitions without an answer, so the next smaller size is tried. True when `pending` has other
/// packets now, which are to go out.
bool IkeSa::retry_smaller(Secured& secured, PendingRequest& pending, Step& step) const {
  const Fragmentation& policy = step.env.config.fragmentation;
  if (!pending.message.original() || pending.attempts < policy.tries) return false;
  const std::size_t configured = facts_.remote.address.is_v6() ? policy.threshold_v6 : policy.threshold_v4;
  const std::size_t before = secured.threshold != 0 ? std::min(secured.threshold, configured) : configured;
  for (const std::size_t threshold : policy.ladder) {
    if (threshold >= before) continue;
    secured.threshold = threshold;  // §2.5.2: later exchanges begin with it
    Packets smaller = repack(pending.message, step.env.tap, secured.outbound, step.env.random,
                             packet_limit(secured, false, step.env.config));
    if (smaller.empty()) continue;
    // §2.5.2: a new probe resets the retransmission timers.
    pending = PendingRequest::first(pending.id, pending.exchange, std::move(smaller), step.env.config.retransmission,
                                    step.now);
    step.out.events.push_back(trace::FragmentSizeReduced{facts_.spis, pending.id, static_cast<int>(threshold)});
    return true;
  }
  return false;
}

/// Is this the Message ID of a message that we wait for? Fragments of others are not kept.
bool IkeSa::expects(const wire::IkeHeader& header) const {
  const Secured* secured = this->secured();
  if (header.is_request()) return secured && secured->theirs.place(header.message_id) == ResponseWindow::Place::Due;
  if (const auto* asked = state_.get_if<AwaitingIntermediate>()) return asked->pending.id == header.message_id;
  if (const auto* waiting = state_.get_if<AwaitingAuth>()) return waiting->pending.id == header.message_id;
  const Established* sa = established();
  return sa && std::ranges::any_of(sa->outstanding,
                                   [&](const Outstanding& one) { return one.request.id == header.message_id; });
}

/// True when `in` is to be processed: the message is complete, or it is one that we have answered.
bool IkeSa::take_fragment(Secured& secured, Incoming& in, Step& step) const {
  const wire::IkeHeader& header = in.message.header;
  const auto ignore = [&](std::string_view why, std::string section) {
    discard(in, std::string(why), std::move(section), step);
    return false;
  };
  if (!secured.fragmentation) return ignore("a fragment, though fragmentation was not agreed", "RFC 7383 §2.3");
  if (header.is_request() && secured.theirs.place(header.message_id) == ResponseWindow::Place::Repeated) {
    // §2.6.1: only the first fragment of a repeated request makes us repeat our answer.
    const auto* skf = wire::find<wire::EncryptedFragment>(in.message.payloads);
    if (skf->fragment_number != 1) return ignore("a later fragment of an answered request", "RFC 7383 §2.6.1");
    const auto chunk = open_fragment(in, secured.inbound_for(header));
    if (!chunk) return ignore(wire::text(chunk.error()), "RFC 7383 §2.6");
    in.opened = true;
    return true;
  }
  if (!expects(header)) return ignore("a fragment of a message that is not due", "RFC 7296 §2.3");
  const Reassembly::Outcome outcome =
      secured.fragments.add(in, secured.inbound, step.env.config.fragmentation, step.now);
  if (outcome.result == Reassembly::Result::Discarded) return ignore(outcome.why, "RFC 7383 §2.6");
  if (outcome.result == Reassembly::Result::Waiting) return false;

  step.out.events.push_back(trace::MessageReassembled{facts_.spis, header.message_id, header.is_response(),
                                                      static_cast<int>(outcome.fragments)});
  if (outcome.fragments > 1 && header.is_request()) {
    // §2.5.1: the size of the peer's fragments may be the threshold of our answers; the peer looked for a size that
    // passes, and we cannot.
    const std::size_t learned = std::max(
        outcome.largest + overhead(in.datagram->destination, in.datagram->source, step.env.config), kLeastLearned);
    secured.threshold = secured.threshold == 0 ? learned : std::min(secured.threshold, learned);
  }
  return true;
}

}  // namespace ikevet::sa
