// Who stands behind a tunnel: an echo host that answers, and a pinger that asks and keeps account.
#pragma once

#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"
#include "engine/esp/ip.hpp"
#include "engine/wire/traffic_selector.hpp"

namespace ikevet::esp {

/// Answers ICMP and ICMPv6 echo requests (RFC 792, RFC 4443 §4.2) and UDP echo on port 7 (RFC 862) for every address of
/// a network. Keeps nothing.
class EchoHost {
 public:
  /// The answer to an inner packet that is an echo request to an address within `local`; empty for any other.
  static std::optional<Bytes> answer(BytesView packet, const std::vector<wire::TrafficSelector>& local);
};

/// What to ask.
struct PingPlan {
  IpAddress source;
  IpAddress destination;
  bool udp{};  ///< to port 7 instead of ICMP
  std::uint16_t count = 3;
  Duration interval = std::chrono::milliseconds(100);
  std::size_t size = 56;  ///< octets of data behind the sequence number
  /// How long after the last request answers are waited for.
  Duration patience = std::chrono::seconds(1);
  std::uint16_t id = 1;
};

struct PingReport {
  int sent{};
  int answered{};      ///< requests with an answer
  int duplicates{};    ///< further answers to a request
  int out_of_order{};  ///< answers that came after one to a later request
  int altered{};       ///< answers with other data than was sent: they count as none
  int lost() const { return sent - answered; }
};

/// Sends requests at their times and accounts for the answers. At most 65535 of them, a bit each.
class Pinger {
 public:
  Pinger(PingPlan plan, Instant begin) : plan_(std::move(plan)), next_(begin), seen_(plan_.count) {}

  /// The requests that are due.
  std::vector<Bytes> tick(Instant now);
  /// Takes an answer to one of the requests; false for anything else.
  bool take(const Echo& echo);
  /// No further requests.
  void stop(Instant now);
  /// When tick() or finished() will say something new; empty once all is over.
  std::optional<Instant> wake_at(Instant now) const;
  /// Every request has its answer, or has been waited for long enough.
  bool finished(Instant now) const;
  const PingReport& report() const { return report_; }
  const PingPlan& plan() const { return plan_; }

 private:
  Bytes data(std::uint16_t sequence) const;
  bool all_sent() const { return report_.sent >= plan_.count; }
  Instant give_up_at() const { return last_sent_ + plan_.patience; }

  PingPlan plan_;
  Instant next_;
  Instant last_sent_{};
  std::vector<bool> seen_;  ///< by sequence number less one
  int latest_{};            ///< highest sequence number answered
  PingReport report_;
};

}  // namespace ikevet::esp
