#include "engine/transport/udp_transport.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <asio/posix/stream_descriptor.hpp>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <deque>
#include <list>
#include <stdexcept>
#include <string>
#include <system_error>

#include "engine/transport/raw_esp_socket.hpp"
#include "engine/transport/udp_socket.hpp"

namespace ikevet::transport {
namespace {

/// The run's time line: where the system clock stood at the start, and steady progress from there.
class RealClock {
 public:
  Instant now() const { return start_ + (std::chrono::steady_clock::now() - steady_start_); }

  /// The instant of a time stamp of the system clock that was taken a moment ago. When the clock was set meanwhile, the
  /// stamp is of no use.
  Instant at(Duration since_epoch) const {
    constexpr Duration kPlausible = std::chrono::seconds(1);
    const Instant stamp{since_epoch};
    const Instant present = now();
    return stamp <= present && present - stamp < kPlausible ? stamp : present;
  }

 private:
  Instant start_{std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())};
  std::chrono::steady_clock::time_point steady_start_ = std::chrono::steady_clock::now();
};

/// 127.0.0.0/8, ::1.
bool is_loopback(const IpAddress& address) {
  return address.is_v4() ? address.octets()[0] == 127 : address == IpAddress::parse("::1");
}

/// receive(until) may name an instant ages away; the reactor is asked for no longer than this at a time.
constexpr Duration kLongestWait = std::chrono::hours(1);

}  // namespace

class UdpTransport::Impl {
 public:
  explicit Impl(const UdpOptions& options) : waker_(io_, make_eventfd()) {
    in_network_namespace(options.network_namespace, [&] {
      ike_.emplace(io_, Endpoint{options.local, options.ike_port});
      nat_t_.emplace(io_, Endpoint{options.local, options.nat_t_port});
      if (may_open_bare_esp(options)) open_bare_esp(options.local);
      for (const IpAddress& address : options.more) {
        more_.emplace_back(io_, Endpoint{address, ike_->local().port});
        more_.emplace_back(io_, Endpoint{address, nat_t_->local().port});
        if (!bare_esp_.empty()) open_bare_esp(address);
      }
    });
    watch(*ike_);
    watch(*nat_t_);
    for (UdpSocket& socket : more_) watch(socket);
    for (RawEspSocket& socket : bare_esp_) watch_bare_esp(socket);
    watch_waker();
  }

  const UdpSocket& ike() const { return *ike_; }
  const UdpSocket& nat_t() const { return *nat_t_; }
  Instant now() const { return clock_.now(); }

  bool sends_bare_esp() const { return !bare_esp_.empty(); }

  void send(const Datagram& datagram) {
    if (datagram.source.port == 0 && datagram.destination.port == 0) return send_bare_esp(datagram);
    for (UdpSocket& socket : more_)
      if (socket.local() == datagram.source) return socket.send(datagram);
    for (UdpSocket* socket : {&*ike_, &*nat_t_})
      if (socket->local().port == datagram.source.port) return socket->send(datagram);
    throw std::invalid_argument("no socket with source port " + std::to_string(datagram.source.port));
  }

  std::optional<Arrival> receive(Instant until) {
    for (;;) {
      io_.restart();
      io_.poll();
      if (interrupted()) return std::nullopt;
      if (!arrived_.empty()) {
        Arrival arrival = std::move(arrived_.front());
        arrived_.pop_front();
        return arrival;
      }
      if (std::exchange(woken_, false)) return std::nullopt;
      const Instant present = now();
      if (present >= until) return std::nullopt;
      io_.restart();
      io_.run_one_for(std::min<Duration>(until - present, kLongestWait));
    }
  }

  void interrupt() {
    interrupted_ = true;
    wake();
  }
  bool interrupted() const { return interrupted_; }

  /// write() to an eventfd is all that a signal handler may do here.
  void wake() {
    const int saved = errno;
    const std::uint64_t one = 1;
    (void)!write(waker_.native_handle(), &one, sizeof one);
    errno = saved;
  }

