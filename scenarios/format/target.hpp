// A device under test: how to reach it, what it claims, how to make it act.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"

namespace ikevet::scenarios {

enum class TargetKind {
  Embedded,  ///< our own engine on the virtual network and clock
  Loopback,  ///< our own engine over real sockets on 127.0.0.1 or ::1
  Live,      ///< somebody else's, over the network
};

struct TargetTrigger {
  std::vector<std::string> command;  ///< argv; "{lab}", "{harness}", "{dut}" are filled in. Exit 127 or 89: unsupported
  Duration timeout = std::chrono::seconds(10);
  bool background{};                 ///< started and not waited for: it ends when the exchange does
};

struct KnownDeviation {
  std::string requirement;
  std::string reason;
  std::string owner;
  std::string expires;  ///< "2027-01-31"
};

struct Target {
  std::string name;
  std::string title;
  TargetKind kind = TargetKind::Live;
  std::string network_namespace;  ///< sockets are opened inside it; empty: where ikevet runs
  IpAddress dut_address;
  IpAddress harness_address;
  std::uint16_t dut_ike_port = 500, dut_nat_t_port = 4500;
  std::uint16_t harness_ike_port = 500, harness_nat_t_port = 4500;  ///< 0: chosen by the system
  std::string harness_identity;  ///< "fqdn:harness.test"; also ipv4:, ipv6:, email:, keyid:
  std::string dut_identity;
  std::string psk;               ///< resolved from "psk", "psk_file" or "psk_env"
  std::vector<std::string> ike_proposals;    ///< what the harness offers: "aes256gcm16-prfsha256-x25519"
  std::vector<std::string> child_proposals;
  std::vector<std::string> harness_ts;       ///< "10.1.0.0/24"
  std::vector<std::string> dut_ts;
  std::vector<std::string> capabilities;     ///< claimed: "cookie", "mobike", ...
  std::map<std::string, TargetTrigger> triggers;
  std::vector<KnownDeviation> known_deviations;
  Duration answer_time = std::chrono::seconds(2);   ///< how long an answer may take before it counts as silence
  Duration give_up_time = std::chrono::seconds(60); ///< how long the device may go on retransmitting
  unsigned concurrency = 1;
  std::string file;
};

}  // namespace ikevet::scenarios
