#include "engine/transport/driver.hpp"

#include <algorithm>

namespace ikevet::transport {

void Driver::dispatch(const sa::Outputs& outputs) {
  wake_at_ = outputs.wake_at;
  const Instant now = transport_.now();
  for (const trace::Event& event : outputs.events) observer_.on_event(event, now);
  for (const Datagram& datagram : outputs.datagrams)
    for (const Datagram& leaving : observer_.on_send(datagram, now)) transport_.send(leaving);
}

void Driver::command(const sa::Command& command) { dispatch(engine_.command(command, transport_.now())); }

void Driver::deliver(const Datagram& datagram) { dispatch(engine_.handle(datagram, transport_.now())); }

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
  auto arrival = transport_.receive(until);
  if (arrival) observer_.on_receive(*arrival);
  return arrival;
}

void Driver::run_once(Instant until) {
  if (const auto arrival = wait(until)) deliver(arrival->datagram);
}

}  // namespace ikevet::transport
