#include "pcap/live_capture.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <future>
#include <system_error>
#include <utility>

#include "pcap/dissector.hpp"
#include "pcap/link_layer.hpp"

namespace ikevet::pcap {
namespace {

constexpr int kSnapshotLength = 262144;
constexpr int kKernelBuffer = 8 << 20;  // octets: a burst of retransmissions is far smaller
constexpr std::chrono::milliseconds kPoll{50};
constexpr std::chrono::milliseconds kQuiet{10};  // nothing for this long: the kernel has handed over what it had

constexpr const char* kPermission =
    "run as root, or allow it once with: sudo setcap cap_net_raw,cap_net_admin=ep IKEVET_PROGRAM";

struct PcapCloser {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};
using PcapHandle = std::unique_ptr<pcap_t, PcapCloser>;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

[[noreturn]] void cannot(std::string what, std::string remedy) {
  throw CaptureError({}, 0, "cannot record the wire: " + std::move(what), std::move(remedy));
}

std::string system_text(int error) { return std::generic_category().message(error); }

void enter_namespace(const std::string& name) {
  const std::string path = name.find('/') == std::string::npos ? "/run/netns/" + name : name;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0)
    cannot(fmt::format("network namespace {}: {}", path, system_text(errno)), "create it first, or name another");
  if (::setns(file.get(), CLONE_NEWNET) != 0)
    cannot(fmt::format("network namespace {} cannot be entered: {}", path, system_text(errno)), "run as root");
}

std::optional<IpAddress> address_of(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  std::array<std::uint8_t, 16> octets{};
  if (address->sa_family == AF_INET) {
    std::memcpy(octets.data(), &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, 4);
    return IpAddress::from_octets(BytesView(octets).first(4));
  }
  if (address->sa_family == AF_INET6) {
    std::memcpy(octets.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, 16);
    return IpAddress::from_octets(octets);
  }
  return std::nullopt;
}

/// The one interface that carries all of these addresses; "any" when several do.
std::string interface_for(const std::vector<IpAddress>& addresses) {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  pcap_if_t* list = nullptr;
  if (pcap_findalldevs(&list, why.data()) != 0) cannot(why.data(), kPermission);
  const std::unique_ptr<pcap_if_t, decltype(&pcap_freealldevs)> owner(list, &pcap_freealldevs);

  std::vector<std::string> names;
  for (const IpAddress& wanted : addresses) {
    std::string found;
    for (const pcap_if_t* device = list; device != nullptr; device = device->next)
      for (const pcap_addr_t* one = device->addresses; one != nullptr; one = one->next)
        if (address_of(one->addr) == wanted) found = device->name;
    // All of 127.0.0.0/8 is on the loopback interface, which lists 127.0.0.1 alone.
    if (found.empty() && wanted.is_v4() && wanted.octets()[0] == 127) found = "lo";
    if (found.empty() && !wanted.is_unspecified())
      cannot(fmt::format("no interface has the address {}", wanted.text()), "check the harness's address");
    if (std::ranges::find(names, found) == names.end()) names.push_back(found);
  }
  return names.size() == 1 && !names.front().empty() ? names.front() : "any";
}

PcapHandle activate(const std::string& interface) {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  PcapHandle handle(pcap_create(interface.c_str(), why.data()));
  if (!handle) cannot(why.data(), kPermission);
  pcap_set_snaplen(handle.get(), kSnapshotLength);
  pcap_set_immediate_mode(handle.get(), 1);
  pcap_set_buffer_size(handle.get(), kKernelBuffer);
  pcap_set_tstamp_precision(handle.get(), PCAP_TSTAMP_PRECISION_NANO);
  const int status = pcap_activate(handle.get());
  if (status >= 0) return handle;
  if (status == PCAP_ERROR_PERM_DENIED)
    cannot(fmt::format("no permission to capture on {} (CAP_NET_RAW is needed)", interface), kPermission);
  cannot(fmt::format("{}: {} {}", interface, pcap_statustostr(status), pcap_geterr(handle.get())),
         "check that the interface is up");
}

void set_filter(pcap_t* handle, const std::string& filter) {
  bpf_program program{};
  if (pcap_compile(handle, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    cannot(fmt::format("filter \"{}\": {}", filter, pcap_geterr(handle)), "report this as a bug");
  const int status = pcap_setfilter(handle, &program);
  pcap_freecode(&program);
  if (status != 0) cannot(fmt::format("filter: {}", pcap_geterr(handle)), "report this as a bug");
}

std::string hosts(const std::vector<IpAddress>& addresses) {
  std::vector<std::string> terms;
  for (const IpAddress& one : addresses)
    if (!one.is_unspecified()) terms.push_back("host " + one.text());
  return terms.empty() ? std::string() : fmt::format("({})", fmt::join(terms, " or "));
}

}  // namespace

struct LiveCapture::Handle {
  PcapHandle pcap;
  std::string interface;
  LinkType link_type{};
  Descriptor wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};

  /// Opened on a thread of its own, which alone enters the network namespace; the socket stays there.
  static std::unique_ptr<Handle> open(const LiveCaptureOptions& options) {
    return std::async(std::launch::async,
                      [&options] {
                        if (!options.network_namespace.empty()) enter_namespace(options.network_namespace);
                        auto handle = std::make_unique<Handle>();
                        handle->interface = interface_for(options.harness);
                        handle->pcap = activate(handle->interface);
                        const int number = pcap_datalink(handle->pcap.get());
                        const auto known = known_link_type(number);
                        if (!known)
                          cannot(fmt::format("{} has link type {}, which is not known here", handle->interface, number),
                                 fmt::format("use an interface of one of: {}", known_link_types()));
                        handle->link_type = *known;
                        set_filter(handle->pcap.get(), capture_filter(options));
                        std::array<char, PCAP_ERRBUF_SIZE> why{};
                        if (pcap_setnonblock(handle->pcap.get(), 1, why.data()) != 0)
                          cannot(why.data(), "report this as a bug");
                        if (handle->wake.get() < 0) cannot("eventfd: " + system_text(errno), "close other programs");
                        return handle;
                      })
        .get();
  }
};

std::string capture_filter(const LiveCaptureOptions& options) {
  // Fragments of IPv6 have Next Header 44; those of IPv4 carry the protocol but, save the first, no ports.
  std::vector<std::string> kinds{"esp", "ah", "icmp", "icmp6", "ip6 proto 44"};
  if (options.ports.empty()) {
    kinds.emplace_back("udp");
  } else {
    kinds.emplace_back("(ip[6:2] & 0x1fff != 0)");
    for (const std::uint16_t port : options.ports) kinds.push_back(fmt::format("udp port {}", port));
  }
  std::vector<std::string> terms{fmt::format("({})", fmt::join(kinds, " or "))};
  for (const std::string& side : {hosts(options.harness), hosts(options.peers)})
    if (!side.empty()) terms.push_back(side);
  return fmt::format("{}", fmt::join(terms, " and "));
}

std::optional<std::string> LiveCapture::why_not(const LiveCaptureOptions& options) {
  try {
    Handle::open(options);
    return std::nullopt;
  } catch (const CaptureError& error) {
    return error.what();
  }
}

LiveCapture::LiveCapture(LiveCaptureOptions options) : options_(std::move(options)), handle_(Handle::open(options_)) {
  thread_ = std::thread([this] { drain(); });
}

LiveCapture::~LiveCapture() { stop(); }

LinkType LiveCapture::link_type() const { return handle_->link_type; }
const std::string& LiveCapture::interface_name() const { return handle_->interface; }

void LiveCapture::stop(std::size_t expected_datagrams) {
  if (!thread_.joinable()) return;
  expected_ = expected_datagrams;
  stopping_ = true;
  const std::uint64_t one = 1;
  // Cannot fail in a way that matters: the poll below ends by itself too.
  static_cast<void>(!::write(handle_->wake.get(), &one, sizeof one));
  thread_.join();
  pcap_stat statistics{};
  if (pcap_stats(handle_->pcap.get(), &statistics) == 0) lost_ += statistics.ps_drop;
}

void LiveCapture::drain() {
  // Without a clock: a quiet round takes kQuiet, and a device that never falls silent is left after ten times as many.
  constexpr auto kQuietRounds = std::chrono::milliseconds(kGrace) / kQuiet;
  std::int64_t rounds = 0, quiet_rounds = 0;
  std::array<pollfd, 2> sources{
      {{pcap_get_selectable_fd(handle_->pcap.get()), POLLIN, 0}, {handle_->wake.get(), POLLIN, 0}}};
  while (true) {
    const bool ending = stopping_;
    if (ending) sources[1].fd = -1;  // has said what it had to say
    ::poll(sources.data(), sources.size(), static_cast<int>((ending ? kQuiet : kPoll).count()));
    const bool more = read_some();
    if (trouble_) return;
    if (!ending) continue;
    ++rounds;
    quiet_rounds += more ? 0 : 1;
    if (!more && datagrams_ >= expected_) return;
    if (quiet_rounds > kQuietRounds || rounds > 10 * kQuietRounds) return;
  }
}

/// Whether anything was waiting.
bool LiveCapture::read_some() {
  const auto keep = [](u_char* user, const pcap_pkthdr* header, const u_char* octets) {
    auto& self = *reinterpret_cast<LiveCapture*>(user);
    if (self.octets_ + header->caplen > self.options_.max_octets) {
      ++self.lost_;
      return;
    }
    self.octets_ += header->caplen;
    RawFrame frame;
    frame.at = Instant(std::chrono::seconds(header->ts.tv_sec) + std::chrono::nanoseconds(header->ts.tv_usec));
    frame.original_length = header->len;
    frame.octets.assign(octets, octets + header->caplen);
    // Fragments are of no interest to the count, hence a dissector for each frame.
    const PacketKind kind = Dissector().dissect(self.handle_->link_type, 0, frame.at, frame.octets, header->len).kind;
    if (kind == PacketKind::Udp) ++self.datagrams_;
    self.frames_.push_back(std::move(frame));
  };
  const int got = pcap_dispatch(handle_->pcap.get(), -1, keep, reinterpret_cast<u_char*>(this));
  if (got < 0) trouble_ = pcap_geterr(handle_->pcap.get());
  return got > 0;
}

}  // namespace ikevet::pcap
