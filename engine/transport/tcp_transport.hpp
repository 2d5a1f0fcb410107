// IKE and ESP over real TCP connections, RFC 9329.
#pragma once

#include <memory>
#include <string>

#include "engine/transport/transport.hpp"

namespace ikevet::transport {

inline constexpr std::size_t kMaxTcpConnections = 1000;              ///< further ones are closed as they come
inline constexpr std::size_t kMaxTcpBacklog = std::size_t{1} << 20;  ///< octets that a peer may leave unread

struct TcpOptions {
  IpAddress local;  ///< unspecified: all addresses of this family
  /// As TCP responder: the port to listen on; 0: chosen by the system.
  std::uint16_t port = kNatTPort;
  /// As TCP originator: where to connect to. Empty: responder.
  std::optional<Endpoint> connect_to;
  std::string network_namespace;  ///< as UdpOptions has it
};

/// A datagram stands for a message in the stream; its payload is what it would be on UDP port 4500, non-ESP marker
/// included, so that an engine whose nat_t_port is endpoint().port does not notice the difference. Source and
/// destination are the ends of the connection. What is sent to somebody who has no connection here is lost, as a
/// datagram may be; the originator connects anew, beginning with the prefix (§6.1), and keeps the endpoint it had
/// first.
///
/// A stream that breaks the framing closes its connection (§3.1, §4), as does a peer that reads nothing for
/// kMaxTcpBacklog octets. receive() belongs to one thread; interrupt() may be called from any and from a signal
/// handler.
class TcpTransport final : public Transport {
 public:
  /// Listens or connects; throws TransportError.
  explicit TcpTransport(const TcpOptions& options);
  ~TcpTransport() override;

  /// Ours, with the port that the system chose.
  Endpoint endpoint() const;
  std::size_t connections() const;

  Instant now() const override;
  void send(const Datagram& datagram) override;
  std::optional<Arrival> receive(Instant until) override;
  void interrupt() override;
  bool interrupted() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ikevet::transport
