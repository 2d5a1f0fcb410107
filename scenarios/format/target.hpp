// A device under test: how to reach it, what it claims, how to make it act.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"
#include "scenarios/format/config_overrides.hpp"

namespace ikevet::scenarios {

/// The names of triggers that scenarios and targets may use, each with what it makes the device do.
struct TriggerName {
  std::string_view name;
  std::string_view does;
};
inline constexpr std::array kTriggers{
    TriggerName{"initiate", "sends IKE_SA_INIT to the harness"},
    TriggerName{"rekey_child", "rekeys its newest Child SA"},
    TriggerName{"rekey_ike", "rekeys its newest IKE SA"},
    TriggerName{"delete_child", "deletes its newest Child SA"},
    TriggerName{"delete_ike", "deletes its newest IKE SA"},
    TriggerName{"demand_cookie", "answers the next IKE_SA_INIT requests with N(COOKIE)"},
    TriggerName{"move", "changes its address (MOBIKE)"},
    TriggerName{"redirect", "sends the client of its newest IKE SA to another gateway, which is itself (RFC 5685)"},
    TriggerName{"traffic", "sends packets into the tunnel"},
    TriggerName{"reset", "forgets every IKE SA without a message"},
    TriggerName{"status", "prints its IKE SAs"},
};

/// What a device may claim and a scenario may need.
struct Capability {
  std::string_view name;
  std::string_view means;
};
inline constexpr std::array kCapabilities{
    Capability{"responder", "answers IKE_SA_INIT requests of the harness"},
    Capability{"rekey-child", "accepts CREATE_CHILD_SA that rekeys a Child SA (RFC 7296 §4 lets it be left out)"},
    Capability{"rekey-ike", "accepts CREATE_CHILD_SA that rekeys the IKE SA"},
    Capability{
        "invalid-ke-responder",
        "as responder chooses the 256-bit ECP group over Curve25519 when aes256-sha256 is offered with both, so that "
        "a first KE payload in Curve25519 is answered with INVALID_KE_PAYLOAD"},
    Capability{"invalid-ke-initiator",
               "as initiator sends its first KE payload in the 256-bit ECP group and offers aes256-sha256-x25519 too"},
    Capability{"auth-at-once", "as initiator proves itself in its first IKE_AUTH request, without EAP"},
    Capability{"limited-selectors",
               "its policy has IPv4 selectors narrower than 0.0.0.0/0, none within 203.0.113.0/24"},
    Capability{"nat-traversal", "RFC 7296 §2.23"},
    Capability{"transport-mode", "RFC 7296 §1.3.1"},
    Capability{"configuration-payload", "as responder assigns an internal address, RFC 7296 §2.19"},
    Capability{"configuration-client", "as initiator asks for an internal address, RFC 7296 §2.19"},
    Capability{
        "eap",
        "as responder lets the harness prove itself by EAP, as the target's harness is configured, RFC 7296 §2.16"},
    Capability{"eap-client",
               "as initiator proves itself by EAP, as the target's harness is configured, RFC 7296 §2.16"},
    Capability{"eap-methods",
               "knows the user alice of targets/eap; as responder asks for Identity, then offers MSCHAPv2, and takes "
               "MD5-Challenge, GTC, OTP, TLS, TTLS; as eap-client any of them"},
    Capability{"eap-only", "EAP without a signature of the responder, where the method allows it, RFC 5998"},
    Capability{"window", "window sizes above one, RFC 7296 §2.3"},
    Capability{"fragmentation", "RFC 7383"},
    Capability{"mobike", "RFC 4555"},
    Capability{"esp-echo", "a host behind it answers echo requests that come through a Child SA, ICMP and ICMPv6"},
    Capability{"udp-echo", "and UDP to port 7, RFC 862"},
    Capability{"dual-stack", "both ends have addresses of both families (other_addresses of the target)"},
    Capability{"cookie2", "as responder asks with COOKIE2 at a new address of its peer, RFC 4555 §3.7"},
    Capability{"no-nats-allowed", "looks at NO_NATS_ALLOWED, RFC 4555 §3.9"},
    Capability{"nat-on-path", "a NAT can be put before the initiator: on the virtual network"},
    Capability{"ipv6-selectors", "its policy has 2001:db8:2::/64 behind it, and 2001:db8:1::/64 behind the harness"},
    Capability{"redirect", "as initiator says that it can be redirected, and follows, RFC 5685"},
    Capability{"session-resumption", "RFC 5723"},
    Capability{"puzzles", "solves puzzles as initiator, RFC 8019"},
    Capability{"ipcomp", "agrees on IPComp with DEFLATE, RFC 7296 §2.22"},
    Capability{"crash-detection", "makes tokens, and answers with one after a reset, RFC 6290"},
    Capability{"eddsa", "takes Ed25519 and Ed448, RFC 8420"},
    Capability{"revocation", "knows which certificates of the test CA were revoked, RFC 4945 §5.2"},
    Capability{"null-authentication", "takes NULL authentication, RFC 7619"},
    Capability{"null-refused", "wants a proof of every peer's identity and refuses NULL authentication, RFC 7619 §2"},
    Capability{"childless", "RFC 6023"},
    Capability{"childless-initiator", "as initiator sets up IKE SAs without a Child SA, RFC 6023"},
    Capability{"signature-authentication", "RFC 7427"},
    Capability{"test-pki", "takes certificates of the CA in targets/pki for proof"},
    Capability{"ppk", "RFC 8784"},
    Capability{"ppk-mandatory", "refuses peers that would do without a PPK, RFC 8784 §3"},
    Capability{"intermediate", "RFC 9242"},
    Capability{"multiple-key-exchanges", "RFC 9370"},
};

enum class TargetKind {
  Embedded,  ///< our own engine on the virtual network and clock
  Loopback,  ///< our own engine over real sockets on 127.0.0.1 or ::1
  Live,      ///< somebody else's, over the network
};

struct TargetTrigger {
  /// argv; "{lab}" (the program `lab` in the folder of the target's name), "{harness}", "{dut}" (addresses) are filled
  /// in. Exit 127 or 89: unsupported. Embedded and Loopback need none: the runner knows how.
  std::vector<std::string> command;
  Duration timeout = std::chrono::seconds(10);
  bool background{};  ///< started and not waited for: it ends when the exchange does
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
  std::vector<IpAddress> dut_other_addresses;  ///< of either family: where each end may move to (MOBIKE)
  std::vector<IpAddress> harness_other_addresses;
  std::uint16_t dut_ike_port = 500, dut_nat_t_port = 4500;
  std::uint16_t harness_ike_port = 500, harness_nat_t_port = 4500;  ///< 0: chosen by the system
  std::string harness_identity;  ///< "fqdn:harness.test"; also ipv4:, ipv6:, email:, keyid:
  std::string dut_identity;
  std::string psk;                         ///< resolved from "psk", "psk_file" or "psk_env"
  std::vector<std::string> ike_proposals;  ///< what the harness offers: "aes256gcm16-prfsha256-x25519"
  std::vector<std::string> child_proposals;
  std::vector<std::string> dut_ike_proposals;    ///< Embedded and Loopback: what the device is configured with, in its
  std::vector<std::string> dut_child_proposals;  ///< order of preference; empty: the same as the harness
  std::vector<std::string> harness_ts;           ///< "10.1.0.0/24"
  std::vector<std::string> dut_ts;
  ConfigOverrides harness_config;         ///< for every scenario; a scenario's own `config` goes before it
  ConfigOverrides dut_config;             ///< Embedded and Loopback: more settings of the device
  std::vector<std::string> capabilities;  ///< claimed: "cookie", "mobike", ...
  std::map<std::string, TargetTrigger> triggers;
  std::vector<KnownDeviation> known_deviations;
  Duration answer_time = std::chrono::seconds(2);    ///< how long an answer may take before it counts as silence
  Duration give_up_time = std::chrono::seconds(60);  ///< how long the device may go on retransmitting
  unsigned concurrency = 1;
  std::string file;

  bool claims(std::string_view capability) const;
};

std::string_view name(TargetKind);  ///< "embedded", "loopback", "live"

}  // namespace ikevet::scenarios
