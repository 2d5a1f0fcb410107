#include "engine/transport/local_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/transport/transport.hpp"

namespace ikevet::transport {
namespace {

/// Any port will do: connecting a UDP socket only looks up the route.
constexpr std::uint16_t kDiscard = 9;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

[[noreturn]] void no_route(const IpAddress& remote) {
  throw TransportError(fmt::format("no way to {}: {}", remote.text(), std::strerror(errno)),
                       "check the address and the routes (`ip route get`)");
}

template <class Address>
IpAddress source_towards(const IpAddress& remote, Address to) {
  const Descriptor descriptor(::socket(remote.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  Address own{};
  socklen_t size = sizeof own;
  if (descriptor.number() < 0 ||
      ::connect(descriptor.number(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 ||
      ::getsockname(descriptor.number(), reinterpret_cast<sockaddr*>(&own), &size) != 0)
    no_route(remote);
  if constexpr (std::is_same_v<Address, sockaddr_in>)
    return *IpAddress::from_octets(BytesView(reinterpret_cast<const std::uint8_t*>(&own.sin_addr), 4));
  else
    return *IpAddress::from_octets(BytesView(reinterpret_cast<const std::uint8_t*>(&own.sin6_addr), 16));
}

}  // namespace

IpAddress local_address_towards(const IpAddress& remote) {
  if (remote.is_v4()) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(kDiscard);
    std::memcpy(&to.sin_addr, remote.octets().data(), 4);
    return source_towards(remote, to);
  }
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(kDiscard);
  std::memcpy(&to.sin6_addr, remote.octets().data(), 16);
  return source_towards(remote, to);
}

}  // namespace ikevet::transport
