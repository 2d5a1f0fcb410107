#include "engine/transport/tcp_transport.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <cerrno>
#include <deque>
#include <map>
#include <system_error>

#include "engine/base/tcp_stream.hpp"
#include "engine/transport/udp_socket.hpp"

namespace ikevet::transport {
namespace {

using asio::ip::tcp;

constexpr Duration kLongestWait = std::chrono::hours(1);
constexpr std::size_t kReadSize = 16384;

tcp::endpoint to_asio(const Endpoint& endpoint) {
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

Endpoint from_asio(const tcp::endpoint& endpoint) {
  if (endpoint.address().is_v4()) return {IpAddress::v4(endpoint.address().to_v4().to_bytes()), endpoint.port()};
  return {IpAddress::v6(endpoint.address().to_v6().to_bytes()), endpoint.port()};
}

/// One TCP connection. Lives as long as an operation of it is open.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using OnMessage = std::function<void(const Connection&, Bytes)>;

  Connection(tcp::socket socket, const Endpoint& local, bool originator, OnMessage on_message)
      : socket_(std::move(socket)),
        local_(local),
        remote_(from_asio(socket_.remote_endpoint())),
        reader_(originator ? TcpStreamReader::Prefix::None : TcpStreamReader::Prefix::Wanted),
        on_message_(std::move(on_message)) {
    if (originator) append(waiting_, kTcpStreamPrefix);
    socket_.set_option(tcp::no_delay(true), ignored_);
  }

  void start() {
    read();
    write();
  }
  const Endpoint& local() const { return local_; }
  const Endpoint& remote() const { return remote_; }
  bool open() const { return socket_.is_open(); }

  void send(BytesView message) {
    if (!open()) return;
    append(waiting_, tcp_frame(message));
    if (waiting_.size() > kMaxTcpBacklog) return close();
    write();
  }

  void close() { socket_.close(ignored_); }

 private:
  void read() {
    socket_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](const std::error_code& error, std::size_t count) {
                              if (error) return self->close();
                              for (Bytes& message : self->reader_.feed({self->buffer_.data(), count}))
                                self->on_message_(*self, std::move(message));
                              // RFC 9329 §3.1, §4: a stream that is none of ours ends here.
                              if (self->reader_.fault()) return self->close();
                              self->read();
                            });
  }

  void write() {
    if (!leaving_.empty() || waiting_.empty()) return;
    std::swap(leaving_, waiting_);
    asio::async_write(socket_, asio::buffer(leaving_.data(), leaving_.size()),
                      [self = shared_from_this()](const std::error_code& error, std::size_t) {
                        self->leaving_.clear();
                        if (error) return self->close();
                        self->write();
                      });
  }

  tcp::socket socket_;
  Endpoint local_;
  Endpoint remote_;
  TcpStreamReader reader_;
  OnMessage on_message_;
  std::array<std::uint8_t, kReadSize> buffer_{};
  Bytes leaving_;
  Bytes waiting_;
  std::error_code ignored_;
};

}  // namespace

class TcpTransport::Impl {
 public:
  explicit Impl(const TcpOptions& options) : options_(options), waker_(io_, make_eventfd()), acceptor_(io_) {
    watch_waker();
    in_network_namespace(options.network_namespace, [&] {
      if (options.connect_to)
        connect();
      else
        listen();
    });
  }

  ~Impl() {
    for (auto& [remote, connection] : connections_) connection->close();
    io_.restart();
    io_.poll();
  }

