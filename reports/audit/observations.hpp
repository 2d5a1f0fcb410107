// What a run shows of the device's algorithms and of how it uses keys.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "reports/report.hpp"
#include "scenarios/format/audit_baseline.hpp"

namespace ikevet::reports {

/// How an algorithm was seen with the device.
enum class Use {
  Offered,     ///< in an SA payload of a request of the device; a hash algorithm that it announced
  Accepted,    ///< in what it chose of our proposals
  Negotiated,  ///< in an SA that came up; the method of its AUTH payload
};
std::string_view name(Use);  ///< "offered", ...
inline constexpr std::size_t kUses = 3;

/// Where something was seen: a few places stand for all.
struct Sightings {
  struct Place {
    std::string scenario;
    std::vector<std::size_t> frames;
  };
  std::size_t count{};
  std::vector<Place> places;

  void add(const std::string& scenario, std::vector<std::size_t> frames);
};

struct AlgorithmKey {
  wire::ProtocolId protocol{};
  scenarios::AuditKind kind{};
  std::uint16_t id{};
  std::uint16_t key_bits{};  ///< 0: without a Key Length
  std::string text() const;  ///< "ENCR_AES_CBC 256"
  friend auto operator<=>(const AlgorithmKey&, const AlgorithmKey&) = default;
};

struct AlgorithmSeen {
  std::array<Sightings, kUses> uses;
  const Sightings& of(Use use) const { return uses[static_cast<std::size_t>(use)]; }
};
using AlgorithmsSeen = std::map<AlgorithmKey, AlgorithmSeen>;

AlgorithmsSeen algorithms_seen(const RunReport& report);

/// What came of a check of the use of keys.
enum class CheckStatus {
  Fine,
  Warning,  ///< permitted, and worse than it could be
  Wrong,
  NotSeen,  ///< its situation did not occur
};
std::string_view name(CheckStatus);  ///< "fine", ...

/// One of docs/audit.md's checks.
struct BehaviourCheck {
  std::string id;     ///< "forward-secrecy"
  std::string title;  ///< "Forward secrecy of Child SAs"
  CheckStatus status = CheckStatus::NotSeen;
  std::string says;    ///< what was seen, with numbers
  std::string source;  ///< "RFC 7296 §2.12"
  Sightings where;     ///< of what decides
};

/// All of them, in a fixed order.
std::vector<BehaviourCheck> behaviour_of(const RunReport& report);

}  // namespace ikevet::reports
