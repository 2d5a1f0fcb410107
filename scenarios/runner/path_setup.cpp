#include "scenarios/runner/path_setup.hpp"

#include "scenarios/runner/peer_setup.hpp"

namespace ikevet::scenarios {
namespace {

template <class T>
void set(const std::optional<T>& from, T& to) {
  if (from) to = *from;
}

}  // namespace

void apply_path(const ConfigOverrides& overrides, const std::vector<IpAddress>& ours,
                const std::vector<IpAddress>& theirs, double time_scale, sa::Config& out) {
  const FragmentationOverrides& fragments = overrides.fragmentation;
  set(fragments.supported, out.fragmentation.supported);
  if (fragments.threshold) out.fragmentation.threshold_v4 = out.fragmentation.threshold_v6 = *fragments.threshold;
  if (fragments.ladder) out.fragmentation.ladder.assign(fragments.ladder->begin(), fragments.ladder->end());

  set(overrides.nat.supported, out.nat.supported);
  set(overrides.nat.force_encapsulation, out.nat.force_encapsulation);
  if (overrides.nat.keepalive) out.nat.keepalive = scale(*overrides.nat.keepalive, time_scale);

  const MobikeOverrides& mobike = overrides.mobike;
  set(mobike.supported, out.mobike.supported);
  set(mobike.return_routability, out.mobike.return_routability);
  if (mobike.announce) out.mobike.additional_addresses = *mobike.announce ? ours : std::vector<IpAddress>{};
  if (mobike.refuse_moves) out.mobike.unacceptable = *mobike.refuse_moves ? theirs : std::vector<IpAddress>{};
}

}  // namespace ikevet::scenarios
