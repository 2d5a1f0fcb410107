// The data plane beside an IKE engine: all Child SAs of one host, as a step function.  RFC 4301 §5, RFC 4303, RFC 3948.
//
// It is told what the engine says (keys, events, where an IKE SA's messages travel) and given what arrives; datagrams
// and events come out. A datagram with both ports 0 is an IP packet of protocol 50, its payload beginning with the SPI;
// any other is UDP, where RFC 3948 §2 puts ESP between the NAT traversal ports.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"
#include "engine/base/random.hpp"
#include "engine/esp/echo.hpp"
#include "engine/esp/esp_sa.hpp"
#include "engine/keys/key_set.hpp"
#include "engine/trace/event.hpp"

namespace ikevet::esp {

struct DataPlaneOptions {
  std::uint16_t nat_t_port = kNatTPort;       ///< ours
  std::uint16_t peer_nat_t_port = kNatTPort;  ///< used where IKE itself stays on port 500
  /// ESP goes inside UDP though there is no NAT: allowed by RFC 7296 §2.23, and the only way where IP protocol 50 may
  /// not be sent.
  bool always_udp{};
  std::size_t replay_window = 64;
  std::size_t tfc_multiple{};
  Lifetime lifetime;
  bool echo = true;  ///< answers echo requests for the addresses of the local traffic selectors
  /// Further packets for unknown SPIs make no events, so that a flood of them fills no memory.
  std::size_t most_complaints = 1000;
};

/// Where an SA's packets travel, as the engine has it for the IKE SA.
struct SaPath {
  IkeSpis ike;
  ChildSpi inbound;
  Endpoint local;
  Endpoint remote;
  /// The engine alone moves it, with ChildSaMoved: with MOBIKE, addresses in ESP packets count for nothing, and Child
  /// SAs may follow later than the IKE SA (RFC 4555 §3.7, §3.8).
  bool fixed{};
  bool udp{};     ///< a NAT was detected: ESP goes inside UDP, RFC 7296 §2.23
  bool no_tfc{};  ///< the peer said ESP_TFC_PADDING_NOT_SUPPORTED, RFC 7296 §1.3.1
};

struct PlaneOutputs {
  std::vector<Datagram> datagrams;   ///< to send, in this order
  std::vector<trace::Event> events;  ///< what happened, in this order
};

class DataPlane {
 public:
  DataPlane(DataPlaneOptions options, RandomSource& random) : options_(options), random_(random) {}

  // ------------------------------------------------------------------------------------------- what the engine says
  /// Keys come before the event that says that the Child SA stands. Other keys than those of ESP are passed over.
  void keys(const keys::ChildSaKeySet& keys);
  PlaneOutputs note(const trace::Event& event, Instant now);
  /// Where the IKE SAs are now: MOBIKE, NAT and the rekeying of an IKE SA move Child SAs. SAs that are not named stay.
  PlaneOutputs follow(std::span<const SaPath> paths);

  // ------------------------------------------------------------------------------------------------ what the network
  /// ESP or a NAT keepalive, and not IKE: for this object. RFC 3948 §2.2, §2.3, RFC 7296 §2.23.
  bool takes(const Datagram& datagram) const;
  PlaneOutputs handle(const Datagram& datagram, Instant now);
  PlaneOutputs tick(Instant now);
  std::optional<Instant> wake_at(Instant now) const;

  // --------------------------------------------------------------------------------------------------- what users do
  /// Sends an inner packet through the newest Child SA that carries it; nothing, with an event, when none does.
  PlaneOutputs send(BytesView inner, Instant now);
  /// A dummy packet through the newest Child SA, RFC 4303 §2.6.
  PlaneOutputs send_dummy(std::size_t size, Instant now);

  /// From and to the first hosts of the newest Child SA's selectors, unless the plan says otherwise (an unspecified
  /// address is filled in). Empty: there is no Child SA, or its selectors hold no address of one family on both sides.
  std::optional<PingPlan> complete(PingPlan plan) const;
  /// One flow at a time: a new one takes the place of the old. Its end is a TrafficMeasured event.
  PlaneOutputs ping(const PingPlan& plan, Instant now);
  /// No further requests; what is on its way is waited for.
  PlaneOutputs stop_ping(Instant now);
  bool pinging() const { return pinger_ && !measured_; }
  const Pinger* pinger() const { return pinger_ ? &*pinger_ : nullptr; }

  /// Echo requests of the peer that were answered, since the beginning.
  int answered() const { return answered_; }
  std::size_t size() const { return sas_.size(); }
  const EspSa* newest() const;
  const EspSa* find(ChildSpi inbound) const;
  /// Inner packets that came for somebody else than the echo host and the pinger; the caller's to take. At most 1000
  /// are kept.
  std::vector<Bytes> take_delivered() { return std::exchange(delivered_, {}); }

 private:
  struct Installed {
    EspSa sa;
    IkeSpis ike;
    Endpoint local;
    Endpoint remote;
    Endpoint engine_local;  ///< what follow() said last, so that only its changes count
    Endpoint engine_remote;
    bool placed{};  ///< follow() has named it
    bool fixed{};
    bool udp{};
    std::optional<std::uint16_t> peer_udp_port;  ///< where its UDP came from, though there is no NAT
    /// RFC 7296 §2.8: as responder of a rekey, not before the initiator has shown that it has the new SA.
    std::optional<ChildSpi> waits_for;
    trace::ChildSaSpent::Stage told{};
  };

  Installed* find_inbound(ChildSpi spi);
  Installed* for_sending(BytesView inner);
  bool is_nat_t(const Endpoint& local) const { return local.port == options_.nat_t_port; }
  Datagram outer(const Installed& via, Bytes packet) const;
  void establish(const trace::ChildSaEstablished& event, PlaneOutputs& out);
  void close(ChildSpi inbound);
  void discard(ChildSpi spi, const Datagram& datagram, std::string why, std::string section, PlaneOutputs& out);
  void move(const trace::ChildSaMoved& event);
  void take_address(Installed& sa, const Datagram& datagram, PlaneOutputs& out);
  void tell_spent(Installed& sa, PlaneOutputs& out);
  void deliver(Bytes inner, const Installed& through, Instant now, PlaneOutputs& out);
  void send_through(BytesView inner, PlaneOutputs& out);
  void advance_ping(Instant now, PlaneOutputs& out);

  DataPlaneOptions options_;
  RandomSource& random_;
  std::list<Installed> sas_;  ///< in the order in which they were established
  std::vector<keys::ChildSaKeySet> announced_;
  std::map<IkeSpis, bool> follows_nat_;  ///< the peer is behind one and we are not
  std::optional<Pinger> pinger_;
  bool measured_{};  ///< the pinger's report has gone out
  int answered_{};
  std::size_t complaints_{};
  std::vector<Bytes> delivered_;
};

}  // namespace ikevet::esp
