#include "engine/sa/address_pool.hpp"

#include <algorithm>
#include <stdexcept>

namespace ikevet::sa {

namespace {

IpAddress successor(const IpAddress& address) {
  Bytes octets = to_bytes(address.octets());
  for (auto octet = octets.rbegin(); octet != octets.rend() && ++*octet == 0; ++octet) {
  }
  return *IpAddress::from_octets(octets);
}

}  // namespace

struct AddressPool::State {
  struct Range {
    IpAddress first;
    IpAddress last;
    std::optional<IpAddress> fresh;  ///< the first one never reached in order; empty: all have been
    bool holds(const IpAddress& address) const {
      return address.is_v6() == first.is_v6() && first <= address && address <= last;
    }
  };
  std::vector<Range> ranges;
  std::set<IpAddress> taken;
  std::deque<IpAddress> returned;  ///< in the order they came back

  std::optional<IpAddress> free_wish(const IpAddress& wish) const {
    const bool ours = std::ranges::any_of(ranges, [&](const Range& range) { return range.holds(wish); });
    if (!ours || taken.contains(wish)) return std::nullopt;
    return wish;
  }

  /// RFC 7296 §3.15.3: the interface identifier of a wish, in a network of ours.
  std::optional<IpAddress> with_identifier(const IpAddress& wish) const {
    constexpr std::size_t kPrefix = 8;
    for (const Range& range : ranges) {
      if (!range.first.is_v6()) continue;
      const auto moved =
          IpAddress::from_octets(cat(range.first.octets().first(kPrefix), wish.octets().subspan(kPrefix)));
      if (const auto free = moved ? free_wish(*moved) : std::nullopt) return free;
    }
    return std::nullopt;
  }

  std::optional<IpAddress> any(bool v6) {
    for (Range& range : ranges) {
      if (range.first.is_v6() != v6) continue;
      while (range.fresh) {
        const IpAddress candidate = *range.fresh;
        range.fresh = candidate == range.last ? std::nullopt : std::optional(successor(candidate));
        if (!taken.contains(candidate)) return candidate;
      }
    }
    for (auto candidate = returned.begin(); candidate != returned.end();) {
      if (taken.contains(*candidate)) {  // wished for in the meantime; it comes back once more
        candidate = returned.erase(candidate);
      } else if (candidate->is_v6() == v6) {
        const IpAddress out = *candidate;
        returned.erase(candidate);
        return out;
      } else {
        ++candidate;
      }
    }
    return std::nullopt;
  }
};

AddressPool::Lease& AddressPool::Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    give_back();
    pool_ = std::move(other.pool_);
    address_ = other.address_;
  }
  return *this;
}

AddressPool::Lease::~Lease() { give_back(); }

void AddressPool::Lease::give_back() {
  if (!pool_) return;
  pool_->taken.erase(address_);
  pool_->returned.push_back(address_);
  pool_.reset();
}

AddressPool::AddressPool(const std::vector<AddressRange>& ranges) : state_(std::make_shared<State>()) {
  for (const AddressRange& range : ranges) {
    if (range.first.is_v6() != range.last.is_v6() || range.last < range.first)
      throw std::invalid_argument("address pool from " + range.first.text() + " to " + range.last.text() +
                                  ": give two addresses of one family, the lower one first");
    state_->ranges.push_back({range.first, range.last, range.first});
  }
}

std::optional<AddressPool::Lease> AddressPool::take(bool v6, const std::optional<IpAddress>& wish) {
  std::optional<IpAddress> address;
  if (wish && wish->is_v6() == v6) {
    address = state_->free_wish(*wish);
    if (!address && v6) address = state_->with_identifier(*wish);
  }
  if (!address) address = state_->any(v6);
  if (!address) return std::nullopt;
  state_->taken.insert(*address);
  return Lease(state_, *address);
}

std::size_t AddressPool::in_use() const { return state_->taken.size(); }

}  // namespace ikevet::sa
