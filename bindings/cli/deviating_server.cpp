#include "bindings/cli/deviating_server.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bindings/cli/user_error.hpp"
#include "engine/transport/udp_transport.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/loader.hpp"
#include "scenarios/runner/deviating_peer.hpp"
#include "scenarios/runner/overlay.hpp"

namespace ikevet::cli {
namespace {

/// A signal does not end the wait by itself, so that it is never a long one.
constexpr Duration kGlance = std::chrono::milliseconds(100);

}  // namespace

scenarios::Deviation deviation_for(const std::string& id, const std::string& role) {
  const auto data_dir = scenarios::find_data_dir();
  const auto catalogue = scenarios::load_catalogue(data_dir / "requirements");
  const auto all = scenarios::load_deviations(data_dir / "deviations", catalogue);
  scenarios::Deviation out = scenarios::find_deviation(all, id);
  if (std::ranges::find(out.roles, role) == out.roles.end())
    throw app::UserError(app::ExitCode::Usage, fmt::format("{} is a deviation of an {}", id, out.roles.front()),
                         role == "responder" ? "play it with `ikevet connect`" : "play it with `ikevet serve`");
  return out;
}

void play_deviating(const scenarios::Deviation& deviation, const scenarios::Target& target, PeerSetup setup,
                    bool initiate, Watcher& watcher, const std::function<bool()>& over) {
  transport::UdpTransport transport(setup.udp);
  setup.config.ike_port = transport.ike_endpoint().port;
  setup.config.nat_t_port = transport.nat_t_endpoint().port;
  const bool device = target.kind == scenarios::TargetKind::Loopback && !initiate;
  scenarios::apply_overrides(target, (device ? target.dut_config : target.harness_config).auth, deviation.config,
                             setup.config);
  OsRandom random;
  const Endpoint other{initiate ? target.dut_address : target.harness_address,
                       initiate ? target.dut_ike_port : target.harness_ike_port};
  scenarios::DeviatingPeer peer(deviation, std::move(setup.config), random,
                                {transport.ike_endpoint(), other, 0, !transport.sends_bare_esp()}, nullptr, &watcher);
  std::optional<Instant> wake;
  const auto carry_out = [&](const transport::Reaction& reaction) {
    wake = reaction.wake_at;
    for (const Datagram& datagram : reaction.datagrams)
      for (const Datagram& leaving : watcher.on_send(datagram, transport.now())) transport.send(leaving);
    for (const trace::Event& event : peer.take_events()) watcher.on_event(event, transport.now());
  };
  if (initiate) carry_out(peer.command(sa::Initiate{transport.ike_endpoint(), other}, transport.now()));
  while (!over()) {
    const Instant glance = transport.now() + kGlance;
    if (const auto arrival = transport.receive(wake ? std::min(*wake, glance) : glance)) {
      watcher.on_receive(*arrival);
      carry_out(peer.handle(arrival->datagram, arrival->at));
    } else if (wake && *wake <= transport.now()) {
      carry_out(peer.tick(transport.now()));
    }
  }
}

}  // namespace ikevet::cli