 private:
  static int make_eventfd() {
    const int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor < 0)
      throw TransportError("cannot make an eventfd: " + std::system_category().message(errno),
                           "raise the limit of open files (ulimit -n)");
    return descriptor;
  }

  bool may_open_bare_esp(const UdpOptions& options) {
    if (!options.bare_esp)
      no_bare_esp_ = "it was not asked for";
    else if (options.local.is_unspecified())  // it would take the packets of everybody on this machine
      no_bare_esp_ = "the sockets are bound to no address";
    else if (is_loopback(options.local))  // every packet would come to all who use the address, and back to the sender
      no_bare_esp_ = "a loopback address is shared";
    return no_bare_esp_.empty();
  }

  void open_bare_esp(const IpAddress& local) {
    try {
      bare_esp_.emplace_back(io_, local);
    } catch (const TransportError& error) {
      no_bare_esp_ = error.what();
    }
  }

  void send_bare_esp(const Datagram& datagram) {
    const auto socket = std::ranges::find(bare_esp_, datagram.source.address, &RawEspSocket::local);
    if (socket == bare_esp_.end())
      throw TransportError(
          "ESP in IP protocol 50 cannot be sent: " +
              (no_bare_esp_.empty() ? "there is no socket for " + datagram.source.address.text() : no_bare_esp_),
          "run as root or with CAP_NET_RAW, or let the device use UDP encapsulation (RFC 3948)");
    socket->send(datagram);
  }

  void watch_bare_esp(RawEspSocket& socket) {
    socket.asio().async_wait(asio::socket_base::wait_read, [this, &socket](const std::error_code& error) {
      if (error) return;
      while (auto datagram = socket.receive())
        if (!datagram->payload.empty()) arrived_.push_back({clock_.now(), std::move(*datagram)});
      watch_bare_esp(socket);
    });
  }

  void watch(UdpSocket& socket) {
    socket.asio().async_wait(asio::ip::udp::socket::wait_read, [this, &socket](const std::error_code& error) {
      if (error) return;
      while (auto received = socket.receive()) {
        const Instant at = received->since_epoch ? clock_.at(*received->since_epoch) : clock_.now();
        arrived_.push_back({at, std::move(received->datagram)});
      }
      watch(socket);
    });
  }

  void watch_waker() {
    waker_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const std::error_code& error) {
      if (error) return;
      std::uint64_t count = 0;
      (void)!read(waker_.native_handle(), &count, sizeof count);
      woken_ = true;
      watch_waker();
    });
  }

  static_assert(std::atomic<bool>::is_always_lock_free, "interrupt() is called from signal handlers");

  RealClock clock_;
  asio::io_context io_;
  std::optional<UdpSocket> ike_;
  std::optional<UdpSocket> nat_t_;
  std::list<UdpSocket> more_;  ///< two for each further address
  std::list<RawEspSocket> bare_esp_;
  std::string no_bare_esp_;  ///< why there is none
  asio::posix::stream_descriptor waker_;
  std::deque<Arrival> arrived_;
  bool woken_{};
  std::atomic<bool> interrupted_{};
};

UdpTransport::UdpTransport(const UdpOptions& options) : impl_(std::make_unique<Impl>(options)) {}
UdpTransport::~UdpTransport() = default;

Endpoint UdpTransport::ike_endpoint() const { return impl_->ike().local(); }
Endpoint UdpTransport::nat_t_endpoint() const { return impl_->nat_t().local(); }
Instant UdpTransport::now() const { return impl_->now(); }
void UdpTransport::send(const Datagram& datagram) { impl_->send(datagram); }
bool UdpTransport::sends_bare_esp() const { return impl_->sends_bare_esp(); }
std::optional<Arrival> UdpTransport::receive(Instant until) { return impl_->receive(until); }
void UdpTransport::interrupt() { impl_->interrupt(); }
bool UdpTransport::interrupted() const { return impl_->interrupted(); }
void UdpTransport::wake() { impl_->wake(); }

}  // namespace ikevet::transport
