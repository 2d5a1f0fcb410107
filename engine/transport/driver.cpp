#include "engine/transport/driver.hpp"

#include <algorithm>

#include "engine/transport/data_plane_link.hpp"

namespace ikevet::transport {

void Driver::dispatch(const sa::Outputs& outputs) {
  wake_at_ = outputs.wake_at;
  const Instant now = transport_.now();
  for (const trace::Event& event : outputs.events) observer_.on_event(event, now);
  for (const Datagram& datagram : outputs.datagrams)
    for (const Datagram& leaving : observer_.on_send(datagram, now)) transport_.send(leaving);
  // Afterwards, so that the messages that made a Child SA leave before the first packet through it.
  if (plane_ != nullptr) dispatch(tell(*plane_, engine_, outputs.events, now));
}

void Driver::dispatch(const esp::PlaneOutputs& outputs) {
  const Instant now = transport_.now();
  for (const trace::Event& event : outputs.events) observer_.on_event(event, now);
  for (const Datagram& datagram : outputs.datagrams)
    for (const Datagram& leaving : observer_.on_send(datagram, now)) transport_.send(leaving);
  for (const sa::Command& wish : wishes(engine_, outputs.events)) command(wish);
}

void Driver::command(const sa::Command& command) { dispatch(engine_.command(command, transport_.now())); }

void Driver::deliver(const Datagram& datagram) {
  if (plane_ != nullptr && plane_->takes(datagram)) return dispatch(plane_->handle(datagram, transport_.now()));
  dispatch(engine_.handle(datagram, transport_.now()));
}

std::optional<Arrival> Driver::wait(Instant until) {
  const auto overdue = [this] { return wake_at_ && *wake_at_ <= transport_.now(); };
  if (!overdue()) {
    auto arrival = listen(wake_at_ ? std::min(until, *wake_at_) : until);
    if (arrival) return arrival;
  }
  if (overdue() && !transport_.interrupted()) dispatch(engine_.tick(transport_.now()));
  return std::nullopt;
}

std::optional<Arrival> Driver::listen(Instant until) {
  const auto wake = plane_ != nullptr ? plane_->wake_at(transport_.now()) : std::nullopt;
  auto arrival = listen_only(wake ? std::min(until, *wake) : until);
  if (wake && *wake <= transport_.now() && !transport_.interrupted()) dispatch(plane_->tick(transport_.now()));
  return arrival;
}

std::optional<Arrival> Driver::listen_only(Instant until) {
  auto arrival = transport_.receive(until);
  if (arrival) observer_.on_receive(*arrival);
  return arrival;
}

void Driver::run_once(Instant until) {
  if (const auto arrival = wait(until)) deliver(arrival->datagram);
}

}  // namespace ikevet::transport
