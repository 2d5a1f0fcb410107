// Joins an engine and the data plane beside it.
#pragma once

#include <vector>

#include "engine/esp/data_plane.hpp"
#include "engine/sa/engine.hpp"

namespace ikevet::transport {

/// Hands the keys of Child SAs to a data plane, and everything to whoever else asked for it.
class DataPlaneKeys final : public sa::KeyLog {
 public:
  /// Nothing is owned; `next` may be null.
  explicit DataPlaneKeys(esp::DataPlane& plane, sa::KeyLog* next = nullptr) : plane_(plane), next_(next) {}
  void ike_keys(const IkeSpis& spis, const crypto::IkeSuite& suite, const keys::SaKeys& keys) override;
  void child_keys(const sa::ChildKeyEntry& entry) override;
  void child_moved(ChildSpi inbound, ChildSpi outbound, const Endpoint& local, const Endpoint& remote) override;

 private:
  esp::DataPlane& plane_;
  sa::KeyLog* next_;
};

/// Where each Child SA of the engine is reached.
std::vector<esp::SaPath> paths_of(const sa::Engine& engine);

/// Tells the data plane what a step of the engine brought about.
esp::PlaneOutputs tell(esp::DataPlane& plane, const sa::Engine& engine, const std::vector<trace::Event>& events,
                       Instant now);

/// What the engine is asked to do about what the data plane reports: a Child SA that has carried its share is rekeyed,
/// and one whose limit is reached deleted (RFC 4301 §4.4.2.1, RFC 7296 §2.8). SAs that are gone are passed over.
std::vector<sa::Command> wishes(const sa::Engine& engine, const std::vector<trace::Event>& of_plane);

}  // namespace ikevet::transport
