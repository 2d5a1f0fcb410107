#include "engine/esp/data_plane.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ranges>

#include "engine/esp/selectors.hpp"

namespace ikevet::esp {
namespace {

constexpr std::size_t kMostAnnounced = 64;
constexpr std::size_t kMostDelivered = 1000;
constexpr std::uint8_t kKeepalive = 0xff;  // RFC 3948 §2.3
constexpr std::size_t kSpiSize = 4;

bool is_bare(const Datagram& datagram) { return datagram.source.port == 0 && datagram.destination.port == 0; }

/// Packets of an IKE SA that never came to a Child SA are told apart by both SPIs, in either order.
bool is_for(const keys::ChildSaKeySet& keys, const trace::ChildSaEstablished& event) {
  const auto pair = std::pair(keys.spi_to_initiator, keys.spi_to_responder);
  return keys.ike == event.ike &&
         (pair == std::pair(event.inbound, event.outbound) || pair == std::pair(event.outbound, event.inbound));
}

bool has_family(const std::vector<wire::TrafficSelector>& selectors, bool v6) {
  return host_within(selectors, v6).has_value();
}

}  // namespace

// --------------------------------------------------------------------------------------------- what the engine says

void DataPlane::keys(const keys::ChildSaKeySet& keys) {
  if (keys.suite.protocol != wire::ProtocolId::ESP) return;
  if (announced_.size() == kMostAnnounced) announced_.erase(announced_.begin());
  announced_.push_back(keys);
}

PlaneOutputs DataPlane::note(const trace::Event& event, Instant now) {
  PlaneOutputs out;
  if (const auto* up = std::get_if<trace::ChildSaEstablished>(&event)) {
    establish(*up, out);
  } else if (const auto* down = std::get_if<trace::ChildSaClosed>(&event)) {
    close(down->inbound);
  } else if (const auto* over = std::get_if<trace::IkeSaClosed>(&event)) {
    // RFC 7296 §1.4.1: with the IKE SA go the Child SAs that were not taken over by a successor.
    std::erase_if(sas_, [&](const Installed& one) { return one.ike == over->spis; });
    follows_nat_.erase(over->spis);
  } else if (const auto* nat = std::get_if<trace::NatDetected>(&event)) {
    follows_nat_[nat->ike] = nat->peer_behind_nat && !nat->local_behind_nat;
  } else if (const auto* moved = std::get_if<trace::ChildSaMoved>(&event)) {
    move(*moved);
  }
  advance_ping(now, out);
  return out;
}

void DataPlane::establish(const trace::ChildSaEstablished& event, PlaneOutputs& out) {
  const auto found = std::ranges::find_if(announced_, [&](const auto& one) { return is_for(one, event); });
  if (found == announced_.end()) return;
  const keys::ChildSaKeySet keys = std::move(*found);
  announced_.erase(found);

  const bool we_asked = keys.spi_to_initiator == event.inbound;
  EspSaSettings settings;
  settings.suite = keys.suite;
  settings.inbound = event.inbound;
  settings.outbound = event.outbound;
  // RFC 7296 §2.17: "i" protects what the initiator of the exchange sends.
  settings.encr_out = we_asked ? keys.keys.encr_i : keys.keys.encr_r;
  settings.integ_out = we_asked ? keys.keys.integ_i : keys.keys.integ_r;
  settings.encr_in = we_asked ? keys.keys.encr_r : keys.keys.encr_i;
  settings.integ_in = we_asked ? keys.keys.integ_r : keys.keys.integ_i;
  settings.local_ts = event.local_ts;
  settings.remote_ts = event.remote_ts;
  settings.transport_mode = event.transport_mode;
  settings.replay_window = options_.replay_window;
  settings.lifetime = options_.lifetime;
  const Endpoint local = we_asked ? keys.initiator : keys.responder;
  const Endpoint remote = we_asked ? keys.responder : keys.initiator;
  auto sa = EspSa::create(std::move(settings));
  if (!sa) {
    out.events.emplace_back(trace::EspDiscarded{
        event.inbound, remote, fmt::format("no data plane for {}", crypto::text(keys.suite)), "RFC 4303 §3.2"});
    return;
  }
  // RFC 7296 §2.8: the responder of a rekey MAY send on the new SA at once, but cannot be sure that it is there yet.
  const auto waits_for = we_asked ? std::nullopt : event.rekeys;
  sas_.push_back({std::move(*sa), event.ike, local, remote, local, remote, false, false, false, {}, waits_for, {}});
}

void DataPlane::close(ChildSpi inbound) {
  std::erase_if(sas_, [&](const Installed& one) { return one.sa.settings().inbound == inbound; });
  // RFC 7296 §2.8: a request to close the replaced SA shows that the new one is in use.
  for (Installed& one : sas_)
    if (one.waits_for == inbound) one.waits_for.reset();
}

PlaneOutputs DataPlane::follow(std::span<const SaPath> paths) {
  for (const SaPath& path : paths) {
    Installed* const one = find_inbound(path.inbound);
    if (one == nullptr) continue;
    if (one->ike != path.ike) {
      // RFC 7296 §2.18: the new IKE SA inherits the Child SAs of the old one.
      if (const auto nat = follows_nat_.find(one->ike); nat != follows_nat_.end())
        follows_nat_.emplace(path.ike, nat->second);
      one->ike = path.ike;
    }
    one->fixed = path.fixed;
    one->sa.pad_to(path.no_tfc ? 0 : options_.tfc_multiple);
    if (std::exchange(one->placed, true) && path.fixed) continue;
    one->udp = path.udp;
    if (one->engine_local != path.local) one->local = one->engine_local = path.local;
    if (one->engine_remote != path.remote) one->remote = one->engine_remote = path.remote;
  }
  return {};
}

void DataPlane::move(const trace::ChildSaMoved& event) {
  Installed* const one = find_inbound(event.inbound);
  if (one == nullptr) return;
  one->local = one->engine_local = event.local;
  one->remote = one->engine_remote = event.remote;
  one->udp = event.udp_encapsulation;
}

// ------------------------------------------------------------------------------------------------- what the network

bool DataPlane::takes(const Datagram& datagram) const {
  if (is_bare(datagram)) return true;
  if (datagram.destination.port != options_.nat_t_port) return false;
  const BytesView payload = datagram.payload;
  if (payload.size() == 1 && payload[0] == kKeepalive) return true;
  // RFC 3948 §2.2: four octets of zero where the SPI would stand mark IKE.
  return payload.size() >= kSpiSize &&
         std::ranges::any_of(payload.first(kSpiSize), [](std::uint8_t octet) { return octet != 0; });
}

PlaneOutputs DataPlane::handle(const Datagram& datagram, Instant now) {
  PlaneOutputs out;
  const BytesView packet = datagram.payload;
  if (packet.size() == 1 && packet[0] == kKeepalive && !is_bare(datagram)) return out;  // RFC 3948 §2.3: ignored
  const auto header = read_header(packet);
  if (!header) {
    discard({}, datagram, "shorter than an ESP header", "RFC 4303 §2", out);
    return out;
  }
  Installed* const one = find_inbound(header->spi);
  if (one == nullptr) {
    discard(header->spi, datagram, "no Child SA has this SPI", "RFC 4303 §3.4.2", out);
    return out;
  }
  auto accepted = one->sa.accept(packet, datagram.source.address, datagram.destination.address, !is_bare(datagram));
  if (!accepted) {
    discard(header->spi, datagram, accepted.error().why, accepted.error().section, out);
    tell_spent(*one, out);
    return out;
  }
  one->waits_for.reset();  // RFC 7296 §2.8: the initiator of the rekey uses the new SA
  if (accepted->sequence == one->sa.window().highest()) take_address(*one, datagram, out);
  tell_spent(*one, out);
  if (!accepted->packet.empty()) deliver(std::move(accepted->packet), *one, now, out);
  advance_ping(now, out);
  return out;
}

/// RFC 7296 §2.23: who is not behind a NAT sends to where the last valid packet of the other end came from.
void DataPlane::take_address(Installed& sa, const Datagram& datagram, PlaneOutputs& out) {
  if (!is_bare(datagram) && !sa.udp) sa.peer_udp_port = datagram.source.port;
  const auto nat = follows_nat_.find(sa.ike);
  const bool follows = !sa.fixed && nat != follows_nat_.end() && nat->second;
  if (is_bare(datagram) || !follows || datagram.source == sa.remote) return;
  out.events.emplace_back(trace::EspPeerMoved{sa.ike, sa.remote, datagram.source});
  for (Installed& one : sas_)
    if (one.ike == sa.ike) one.remote = datagram.source;
}

void DataPlane::deliver(Bytes inner, const Installed& through, Instant now, PlaneOutputs& out) {
  if (pinger_) {
    const auto echo = read_echo(inner);
    if (echo && pinger_->take(*echo)) return advance_ping(now, out);
  }
  if (options_.echo) {
    if (const auto answer = EchoHost::answer(inner, through.sa.settings().local_ts)) {
      ++answered_;
      return send_through(*answer, out);
    }
  }
  if (delivered_.size() < kMostDelivered) delivered_.push_back(std::move(inner));
}

PlaneOutputs DataPlane::tick(Instant now) {
  PlaneOutputs out;
  advance_ping(now, out);
  return out;
}

std::optional<Instant> DataPlane::wake_at(Instant now) const {
  return pinging() ? std::optional(pinger_->wake_at(now).value_or(now)) : std::nullopt;
}

// --------------------------------------------------------------------------------------------------- what users do

PlaneOutputs DataPlane::send(BytesView inner, Instant now) {
  PlaneOutputs out;
  send_through(inner, out);
  advance_ping(now, out);
  return out;
}

PlaneOutputs DataPlane::send_dummy(std::size_t size, Instant) {
  PlaneOutputs out;
  if (sas_.empty()) return out;
  Installed& newest = sas_.back();
  if (auto packet = newest.sa.dummy(size, random_)) out.datagrams.push_back(outer(newest, std::move(*packet)));
  return out;
}

void DataPlane::send_through(BytesView inner, PlaneOutputs& out) {
  const auto give_up = [&](ChildSpi spi, const Endpoint& local, Refusal refusal) {
    if (++complaints_ <= options_.most_complaints)
      out.events.emplace_back(
          trace::EspDiscarded{spi, local, "not sent: " + std::move(refusal.why), std::move(refusal.section)});
  };
  Installed* const via = for_sending(inner);
  if (via == nullptr) return give_up({}, {}, {"no Child SA carries this packet", "RFC 4301 §5.1"});
  auto packet = via->sa.protect(inner, random_);
  tell_spent(*via, out);
  if (!packet) return give_up(via->sa.settings().outbound, via->local, packet.error());
  out.datagrams.push_back(outer(*via, std::move(*packet)));
}

std::optional<PingPlan> DataPlane::complete(PingPlan plan) const {
  for (const Installed& one : sas_ | std::views::reverse) {
    const EspSaSettings& sa = one.sa.settings();
    const bool v6 = plan.destination.is_v6() || plan.source.is_v6() ||
                    !(has_family(sa.local_ts, false) && has_family(sa.remote_ts, false));
    const auto fill = [&](const IpAddress& given, const std::vector<wire::TrafficSelector>& within) {
      return given.is_unspecified() ? host_within(within, v6) : std::optional(given);
    };
    const auto source = fill(plan.source, sa.local_ts);
    const auto destination = fill(plan.destination, sa.remote_ts);
    if (!source || !destination || source->is_v6() != destination->is_v6()) continue;
    plan.source = *source;
    plan.destination = *destination;
    return plan;
  }
  return std::nullopt;
}

PlaneOutputs DataPlane::ping(const PingPlan& plan, Instant now) {
  pinger_.emplace(plan, now);
  measured_ = false;
  return tick(now);
}

PlaneOutputs DataPlane::stop_ping(Instant now) {
  if (pinger_) pinger_->stop(now);
  return tick(now);
}

void DataPlane::advance_ping(Instant now, PlaneOutputs& out) {
  if (!pinging()) return;
  for (const Bytes& request : pinger_->tick(now)) send_through(request, out);
  if (!pinger_->finished(now)) return;
  measured_ = true;
  const PingPlan& plan = pinger_->plan();
  const PingReport& report = pinger_->report();
  out.events.emplace_back(trace::TrafficMeasured{
      fmt::format("{} > {} {}", plan.source.text(), plan.destination.text(), plan.udp ? "UDP" : "ICMP"), report.sent,
      report.answered, report.duplicates, report.out_of_order});
}

const EspSa* DataPlane::newest() const { return sas_.empty() ? nullptr : &sas_.back().sa; }

const EspSa* DataPlane::find(ChildSpi inbound) const {
  const auto found =
      std::ranges::find_if(sas_, [&](const Installed& one) { return one.sa.settings().inbound == inbound; });
  return found == sas_.end() ? nullptr : &found->sa;
}

DataPlane::Installed* DataPlane::find_inbound(ChildSpi spi) {
  const auto found = std::ranges::find_if(sas_, [&](const Installed& one) { return one.sa.settings().inbound == spi; });
  return found == sas_.end() ? nullptr : &*found;
}

DataPlane::Installed* DataPlane::for_sending(BytesView inner) {
  Installed* waiting = nullptr;
  for (Installed& one : sas_ | std::views::reverse) {
    if (!one.sa.carries(inner)) continue;
    if (!one.waits_for) return &one;
    if (waiting == nullptr) waiting = &one;
  }
  return waiting;
}

Datagram DataPlane::outer(const Installed& via, Bytes packet) const {
  // RFC 7296 §2.23: IKE may be on port 4500 without a NAT, as MOBIKE has it (RFC 4555 §3.3); ESP stays as it is then.
  if (!via.udp && !options_.always_udp) return {{via.local.address, 0}, {via.remote.address, 0}, std::move(packet)};
  if (is_nat_t(via.local)) return {via.local, via.remote, std::move(packet)};
  const std::uint16_t peer_port = via.peer_udp_port.value_or(options_.peer_nat_t_port);
  return {{via.local.address, options_.nat_t_port}, {via.remote.address, peer_port}, std::move(packet)};
}

void DataPlane::discard(ChildSpi spi, const Datagram& datagram, std::string why, std::string section,
                        PlaneOutputs& out) {
  if (++complaints_ <= options_.most_complaints)
    out.events.emplace_back(trace::EspDiscarded{spi, datagram.source, std::move(why), std::move(section)});
}

void DataPlane::tell_spent(Installed& one, PlaneOutputs& out) {
  using Stage = trace::ChildSaSpent::Stage;
  const EspSa::Spent spent = one.sa.spent();
  const Stage stage = spent == EspSa::Spent::Hard ? Stage::Hard : spent == EspSa::Spent::Soft ? Stage::Soft : Stage::No;
  if (stage <= one.told) return;
  one.told = stage;
  const Carried& sent = one.sa.sent();
  const Carried& received = one.sa.received();
  out.events.emplace_back(trace::ChildSaSpent{one.ike, one.sa.settings().inbound, stage, sent.octets + received.octets,
                                              sent.packets + received.packets});
}

}  // namespace ikevet::esp
