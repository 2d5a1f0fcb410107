// What a set-up is to be expected to take over a link with a given delay and loss.
//
// Each packet takes `delay` one way and is lost with probability `loss`, independently of the others. A request of m
// packets that is answered with n packets is through with s = (1 - loss)^(m + n) at each try. The tries of a request go
// out at t_0 = 0 < t_1 < ... < t_K, the sums of the retransmission gaps. With c for the work of both ends:
//
//   E[T]      = sum_k s (1 - s)^k (t_k + 2 delay + c) / (1 - (1 - s)^(K+1))     given that it comes through
//   P[fails]  = (1 - s)^(K+1)
//   E[sent]   = sum_k (1 - s)^a(k) (m + (1 - loss)^m n),  a(k) = number of tries j < k whose answer comes before t_k
//
// A set-up is the sum over its exchanges, one after the other. IKEv1's last message has no answer; it counts `delay`,
// and when it is lost, comes again with the repetition of the message before it: (1 - loss)^2 at each later try.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/cost/cost.hpp"

namespace ikevet::reports {

struct Link {
  Duration delay{};            ///< one way
  double loss{};               ///< of a packet: 0 to 1
  std::vector<Duration> gaps;  ///< before each repetition of a request
  std::string gaps_source;     ///< where they are from
};

/// "delay=50ms,loss=0.02" or "loss=2%", with "retransmit=1s/2s/4s" where the device's own gaps are not to be used.
/// Throws std::invalid_argument that says what is wrong.
Link link_from_text(std::string_view text);

/// Messages of one step of a flow: a request and its answer, or a last message without one.
struct FlowStep {
  std::string name;
  std::size_t request_packets = 1;
  std::size_t response_packets = 1;  ///< 0: a last message
  Duration work{};                   ///< of both ends, C_crypto
};

struct Projection {
  std::string flow;
  std::string source;  ///< "observed in SCENARIO", "RFC 2409 ..."
  std::size_t packets{};
  Duration without_loss{};
  Duration expected{};  ///< given that it comes through
  double expected_packets{};
  double failure{};  ///< probability that a step is given up
};
Projection project(std::string flow, std::string source, const std::vector<FlowStep>& steps, const Link& link);

/// The typical set-up of the run, RFC 7296's ideal, IKEv1 by main and by aggressive mode. Gaps that the link does not
/// give are the device's where the run shows two or more, else 1, 2, 4, 8, 16 and 32 s.
std::vector<Projection> project(const RunCost& cost, Link& link);

}  // namespace ikevet::reports
