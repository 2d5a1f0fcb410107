#include "engine/transport/udp_socket.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>

namespace ikevet::transport {
namespace {

/// The largest UDP payload that an IP packet can hold.
constexpr std::size_t kMaxPayload = 65535;
/// Below it, only root or CAP_NET_BIND_SERVICE binds (ip(7), ip_unprivileged_port_start).
constexpr std::uint16_t kFirstUnprivilegedPort = 1024;

asio::ip::udp::endpoint to_asio(const Endpoint& endpoint) {
  const BytesView octets = endpoint.address.octets();
  if (endpoint.address.is_v4()) {
    asio::ip::address_v4::bytes_type raw{};
    std::ranges::copy(octets, raw.begin());
    return {asio::ip::address_v4(raw), endpoint.port};
  }
  asio::ip::address_v6::bytes_type raw{};
  std::ranges::copy(octets, raw.begin());
  return {asio::ip::address_v6(raw), endpoint.port};
}

std::string remedy_for_bind(const std::error_code& error, const Endpoint& local) {
  switch (error.value()) {
    case EADDRINUSE:
      return fmt::format(
          "another program holds UDP port {0}, most often an IKE daemon (charon, pluto, iked): find it with "
          "`ss -ulpn 'sport = :{0}'` and stop it, or choose other ports",
          local.port);
    case EACCES:
    case EPERM:
      return local.port != 0 && local.port < kFirstUnprivilegedPort
                 ? "ports below 1024 need root: run as root, or choose other ports"
                 : "run as root, or choose another address or port";
    case EADDRNOTAVAIL:
      return "this machine (or network namespace) does not have the address: see `ip address`, and choose one it has";
    case EAFNOSUPPORT:
      return "this machine does not speak this kind of address: choose one of the other family";
    default:
      return "check address and ports";
  }
}

[[noreturn]] void cannot_bind(const std::error_code& error, const Endpoint& local) {
  throw TransportError(fmt::format("cannot open UDP {}: {}", local.text(), error.message()),
                       remedy_for_bind(error, local));
}

void enable(int socket, int level, int option) {
  const int on = 1;
  // Time stamps and destination addresses are welcome but not needed: what is missing is made up for.
  (void)setsockopt(socket, level, option, &on, sizeof on);
}

std::string remedy_for_send(int error) {
  switch (error) {
    case ENETUNREACH:
    case EHOSTUNREACH:
      return "there is no route to it: see `ip route get`, and whether the interface is up";
    case EPERM:
    case EACCES:
      return "a packet filter or the kernel forbids it: see `nft list ruleset`";
    case EADDRNOTAVAIL:
    case EINVAL:
      return "the source address is no longer on this machine: see `ip address`";
    case EMSGSIZE:
      return "the datagram is larger than UDP can carry";
    default:
      return "see whether the interface is up";
  }
}

/// A sockaddr of either family, as the socket calls want it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Endpoint from_socket(const sockaddr_storage& storage) {
  Endpoint out;
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &in.sin_addr, octets.size());
    out = {IpAddress::v4(octets), ntohs(in.sin_port)};
  } else {
    sockaddr_in6 in{};
    std::memcpy(&in, &storage, sizeof in);
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &in.sin6_addr, octets.size());
    out = {IpAddress::v6(octets), ntohs(in.sin6_port)};
  }
  return out;
}

template <class T>
T read_control(const cmsghdr* header) {
  T out{};
  std::memcpy(&out, CMSG_DATA(header), sizeof out);
  return out;
}

/// Room for a time stamp and a destination address.
using ControlBuffer = std::array<char, 256>;

void read_control_messages(msghdr& message, UdpSocket::Received& received) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_TIMESTAMPNS) {
      const auto stamp = read_control<timespec>(header);
      received.since_epoch = std::chrono::seconds(stamp.tv_sec) + std::chrono::nanoseconds(stamp.tv_nsec);
    } else if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      const auto info = read_control<in_pktinfo>(header);
      received.datagram.destination.address =
          IpAddress::from_octets({reinterpret_cast<const std::uint8_t*>(&info.ipi_addr), 4}).value();
    } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      const auto info = read_control<in6_pktinfo>(header);
      received.datagram.destination.address =
          IpAddress::from_octets({reinterpret_cast<const std::uint8_t*>(&info.ipi6_addr), 16}).value();
    }
  }
}

