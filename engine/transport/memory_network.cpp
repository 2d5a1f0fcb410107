#include "engine/transport/memory_network.hpp"

#include <algorithm>
#include <iterator>

#include "engine/transport/data_plane_link.hpp"

namespace ikevet::transport {
namespace {

/// A host that asks to be woken in the past is woken a little later instead: virtual time must pass.
constexpr Duration kLeastSleep = std::chrono::milliseconds(1);

void earlier(std::optional<Instant>& best, const std::optional<Instant>& candidate) {
  if (candidate && (!best || *candidate < *best)) best = candidate;
}

}  // namespace

std::optional<Instant> EngineHost::wake_at(Instant now) const {
  std::optional<Instant> out = engine_wake_;
  if (plane_ != nullptr) earlier(out, plane_->wake_at(now));
  return out;
}

Reaction EngineHost::react(sa::Outputs outputs, Instant now) {
  engine_wake_ = outputs.wake_at;
  if (plane_ == nullptr) {
    std::ranges::move(outputs.events, std::back_inserter(events_));
    return {std::move(outputs.datagrams), outputs.wake_at};
  }
  esp::PlaneOutputs more = tell(*plane_, engine_, outputs.events, now);
  std::ranges::move(outputs.events, std::back_inserter(events_));
  Reaction out = react(std::move(more), now);
  out.datagrams.insert(out.datagrams.begin(), std::make_move_iterator(outputs.datagrams.begin()),
                       std::make_move_iterator(outputs.datagrams.end()));
  return out;
}

Reaction EngineHost::react(esp::PlaneOutputs outputs, Instant now) {
  const std::vector<sa::Command> asked = wishes(engine_, outputs.events);
  std::ranges::move(outputs.events, std::back_inserter(events_));
  Reaction out{std::move(outputs.datagrams), wake_at(now)};
  for (const sa::Command& wish : asked) {
    Reaction more = react(engine_.command(wish, now), now);
    std::ranges::move(more.datagrams, std::back_inserter(out.datagrams));
    out.wake_at = more.wake_at;
  }
  return out;
}

Reaction EngineHost::handle(const Datagram& datagram, Instant now) {
  if (plane_ != nullptr && plane_->takes(datagram)) return react(plane_->handle(datagram, now), now);
  return react(engine_.handle(datagram, now), now);
}

Reaction EngineHost::tick(Instant now) {
  if (plane_ == nullptr) return react(engine_.tick(now), now);
  Reaction out = react(plane_->tick(now), now);
  // The engine is woken when it asked to be, not whenever the data plane did.
  if (!engine_wake_ || *engine_wake_ > now) return out;
  Reaction more = react(engine_.tick(now), now);
  more.datagrams.insert(more.datagrams.begin(), std::make_move_iterator(out.datagrams.begin()),
                        std::make_move_iterator(out.datagrams.end()));
  return more;
}

void MemoryNetwork::attach(const IpAddress& address, Host& host) { hosts_[address] = Attached{&host, std::nullopt}; }
void MemoryNetwork::detach(const IpAddress& address) { hosts_.erase(address); }

void MemoryNetwork::send(Datagram datagram) { pass_from(0, std::move(datagram), latency_); }

void MemoryNetwork::pass_from(std::size_t first_fault, Datagram datagram, Duration delay) {
  if (first_fault == faults_.size()) {
    in_flight_.emplace(DeliveryKey{now_ + delay, sent_++}, std::move(datagram));
    return;
  }
  for (Onward& onward : faults_[first_fault]->pass(std::move(datagram), now_))
    pass_from(first_fault + 1, std::move(onward.datagram), delay + onward.delay);
}

void MemoryNetwork::take(Attached& attached, Reaction reaction) {
  attached.wake_at = reaction.wake_at;
  if (attached.wake_at && *attached.wake_at <= now_) attached.wake_at = now_ + kLeastSleep;
  for (Datagram& datagram : reaction.datagrams) send(std::move(datagram));
}

void MemoryNetwork::react(const IpAddress& host, Reaction reaction) { take(hosts_.at(host), std::move(reaction)); }

std::optional<Instant> MemoryNetwork::next_event() const {
  std::optional<Instant> next;
  if (!in_flight_.empty()) next = in_flight_.begin()->first.first;
  for (const auto& fault : faults_) earlier(next, fault->wake_at());
  for (const auto& [address, attached] : hosts_) earlier(next, attached.wake_at);
  return next;
}

bool MemoryNetwork::step(Instant limit) {
  const auto next = next_event();
  if (!next || *next > limit) return false;
  advance_to(*next);
  return deliver_due() || release_due() || tick_due();
}

bool MemoryNetwork::deliver_due() {
  if (in_flight_.empty() || in_flight_.begin()->first.first > now_) return false;
  const Datagram datagram = std::move(in_flight_.begin()->second);
  in_flight_.erase(in_flight_.begin());
  const auto to = hosts_.find(datagram.destination.address);
  if (to != hosts_.end()) take(to->second, to->second.host->handle(datagram, now_));
  return true;
}

bool MemoryNetwork::release_due() {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const auto wake = faults_[i]->wake_at();
    if (!wake || *wake > now_) continue;
    for (Onward& onward : faults_[i]->release(now_))
      pass_from(i + 1, std::move(onward.datagram), latency_ + onward.delay);
    return true;
  }
  return false;
}

bool MemoryNetwork::tick_due() {
  for (auto& [address, attached] : hosts_) {
    if (!attached.wake_at || *attached.wake_at > now_) continue;
    attached.wake_at.reset();
    take(attached, attached.host->tick(now_));
    return true;
  }
  return false;
}

MemoryTransport::MemoryTransport(MemoryNetwork& network, const IpAddress& address, const std::vector<IpAddress>& more)
    : network_(network), addresses_{address} {
  addresses_.insert(addresses_.end(), more.begin(), more.end());
  for (const IpAddress& one : addresses_) network_.attach(one, *this);
}

MemoryTransport::~MemoryTransport() {
  for (const IpAddress& one : addresses_) network_.detach(one);
}

Reaction MemoryTransport::handle(const Datagram& datagram, Instant now) {
  arrived_.push_back({now, datagram});
  return {};
}

std::optional<Arrival> MemoryTransport::receive(Instant until) {
  while (!interrupted()) {
    if (!arrived_.empty()) {
      Arrival arrival = std::move(arrived_.front());
      arrived_.pop_front();
      return arrival;
    }
    if (!network_.step(until)) {
      network_.advance_to(until);
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace ikevet::transport
