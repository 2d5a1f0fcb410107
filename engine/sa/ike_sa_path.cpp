// The endpoints of an IKE SA and its Child SAs: NAT traversal (RFC 7296 §2.23) and MOBIKE (RFC 4555).
#include <algorithm>
#include <stdexcept>

#include "engine/sa/ike_sa.hpp"
#include "engine/sa/nat.hpp"

namespace ikevet::sa {

using wire::NotifyType;

namespace {

constexpr std::uint8_t kKeepalive = 0xff;  // RFC 3948 §2.3

bool contains(const std::vector<IpAddress>& list, const IpAddress& address) {
  return std::ranges::find(list, address) != list.end();
}

bool updates_addresses(const std::vector<wire::Payload>& payloads) {
  return wire::find_notify(payloads, NotifyType::UPDATE_SA_ADDRESSES) || read_additional_addresses(payloads);
}

}  // namespace

// ------------------------------------------------------------------------------------------------------- endpoints

Path IkeSa::path() const { return {facts_.local, facts_.remote, facts_.behind_nat()}; }

void IkeSa::move_children(Established& sa, Step& step) {
  const Path now = path();
  if (facts_.mobility) {
    if (facts_.mobility->children == now) return;
    facts_.mobility->children = now;
  }
  for (const ChildSa& child : sa.children) {
    if (step.env.key_log) step.env.key_log->child_moved(child.inbound, child.outbound, now.local, now.remote);
    step.out.events.push_back(
        trace::ChildSaMoved{facts_.spis, child.inbound, child.outbound, now.local, now.remote, now.udp_encapsulation});
  }
}

void IkeSa::set_path(const Endpoint& local, const Endpoint& remote, std::string why, Step& step) {
  if (facts_.local == local && facts_.remote == remote) return;
  facts_.local = local;
  facts_.remote = remote;
  if (facts_.mobility) ++facts_.mobility->changes;
  step.out.events.push_back(trace::IkeSaMoved{facts_.spis, local, remote, std::move(why)});
}

void IkeSa::apply(Established& sa, const PathChange& change, Step& step) {
  if (change.path) set_path(change.path->local, change.path->remote, change.why, step);
  // A NAT that we claim to be behind is not found again by looking.
  if (change.local_behind_nat)
    facts_.local_behind_nat = *change.local_behind_nat || step.env.config.nat.force_encapsulation;
  if (change.peer_behind_nat) facts_.peer_behind_nat = *change.peer_behind_nat;
  if (change.children) move_children(sa, step);
}

void IkeSa::repeat_outstanding(Established& sa, Step& step) {
  // RFC 4555 §3.5: outstanding requests go on being repeated, between the new addresses; these get their full time.
  for (auto& [exchange, pending] : sa.outstanding) {
    pending = PendingRequest::first(pending.id, pending.exchange, std::move(pending.message),
                                    step.env.config.retransmission, step.now);
    step.out.events.push_back(trace::Retransmitted{facts_.spis, pending.exchange, pending.id, pending.attempts});
    transmit(pending.message, step);
  }
}

// --------------------------------------------------------------------------------------------------- NAT traversal

void IkeSa::follow_peer(Established& sa, const Datagram& datagram, Step& step) {
  // RFC 7296 §2.23: without a NAT the addresses stay as agreed; a peer behind one is followed, by the side that is not,
  // on a new message whose integrity holds. RFC 4555 §3.8: with MOBIKE nobody does.
  if (!facts_.peer_behind_nat || facts_.local_behind_nat || facts_.mobility) return;
  if (facts_.remote == datagram.source && facts_.local == datagram.destination) return;
  set_path(datagram.destination, datagram.source, "the peer's NAT maps it elsewhere, RFC 7296 §2.23", step);
  move_children(sa, step);
}

std::optional<Instant> IkeSa::keepalive_due(const Config& config) const {
  // RFC 3948 §4: the side behind the NAT keeps the mapping alive, if nothing else does.
  const bool needed = facts_.local_behind_nat && config.nat.keepalive && facts_.local.port == config.nat_t_port;
  if (!needed || !established()) return std::nullopt;
  return last_sent_ + *config.nat.keepalive;
}

void IkeSa::keep_alive(Step& step) {
  const auto due = keepalive_due(step.env.config);
  if (!due || *due > step.now) return;
  last_sent_ = step.now;
  step.out.datagrams.push_back({facts_.local, facts_.remote, Bytes{kKeepalive}});
}

// ---------------------------------------------------------------------------------------------------------- MOBIKE

void IkeSa::append_mobility(std::vector<wire::Payload>& payloads, bool request, const Config& config) const {
  // RFC 4555 §3.2, §3.4: in the message with the SA payload; the responder answers what it was asked.
  if (!config.mobike.supported || (!request && !facts_.mobility)) return;
  payloads.push_back(notify(NotifyType::MOBIKE_SUPPORTED));
  for (wire::Payload& address : additional_addresses(config.mobike.additional_addresses, facts_.local.address, false))
    payloads.push_back(std::move(address));
  // §3.9: without NAT traversal the first IKE_AUTH request protects its addresses.
  if (request && !config.nat.supported)
    payloads.push_back(notify(NotifyType::NO_NATS_ALLOWED, no_nats_allowed(facts_.local, facts_.remote)));
}

void IkeSa::note_mobility(const std::vector<wire::Payload>& payloads, Step& step) {
  if (!step.env.config.mobike.supported || !wire::find_notify(payloads, NotifyType::MOBIKE_SUPPORTED)) return;
  facts_.mobility = std::make_shared<Mobility>();
  facts_.mobility->initiator = facts_.original_initiator;
  facts_.mobility->children = facts_.mobility->confirmed = path();
  if (auto addresses = read_additional_addresses(payloads)) {
    facts_.mobility->peer_addresses = *addresses;
    step.out.events.push_back(trace::PeerAddresses{facts_.spis, std::move(*addresses)});
  }
}

void IkeSa::inherit_path(const Facts& old) {
  facts_.local = old.local;
  facts_.remote = old.remote;
  facts_.local_behind_nat = old.local_behind_nat;
  facts_.peer_behind_nat = old.peer_behind_nat;
}

void IkeSa::queue_update(Established& sa) {
  if (!sa.in_charge()) return;  // the one that has the Child SAs tells the peer
  if (std::exchange(facts_.mobility->update_pending, true)) return;
  sa.waiting.push_front(update_addresses_exchange());
}

void IkeSa::move(const IpAddress& local, const IpAddress& remote, const std::string& why, Step& step) {
  Established* sa = established();
  if (!sa || !facts_.mobility) throw std::invalid_argument("the peer does not use MOBIKE (RFC 4555) in this IKE SA");
  Mobility& mobility = *facts_.mobility;
  if (!mobility.initiator)
    throw std::invalid_argument("only the party that began the first IKE SA moves it (RFC 4555 §3.5)");
  if (local.is_v6() != remote.is_v6()) throw std::invalid_argument("one address is IPv4, the other IPv6");
  const Endpoint from{local, facts_.local.port};
  Endpoint to{remote, facts_.remote.port};
  const bool elsewhere = remote != facts_.remote.address;
  if (elsewhere && from.port == step.env.config.nat_t_port) to.port = step.env.config.peer_nat_t_port;
  set_path(from, to, why, step);
  mobility.tried.clear();
  // §3.7: an address of the peer that is new to us is tested, by the update itself, before the Child SAs go there.
  if (!elsewhere || !step.env.config.mobike.return_routability) move_children(*sa, step);
  repeat_outstanding(*sa, step);
  queue_update(*sa);
  next_exchange(*sa, step);
}

void IkeSa::addresses_changed(Step& step) {
  Established* sa = established();
  if (!sa || !facts_.mobility) return;
  const std::vector<IpAddress>& ours = step.env.config.mobike.additional_addresses;
  Mobility& mobility = *facts_.mobility;
  if (ours.empty()) return;  // no address at all: there is nothing to be done until there is one
  if (contains(ours, facts_.local.address)) {
    if (sa->in_charge()) sa->waiting.push_back(announce_addresses_exchange());
    return next_exchange(*sa, step);
  }
  // The address in use is gone. The same family first, for the peer's address can stay; else one of the peer's others.
  std::vector<IpAddress> theirs{facts_.remote.address};
  theirs.insert(theirs.end(), mobility.peer_addresses.begin(), mobility.peer_addresses.end());
  for (const IpAddress& remote : theirs) {
    const auto local = std::ranges::find(ours, remote.is_v6(), &IpAddress::is_v6);
    if (local == ours.end()) continue;
    if (mobility.initiator) return move(*local, remote, "our address is gone, RFC 4555 §3.5", step);
    // §3.5, §3.6: a responder whose address is gone may use another one, and says so to the initiator.
    Endpoint to{remote, facts_.remote.port};
    if (remote != facts_.remote.address && facts_.local.port == step.env.config.nat_t_port)
      to.port = step.env.config.peer_nat_t_port;
    set_path({*local, facts_.local.port}, to, "our address is gone, RFC 4555 §3.6", step);
    move_children(*sa, step);
    repeat_outstanding(*sa, step);
    if (sa->in_charge()) sa->waiting.push_front(announce_addresses_exchange());
    return next_exchange(*sa, step);
  }
}

bool IkeSa::try_other_path(Established& sa, PendingRequest& pending, Step& step) {
  // RFC 4555 §3.5, §3.10: a request that was repeated several times suggests that the path is broken.
  const Mobike& policy = step.env.config.mobike;
  if (!facts_.mobility || !facts_.mobility->initiator || pending.attempts < policy.tries) return false;
  Mobility& mobility = *facts_.mobility;
  std::vector<IpAddress> ours{facts_.local.address};
  ours.insert(ours.end(), policy.additional_addresses.begin(), policy.additional_addresses.end());
  std::vector<IpAddress> theirs{facts_.remote.address};
  theirs.insert(theirs.end(), mobility.peer_addresses.begin(), mobility.peer_addresses.end());
  if (mobility.tried.empty()) mobility.tried.push_back(path());
  // The address that we began with may not be among the additional ones.
  for (const Path& tried : mobility.tried)
    if (!contains(ours, tried.local.address)) ours.push_back(tried.local.address);
  const auto was_tried = [&](const IpAddress& local, const IpAddress& remote) {
    return std::ranges::any_of(mobility.tried, [&](const Path& tried) {
      return tried.local.address == local && tried.remote.address == remote;
    });
  };
  for (const IpAddress& remote : theirs) {
    for (const IpAddress& local : ours) {
      if (local.is_v6() != remote.is_v6() || was_tried(local, remote)) continue;
      step.out.events.push_back(trace::PathTested{facts_.spis, facts_.local, facts_.remote, false});
      Endpoint to{remote, facts_.remote.port};
      if (remote != facts_.remote.address && facts_.local.port == step.env.config.nat_t_port)
        to.port = step.env.config.peer_nat_t_port;
      // The address that we leave may come back: it stays among those to be tried later.
      if (!contains(mobility.peer_addresses, facts_.remote.address) && remote != facts_.remote.address)
        mobility.peer_addresses.push_back(facts_.remote.address);
      set_path({local, facts_.local.port}, to, "no answer between the other addresses, RFC 4555 §3.10", step);
      mobility.tried.push_back(path());
      queue_update(sa);
      repeat_outstanding(sa, step);
      return true;
    }
  }
  return false;
}

void IkeSa::answer_mobike(const Incoming& in, Answer& answer, Step& step) {
  const Config& config = step.env.config;
  const std::vector<wire::Payload>& request = in.inner;
  Mobility& mobility = *facts_.mobility;
  // §3.7: copied as it is.
  if (const wire::Notify* cookie = wire::find_notify(request, NotifyType::COOKIE2))
    answer.payloads.push_back(notify(NotifyType::COOKIE2, cookie->data));
  const NatSituation nat = detect_nat(request, facts_.spis, in.datagram->source, in.datagram->destination);
  if (updates_addresses(request)) {
    const auto refuse = [&](NotifyType type, std::string what, std::string section) {
      step.out.events.push_back(trace::PeerFault{facts_.spis, std::move(what), std::move(section), type});
      answer.payloads.push_back(notify(type));
    };
    const MessageId id = in.message.header.message_id;
    const bool stale = mobility.newest_update && id < *mobility.newest_update;
    // §3.9: answered to where the packet came from, and otherwise as if it had not come.
    if (!stale && violates_no_nats(request, in.datagram->source, in.datagram->destination))
      return refuse(NotifyType::UNEXPECTED_NAT_DETECTED, "NO_NATS_ALLOWED names other addresses", "RFC 4555 §3.9");
    if (!stale) {
      mobility.newest_update = id;
      if (wire::find_notify(request, NotifyType::UPDATE_SA_ADDRESSES)) {
        if (mobility.initiator) {
          step.out.events.push_back(
              trace::PeerFault{facts_.spis, "UPDATE_SA_ADDRESSES from the responder", "RFC 4555 §3.5", std::nullopt});
        } else if (contains(config.mobike.unacceptable, in.datagram->source.address)) {
          return refuse(NotifyType::UNACCEPTABLE_ADDRESSES,
                        in.datagram->source.address.text() + " is not acceptable by our policy", "RFC 4555 §3.5");
        } else {
          if (nat.supported && facts_.nat_detection) {
            facts_.peer_behind_nat = nat.peer_behind_nat;
            facts_.local_behind_nat = nat.local_behind_nat || config.nat.force_encapsulation;
          }
          set_path(in.datagram->destination, in.datagram->source, "UPDATE_SA_ADDRESSES, RFC 4555 §3.5", step);
          mobility.confirmed = path();
          mobility.check_routability = true;
        }
      }
      if (auto addresses = read_additional_addresses(request)) {
        mobility.peer_addresses = *addresses;
        step.out.events.push_back(trace::PeerAddresses{facts_.spis, *addresses});
        // §3.5: "particularly important if the announced set ... no longer contains the currently used address".
        const IpAddress& source = in.datagram->source.address;
        if (mobility.initiator && source != facts_.remote.address && !contains(*addresses, facts_.remote.address))
          mobility.peer_moved_to = source;
        else if (source != facts_.remote.address && !contains(mobility.peer_addresses, source))
          mobility.peer_addresses.push_back(source);
      }
    }
  }
  // §3.5, §3.8: who asks with NAT detection is answered with it.
  if (nat.supported && facts_.nat_detection)
    append_nat_detection(answer.payloads, facts_.spis, in.datagram->destination, in.datagram->source, config.nat);
}

void IkeSa::after_mobike(Established& sa, const Incoming& in, Step& step) {
  Mobility& mobility = *facts_.mobility;
  if (std::exchange(mobility.check_routability, false) && mobility.children != path()) {
    // §3.7: the Child SAs follow once the peer is known to be there, unless policy does without. A NAT that maps the
    // same address elsewhere is followed at once.
    const bool known = mobility.children.remote.address == facts_.remote.address;
    if (known || !step.env.config.mobike.return_routability)
      move_children(sa, step);
    else if (sa.in_charge())
      sa.waiting.push_front(check_routability_exchange());
  }
  if (const auto there = std::exchange(mobility.peer_moved_to, std::nullopt))
    return move(in.datagram->destination.address, *there, "the peer's address is gone, RFC 4555 §3.6", step);
  next_exchange(sa, step);
}

}  // namespace ikevet::sa
