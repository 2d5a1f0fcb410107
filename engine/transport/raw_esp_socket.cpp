#include "engine/transport/raw_esp_socket.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "engine/esp/ip.hpp"

namespace ikevet::transport {
namespace {

constexpr std::size_t kMaxPacket = 65535;

/// A sockaddr of either family. The port of a raw socket's address is 0.
struct Address {
  sockaddr_storage storage{};
  socklen_t size{};

  explicit Address(const IpAddress& address) {
    const BytesView octets = address.octets();
    if (address.is_v4()) {
      sockaddr_in in{};
      in.sin_family = AF_INET;
      std::memcpy(&in.sin_addr, octets.data(), octets.size());
      std::memcpy(&storage, &in, size = sizeof in);
    } else {
      sockaddr_in6 in{};
      in.sin6_family = AF_INET6;
      std::memcpy(&in.sin6_addr, octets.data(), octets.size());
      std::memcpy(&storage, &in, size = sizeof in);
    }
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

std::optional<IpAddress> address_in(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    return IpAddress::from_octets({reinterpret_cast<const std::uint8_t*>(&in.sin_addr), 4});
  }
  sockaddr_in6 in{};
  std::memcpy(&in, &storage, sizeof in);
  return IpAddress::from_octets({reinterpret_cast<const std::uint8_t*>(&in.sin6_addr), 16});
}

[[noreturn]] void cannot_open(int error, const IpAddress& local) {
  const bool forbidden = error == EPERM || error == EACCES;
  throw TransportError(
      fmt::format("cannot open a raw socket for IP protocol 50 (ESP) on {}: {}", local.text(), std::strerror(error)),
      forbidden ? "run as root or with CAP_NET_RAW; without it ESP goes inside UDP on port 4500"
                : "see `ip address`, and whether another program keeps it");
}

}  // namespace

RawEspSocket::RawEspSocket(asio::io_context& io, const IpAddress& local) : socket_(io), local_(local) {
  const int family = local.is_v4() ? AF_INET : AF_INET6;
  std::error_code error;
  socket_.open(asio::generic::raw_protocol(family, esp::kEsp), error);
  if (error) cannot_open(error.value(), local);
  // A program that is started meanwhile must not keep it.
  (void)ioctl(socket_.native_handle(), FIOCLEX);
  const Address at(local);
  if (bind(socket_.native_handle(), at.get(), at.size) != 0) cannot_open(errno, local);
}

void RawEspSocket::send(const Datagram& datagram) {
  const Address to(datagram.destination.address);
  ssize_t sent = 0;
  do {
    sent = sendto(socket_.native_handle(), datagram.payload.data(), datagram.payload.size(), 0, to.get(), to.size);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return;
  throw TransportError(fmt::format("cannot send ESP from {} to {}: {}", local_.text(),
                                   datagram.destination.address.text(), std::strerror(errno)),
                       "see `ip route get` and `nft list ruleset`");
}

std::optional<Datagram> RawEspSocket::receive() {
  thread_local std::array<std::uint8_t, kMaxPacket> buffer;
  sockaddr_storage from{};
  socklen_t from_size = sizeof from;
  ssize_t size = 0;
  do {
    size = recvfrom(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT,
                    reinterpret_cast<sockaddr*>(&from), &from_size);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return std::nullopt;

  BytesView payload(buffer.data(), static_cast<std::size_t>(size));
  IpAddress destination = local_;
  if (local_.is_v4()) {  // raw(7): IPv4 comes with its header, IPv6 without
    const auto packet = esp::parse_ip(payload);
    if (!packet || packet->protocol != esp::kEsp || packet->is_fragment()) return Datagram{};
    payload = packet->payload;
    destination = packet->destination;
  }
  const auto source = address_in(from);
  if (!source) return Datagram{};
  return Datagram{{*source, 0}, {destination, 0}, to_bytes(payload)};
}

}  // namespace ikevet::transport
