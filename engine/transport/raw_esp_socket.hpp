// A raw socket for IP protocol 50. Private to engine/transport.
#pragma once

#include <asio/generic/raw_protocol.hpp>
#include <asio/io_context.hpp>
#include <optional>
#include <string>

#include "engine/transport/transport.hpp"

namespace ikevet::transport {

/// ESP without UDP, RFC 4303, as datagrams whose ports are 0. Linux gives such a socket a copy of every ESP packet for
/// its address; those of other programs are among them.
class RawEspSocket {
 public:
  /// Opens and binds to one address. Throws TransportError: CAP_NET_RAW is needed.
  RawEspSocket(asio::io_context& io, const IpAddress& local);

  asio::generic::raw_protocol::socket& asio() { return socket_; }
  const IpAddress& local() const { return local_; }
  /// Throws TransportError.
  void send(const Datagram& datagram);
  /// The next packet, its IP header taken off; empty when there is none. Never waits.
  std::optional<Datagram> receive();

 private:
  asio::generic::raw_protocol::socket socket_;
  IpAddress local_;
};

}  // namespace ikevet::transport