template <class T>
void write_control(msghdr& message, int level, int type, const T& value) {
  message.msg_controllen = CMSG_SPACE(sizeof value);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(sizeof value);
  std::memcpy(CMSG_DATA(header), &value, sizeof value);
}

/// Says from which address a datagram leaves, for a socket that is bound to all of them.
void write_source(msghdr& message, const IpAddress& source) {
  const BytesView octets = source.octets();
  if (source.is_v4()) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, octets.data(), octets.size());
    write_control(message, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, octets.data(), octets.size());
    write_control(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

void enter_network_namespace(const std::string& name) {
  const std::string path = "/run/netns/" + name;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "r"), &std::fclose);
  if (!file)
    throw TransportError(fmt::format("cannot open the network namespace {}: {}", path, std::strerror(errno)),
                         "see `ip netns list`; is the lab up (`ikevet lab status`)?");
  if (setns(fileno(file.get()), CLONE_NEWNET) != 0) {
    const int error = errno;
    throw TransportError(fmt::format("cannot enter the network namespace {}: {}", name, std::strerror(error)),
                         error == EPERM ? "run as root" : "see `ip netns list`");
  }
}

}  // namespace

UdpSocket::UdpSocket(asio::io_context& io, const Endpoint& local) : socket_(io), local_(local) {
  std::error_code error;
  const auto endpoint = to_asio(local);
  socket_.open(endpoint.protocol(), error);
  if (error) cannot_bind(error, local);
  // A program that is started meanwhile (a trigger's command) must not keep the port.
  (void)ioctl(socket_.native_handle(), FIOCLEX);
  if (local.address.is_v6()) enable(socket_.native_handle(), IPPROTO_IPV6, IPV6_V6ONLY);
  socket_.bind(endpoint, error);
  if (error) cannot_bind(error, local);
  local_.port = socket_.local_endpoint().port();
  enable(socket_.native_handle(), SOL_SOCKET, SO_TIMESTAMPNS);
  if (local.address.is_v4())
    enable(socket_.native_handle(), IPPROTO_IP, IP_PKTINFO);
  else
    enable(socket_.native_handle(), IPPROTO_IPV6, IPV6_RECVPKTINFO);
}

void UdpSocket::send(const Datagram& datagram) {
  // RFC 768: source port 0 means that nobody waits for an answer. A peer that used it gets none.
  if (datagram.destination.port == 0) return;
  auto destination = to_asio(datagram.destination);
  iovec data{const_cast<std::uint8_t*>(datagram.payload.data()), datagram.payload.size()};
  alignas(cmsghdr) ControlBuffer control{};
  msghdr message{};
  message.msg_name = destination.data();
  message.msg_namelen = static_cast<socklen_t>(destination.size());
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (local_.address.is_unspecified() && !datagram.source.address.is_unspecified()) {
    message.msg_control = control.data();
    write_source(message, datagram.source.address);
  }
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket_.native_handle(), &message, 0);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return;
  const int error = errno;
  throw TransportError(fmt::format("cannot send from {} to {}: {}", datagram.source.text(), datagram.destination.text(),
                                   std::strerror(error)),
                       remedy_for_send(error));
}

std::optional<UdpSocket::Received> UdpSocket::receive() {
  thread_local std::array<std::uint8_t, kMaxPayload> buffer;
  SocketAddress from;
  iovec data{buffer.data(), buffer.size()};
  alignas(cmsghdr) ControlBuffer control{};
  msghdr message{};
  message.msg_name = from.get();
  message.msg_namelen = from.size;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t size = 0;
  do {
    // An ICMP error that came for an earlier datagram is reported here once; it says nothing about this one.
    size = recvmsg(socket_.native_handle(), &message, MSG_DONTWAIT);
  } while (size < 0 && (errno == EINTR || errno == ECONNREFUSED));
  if (size < 0) return std::nullopt;

  Received out;
  out.datagram.source = from_socket(from.storage);
  out.datagram.destination = local_;
  out.datagram.payload.assign(buffer.begin(), buffer.begin() + size);
  read_control_messages(message, out);
  return out;
}

void in_network_namespace(const std::string& name, const std::function<void()>& open) {
  if (name.empty()) return open();
  std::exception_ptr failure;
  std::thread([&] {
    try {
      enter_network_namespace(name);
      open();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace ikevet::transport
