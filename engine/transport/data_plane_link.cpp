#include "engine/transport/data_plane_link.hpp"

#include <algorithm>
#include <iterator>

namespace ikevet::transport {

void DataPlaneKeys::ike_keys(const IkeSpis& spis, const crypto::IkeSuite& suite, const keys::SaKeys& keys) {
  if (next_ != nullptr) next_->ike_keys(spis, suite, keys);
}

void DataPlaneKeys::child_keys(const sa::ChildKeyEntry& entry) {
  plane_.keys({entry.ike, entry.suite, entry.initiator, entry.responder, entry.spi_to_initiator, entry.spi_to_responder,
               entry.keys});
  if (next_ != nullptr) next_->child_keys(entry);
}

void DataPlaneKeys::child_moved(ChildSpi inbound, ChildSpi outbound, const Endpoint& local, const Endpoint& remote) {
  if (next_ != nullptr) next_->child_moved(inbound, outbound, local, remote);
}

std::vector<esp::SaPath> paths_of(const sa::Engine& engine) {
  std::vector<esp::SaPath> out;
  for (const sa::IkeSaView& ike : engine.ike_sas())
    for (const sa::ChildSaView& child : ike.children)
      out.push_back({ike.spis, child.inbound, ike.local, ike.remote, ike.mobike,
                     ike.local_behind_nat || ike.peer_behind_nat, child.manner.peer_refuses_tfc_padding});
  return out;
}

esp::PlaneOutputs tell(esp::DataPlane& plane, const sa::Engine& engine, const std::vector<trace::Event>& events,
                       Instant now) {
  // Before the events: a Child SA that a new IKE SA has taken over must not go with the old one.
  const std::vector<esp::SaPath> paths = paths_of(engine);
  plane.follow(paths);
  esp::PlaneOutputs out;
  for (const trace::Event& event : events) {
    esp::PlaneOutputs one = plane.note(event, now);
    std::ranges::move(one.datagrams, std::back_inserter(out.datagrams));
    std::ranges::move(one.events, std::back_inserter(out.events));
  }
  // After them: the new ones have their place too (RFC 7296 §2.23: a set-up may change ports half-way).
  plane.follow(paths);
  return out;
}

std::vector<sa::Command> wishes(const sa::Engine& engine, const std::vector<trace::Event>& of_plane) {
  std::vector<sa::Command> out;
  for (const trace::Event& event : of_plane) {
    const auto* spent = std::get_if<trace::ChildSaSpent>(&event);
    if (!spent) continue;
    // By its SPI: the IKE SA may have been rekeyed since the data plane was told.
    for (const sa::IkeSaView& ike : engine.ike_sas()) {
      if (std::ranges::find(ike.children, spent->inbound, &sa::ChildSaView::inbound) == ike.children.end()) continue;
      if (spent->stage == trace::ChildSaSpent::Stage::Soft)
        out.emplace_back(sa::RekeyChildSa{ike.spis, spent->inbound});
      if (spent->stage == trace::ChildSaSpent::Stage::Hard)
        out.emplace_back(sa::DeleteChildSa{ike.spis, spent->inbound});
    }
  }
  return out;
}

}  // namespace ikevet::transport
