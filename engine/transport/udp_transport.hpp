// Real UDP over IPv4 and IPv6, and the real clock.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/transport/transport.hpp"

namespace ikevet::transport {

struct UdpOptions {
  IpAddress local;                       ///< unspecified: all addresses of this family
  std::uint16_t ike_port = kIkePort;     ///< 0: chosen by the system
  std::uint16_t nat_t_port = kNatTPort;  ///< 0: chosen by the system
  /// Name below /run/netns in which the sockets are opened; empty: where the process is. Needs root.
  std::string network_namespace;
  /// A raw socket for IP protocol 50 too, where the process may have one (CAP_NET_RAW) and `local` is one address that
  /// nobody shares: not a loopback address.
  bool bare_esp = true;
  /// Further addresses of this host, each with sockets on the same ports: MOBIKE changes between them.
  std::vector<IpAddress> more{};
};

/// Two sockets: one for port 500, one for port 4500 with the non-ESP marker (which this class leaves in the payload).
/// A datagram leaves from the socket whose address and port are its source. Where permitted, a third, raw one carries
/// ESP in IP protocol 50, as datagrams with both ports 0.
///
/// Times are nanoseconds of the system clock when the transport was made, plus steady progress since, so that a clock
/// that is set during a run moves nothing. Arrivals bear the kernel's own time stamp where it gives one.
///
/// receive() belongs to one thread; interrupt() and wake() may be called from any, interrupt() also from a signal
/// handler.
class UdpTransport final : public Transport {
 public:
  /// Throws TransportError, with what to do about it: port in use, privileged port, no such address or namespace.
  explicit UdpTransport(const UdpOptions& options);
  ~UdpTransport() override;

  /// As bound, with the ports that the system chose.
  Endpoint ike_endpoint() const;
  Endpoint nat_t_endpoint() const;

  Instant now() const override;
  /// Throws TransportError; std::invalid_argument when no socket has the source port.
  void send(const Datagram& datagram) override;
  bool sends_bare_esp() const override;
  std::optional<Arrival> receive(Instant until) override;
  void interrupt() override;
  bool interrupted() const override;
  /// Ends the receive() that is waiting, or else the next one.
  void wake();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ikevet::transport
