// Internal addresses that a responder gives out, RFC 7296 §2.19.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "engine/sa/configuration_options.hpp"

namespace ikevet::sa {

/// Gives each address to one holder at a time. An address that came back is given out again only when all others have
/// been, so that late packets for its last holder do not reach the next one at once.
class AddressPool {
  struct State;

 public:
  /// An address in use; it goes back when the lease ends, also when the pool itself is gone by then.
  class Lease {
   public:
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&& other) noexcept;
    ~Lease();
    const IpAddress& address() const { return address_; }

   private:
    friend class AddressPool;
    Lease(std::shared_ptr<State> pool, const IpAddress& address) : pool_(std::move(pool)), address_(address) {}
    void give_back();
    std::shared_ptr<State> pool_;
    IpAddress address_;
  };

  explicit AddressPool(const std::vector<AddressRange>& ranges);

  /// An address of the family, `wish` where it is in the pool and free (§3.15.1: a value in a request is a
  /// suggestion). With IPv6 the last eight octets of a wish are tried within the pool's own network. Empty: none left.
  std::optional<Lease> take(bool v6, const std::optional<IpAddress>& wish = std::nullopt);
  std::size_t in_use() const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace ikevet::sa
