// The exchanges of a trace, and what each of them took.
//
// Cost model:  C_total = sum over packets (C_network + C_crypto).
//   C_network of a packet is half of the path's round trip.
//   C_crypto of a packet is what its sender needed to make it: the time between what it answers and itself, without
//   the round trip where the answer came from the device (times are those of the harness's end of the path).
// Nothing is added up twice: while one side waits, the other works or the packet is under way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/trace/trace.hpp"

namespace ikevet::reports {

/// A request, its retransmissions, and what answered it.
struct Exchange {
  wire::ExchangeType type{};
  trace::Party initiator{};
  IkeSpis spis;  ///< of the request; the responder's is zero in IKE_SA_INIT
  MessageId message_id;
  std::size_t request_packets{};   ///< datagrams of the request as it was first sent: more than one with RFC 7383
  std::size_t response_packets{};  ///< the same of the response; 0 when nothing answered
  std::size_t copies{};            ///< datagrams that repeat one of them, either side
  std::size_t lost{};              ///< datagrams that the scenario kept from arriving
  std::size_t octets{};            ///< all datagrams with their UDP and IP headers
  std::vector<std::size_t> frames;
  std::size_t request{};                ///< index of the first message of the request in the trace
  std::optional<std::size_t> response;  ///< index of the first message of the response
  std::optional<Duration> answer;       ///< from the last sending of the request before the response, to the response
  std::optional<Duration> before;       ///< from the end of the exchange before it in a set-up to this one's request
  std::string note;                     ///< "COOKIE", "INVALID_KE_PAYLOAD": why the same request comes once more

  std::size_t packets() const { return request_packets + response_packets + copies; }
  /// A message counts once, however many datagrams and retransmissions it took.
  std::size_t messages() const { return response ? 2 : 1; }
  bool answered() const { return response.has_value(); }
};

/// In the order in which they began. What a scenario injected is left out: nobody sent it.
std::vector<Exchange> exchanges_of(const trace::Trace& trace);

/// IKE_SA_INIT to the last IKE_AUTH of one IKE SA, as indices into exchanges_of().
struct SetUp {
  trace::Party initiator{};
  IkeSpi spi_i;
  std::vector<std::size_t> exchanges;
  bool complete{};                  ///< the last IKE_AUTH was answered with AUTH, or cannot be read
  std::vector<std::string> extras;  ///< what took it beyond two exchanges: "COOKIE", "2 more IKE_AUTH", ...
};
std::vector<SetUp> set_ups_of(const trace::Trace& trace, const std::vector<Exchange>& exchanges);

/// Octets of a datagram on the wire: IP header without options or extensions (20 or 40), UDP header (8), payload.
std::size_t wire_octets(const Datagram& datagram);

}  // namespace ikevet::reports
