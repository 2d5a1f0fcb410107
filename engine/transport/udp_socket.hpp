// One bound UDP socket. Private to engine/transport.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <functional>
#include <optional>
#include <string>

#include "engine/transport/transport.hpp"

namespace ikevet::transport {

class UdpSocket {
 public:
  /// Opens and binds; throws TransportError.
  UdpSocket(asio::io_context& io, const Endpoint& local);

  /// The address as asked for, with the real port.
  const Endpoint& local() const { return local_; }
  asio::ip::udp::socket& asio() { return socket_; }

  /// Throws TransportError.
  void send(const Datagram& datagram);

  struct Received {
    Datagram datagram;
    std::optional<Duration> since_epoch;  ///< the kernel's time stamp on the system clock
  };
  /// The next datagram that has arrived; empty when there is none. Never waits.
  std::optional<Received> receive();

 private:
  asio::ip::udp::socket socket_;
  Endpoint local_;
};

/// Runs `open` in a thread that has entered the network namespace, so that the process itself never leaves its own.
/// Throws TransportError when the namespace cannot be entered, or what `open` throws. An empty name runs it right here.
void in_network_namespace(const std::string& name, const std::function<void()>& open);

}  // namespace ikevet::transport