  const Endpoint& endpoint() const { return local_; }
  std::size_t connections() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(connections_, [](const auto& entry) { return entry.second->open(); }));
  }

  Instant now() const { return start_ + (std::chrono::steady_clock::now() - steady_start_); }

  void send(const Datagram& datagram) {
    std::erase_if(connections_, [](const auto& entry) { return !entry.second->open(); });
    auto found = connections_.find(datagram.destination);
    if (found == connections_.end() && options_.connect_to == datagram.destination) {
      in_network_namespace(options_.network_namespace, [&] { connect(); });
      found = connections_.find(datagram.destination);
    }
    if (found != connections_.end()) found->second->send(datagram.payload);
  }

  std::optional<Arrival> receive(Instant until) {
    for (;;) {
      io_.restart();
      io_.poll();
      if (interrupted_) return std::nullopt;
      if (!arrived_.empty()) {
        Arrival arrival = std::move(arrived_.front());
        arrived_.pop_front();
        return arrival;
      }
      const Instant present = now();
      if (present >= until) return std::nullopt;
      io_.restart();
      io_.run_one_for(std::min<Duration>(until - present, kLongestWait));
    }
  }

  void interrupt() {
    interrupted_ = true;
    const int saved = errno;
    const std::uint64_t one = 1;
    (void)!::write(waker_.native_handle(), &one, sizeof one);
    errno = saved;
  }
  bool interrupted() const { return interrupted_; }

 private:
  static int make_eventfd() {
    const int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor < 0)
      throw TransportError("cannot make an eventfd: " + std::system_category().message(errno),
                           "raise the limit of open files (ulimit -n)");
    return descriptor;
  }

  void watch_waker() {
    waker_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const std::error_code& error) {
      if (error) return;
      std::uint64_t count = 0;
      (void)!::read(waker_.native_handle(), &count, sizeof count);
      watch_waker();
    });
  }

  void listen() {
    const Endpoint wanted{options_.local, options_.port};
    std::error_code error;
    acceptor_.open(to_asio(wanted).protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && wanted.address.is_v6()) acceptor_.set_option(asio::ip::v6_only(true), error);
    if (!error) acceptor_.bind(to_asio(wanted), error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (error)
      throw TransportError("cannot listen on TCP " + wanted.text() + ": " + error.message(),
                           "see `ss -tlnp` for who holds the port, or choose another address or port");
    local_ = {options_.local, acceptor_.local_endpoint().port()};
    accept();
  }

  void accept() {
    acceptor_.async_accept([this](const std::error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        std::erase_if(connections_, [](const auto& entry) { return !entry.second->open(); });
        std::error_code gone;
        (void)socket.remote_endpoint(gone);
        const auto here = socket.local_endpoint(gone);
        if (!gone && connections_.size() < kMaxTcpConnections) add(std::move(socket), from_asio(here), false);
      }
      accept();
    });
  }

  void connect() {
    tcp::socket socket(io_);
    std::error_code error;
    const auto remote = to_asio(*options_.connect_to);
    socket.open(remote.protocol(), error);
    if (!error && !options_.local.is_unspecified()) socket.bind(to_asio({options_.local, 0}), error);
    if (!error) socket.connect(remote, error);
    if (error)
      throw TransportError("cannot connect over TCP to " + options_.connect_to->text() + ": " + error.message(),
                           "is TCP encapsulation (RFC 9329) configured there, and is the port right?");
    // §6.1: the connection may change, the IKE SA stays; so does the endpoint that the engine knows as its own.
    if (local_.port == 0) local_ = from_asio(socket.local_endpoint());
    add(std::move(socket), local_, true);
  }

  void add(tcp::socket socket, const Endpoint& local, bool originator) {
    auto connection = std::make_shared<Connection>(
        std::move(socket), local, originator, [this](const Connection& from, Bytes message) {
          arrived_.push_back({now(), Datagram{from.remote(), from.local(), std::move(message)}});
        });
    connections_.insert_or_assign(connection->remote(), connection);
    connection->start();
  }

  static_assert(std::atomic<bool>::is_always_lock_free, "interrupt() is called from signal handlers");

  TcpOptions options_;
  Instant start_{std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())};
  std::chrono::steady_clock::time_point steady_start_ = std::chrono::steady_clock::now();
  asio::io_context io_;
  asio::posix::stream_descriptor waker_;
  tcp::acceptor acceptor_;
  Endpoint local_;
  std::map<Endpoint, std::shared_ptr<Connection>> connections_;  ///< by the peer's end
  std::deque<Arrival> arrived_;
  std::atomic<bool> interrupted_{};
};

TcpTransport::TcpTransport(const TcpOptions& options) : impl_(std::make_unique<Impl>(options)) {}
TcpTransport::~TcpTransport() = default;

Endpoint TcpTransport::endpoint() const { return impl_->endpoint(); }
std::size_t TcpTransport::connections() const { return impl_->connections(); }
Instant TcpTransport::now() const { return impl_->now(); }
void TcpTransport::send(const Datagram& datagram) { impl_->send(datagram); }
std::optional<Arrival> TcpTransport::receive(Instant until) { return impl_->receive(until); }
void TcpTransport::interrupt() { impl_->interrupt(); }
bool TcpTransport::interrupted() const { return impl_->interrupted(); }

}  // namespace ikevet::transport
