// Which SAs an engine has, in the order in which they came to be: kept from its events.
#pragma once

#include <optional>
#include <vector>

#include "engine/base/ids.hpp"
#include "engine/trace/event.hpp"

namespace ikevet::scenarios {

class SaBook {
 public:
  void note(const trace::Event& event);

  /// The newest established IKE SA, and the newest Child SA of an IKE SA (by our inbound SPI).
  std::optional<IkeSpis> newest_ike() const;
  std::optional<ChildSpi> newest_child(IkeSpis ike) const;
  const std::vector<IkeSpis>& ike_sas() const { return ike_; }
  bool ever_established() const { return ever_; }

 private:
  struct Child {
    IkeSpis ike;
    ChildSpi inbound;
  };
  std::vector<IkeSpis> ike_;
  std::vector<Child> children_;
  bool ever_{};
};

}  // namespace ikevet::scenarios
