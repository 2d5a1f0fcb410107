// What a run's exchanges cost, against the ideal of RFC 7296 and against IKEv1.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/cost/exchanges.hpp"
#include "reports/report.hpp"

namespace ikevet::reports {

/// RFC 7296 §1.2: IKE_SA_INIT and IKE_AUTH. RFC 2409 §5 and §5.5: main mode 6 and aggressive mode 3 messages, quick
/// mode 3. A round trip is a message each way; three messages are one and a half.
struct IdealFlow {
  std::string_view name;
  std::size_t messages;
  double round_trips;
  std::string_view source;
};
inline constexpr IdealFlow kIkev2Ideal{"IKEv2, RFC 7296's ideal", 4, 2, "RFC 7296 §1.2"};
inline constexpr IdealFlow kIkev1Main{"IKEv1 main mode + quick mode", 9, 4.5, "RFC 2409 §5, §5.5"};
inline constexpr IdealFlow kIkev1Aggressive{"IKEv1 aggressive mode + quick mode", 6, 3, "RFC 2409 §5, §5.5"};

/// The round trip between harness and device.
struct PathTime {
  enum class Source {
    Given,      ///< by the user: measured elsewhere
    Estimated,  ///< the fastest answer of the device: network and its least work, so that C_crypto is a lower bound
    Virtual,    ///< the embedded device: the network is simulated, and the device takes no time on its clock
    Unknown,    ///< the device answered nothing
  };
  Source source = Source::Unknown;
  Duration round_trip{};
  std::string scenario;  ///< Estimated: where
  std::vector<std::size_t> frames;
};
std::string_view name(PathTime::Source);

/// The sum of C_network and C_crypto over the packets of some exchanges.
struct Cost {
  std::size_t exchanges{};
  std::size_t messages{};
  std::size_t packets{};
  double round_trips{};
  std::size_t octets{};
  std::size_t copies{};
  std::size_t lost{};
  Duration network{};  ///< C_network of all packets that arrived and were not repetitions
  Duration device{};   ///< C_crypto of the device's packets
  Duration harness{};  ///< C_crypto of ours
  Duration total() const { return network + device + harness; }
  Cost& operator+=(const Cost& other);
};

/// How one kind of exchange fared over the run.
struct ExchangeKind {
  std::string type;  ///< "CREATE_CHILD_SA"
  trace::Party initiator{};
  std::size_t count{}, answered{};
  Cost sum;
  std::optional<Duration> answer_min, answer_median, answer_max;  ///< whole, as seen from the harness
  std::optional<Duration> device_median;                          ///< of it, the device's; only where it answers
};

struct SetUpCost {
  std::string scenario;
  SetUp set_up;
  Cost cost;
  std::vector<std::size_t> frames;
  std::vector<Exchange> exchanges;
};

struct ScenarioCost {
  std::string scenario;
  Cost cost;
};

/// A group of an IKEv1 capture: one phase 1 with the quick modes under it.
struct Ikev1Flow {
  std::string mode;  ///< "main mode", "aggressive mode"
  std::size_t phase1_messages{}, quick_messages{}, quick_modes{}, other_messages{};
  std::size_t octets{};
  Duration elapsed{};  ///< from the first message of phase 1 to the last of the first quick mode
};

struct RunCost {
  PathTime path;
  std::vector<ScenarioCost> scenarios;  ///< those that were played, in order
  std::vector<SetUpCost> set_ups;       ///< complete ones
  std::vector<ExchangeKind> kinds;
  Cost total;
  std::vector<Duration> device_gaps;  ///< the device's retransmission curve: gap before each repetition
  std::string device_gaps_scenario;
  std::vector<Ikev1Flow> ikev1;  ///< measured
  std::string ikev1_capture;

  /// The set-up that stands for all: of those without repetitions the one with the median time; null if there is none.
  const SetUpCost* typical() const;
};

struct CostOptions {
  std::optional<Duration> round_trip;  ///< of the path, where it was measured
};
RunCost cost_of(const RunReport& report, const CostOptions& options = {});

/// One exchange under a path.
Cost cost_of(const Exchange& exchange, const PathTime& path);

/// IKEv1 messages of a capture, in order: their phases put together. RFC 2408 §3.1.
std::vector<Ikev1Flow> ikev1_flows(const std::vector<trace::Packet>& packets);

}  // namespace ikevet::reports
