#include "pcap/interface_reader.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>
#include <poll.h>

#include <array>

#include "pcap/link_layer.hpp"

namespace ikevet::pcap {
namespace {

constexpr int kSnapshotLength = 262144;
constexpr int kKernelBuffer = 16 << 20;

constexpr const char* kPermission =
    "run as root, or allow it once with: sudo setcap cap_net_raw,cap_net_admin=ep IKEVET_PROGRAM";

[[noreturn]] void cannot(const std::string& interface, std::string what, std::string remedy) {
  throw CaptureError(interface, 0, std::move(what), std::move(remedy));
}

std::string known_interfaces() {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  pcap_if_t* list = nullptr;
  if (pcap_findalldevs(&list, why.data()) != 0) return "see `ip link`";
  std::string out;
  for (const pcap_if_t* device = list; device != nullptr; device = device->next)
    out += (out.empty() ? "" : ", ") + std::string(device->name);
  pcap_freealldevs(list);
  return out.empty() ? kPermission : "there are: " + out;
}

}  // namespace

struct InterfaceReader::Handle {
  struct Closer {
    void operator()(pcap_t* handle) const { pcap_close(handle); }
  };
  std::unique_ptr<pcap_t, Closer> pcap;
  std::string interface;
  LinkType link_type{};
};

InterfaceReader::InterfaceReader(const std::string& interface, const std::string& filter)
    : handle_(std::make_unique<Handle>()) {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  handle_->interface = interface;
  handle_->pcap.reset(pcap_create(interface.c_str(), why.data()));
  pcap_t* const pcap = handle_->pcap.get();
  if (pcap == nullptr) cannot(interface, why.data(), known_interfaces());
  pcap_set_snaplen(pcap, kSnapshotLength);
  pcap_set_immediate_mode(pcap, 1);
  pcap_set_buffer_size(pcap, kKernelBuffer);
  pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
  const int status = pcap_activate(pcap);
  if (status == PCAP_ERROR_PERM_DENIED)
    cannot(interface, "no permission to capture (CAP_NET_RAW is needed)", kPermission);
  if (status == PCAP_ERROR_NO_SUCH_DEVICE) cannot(interface, "there is no such interface", known_interfaces());
  if (status < 0)
    cannot(interface, fmt::format("{} {}", pcap_statustostr(status), pcap_geterr(pcap)), "check that it is up");
  const auto link_type = known_link_type(pcap_datalink(pcap));
  if (!link_type)
    cannot(interface, fmt::format("link type {} is not known here", pcap_datalink(pcap)),
           fmt::format("capture on one of: {}", known_link_types()));
  handle_->link_type = *link_type;
  bpf_program program{};
  if (pcap_compile(pcap, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    cannot(interface, fmt::format("filter \"{}\": {}", filter, pcap_geterr(pcap)), "see pcap-filter(7)");
  const int set = pcap_setfilter(pcap, &program);
  pcap_freecode(&program);
  if (set != 0) cannot(interface, fmt::format("filter: {}", pcap_geterr(pcap)), "see pcap-filter(7)");
  if (pcap_setnonblock(pcap, 1, why.data()) != 0) cannot(interface, why.data(), "report this as a bug");
}

InterfaceReader::~InterfaceReader() = default;

std::optional<RawFrame> InterfaceReader::next(std::chrono::milliseconds patience) {
  pcap_t* const pcap = handle_->pcap.get();
  for (int look = 0; look < 2; ++look) {
    pcap_pkthdr* header = nullptr;
    const u_char* octets = nullptr;
    const int got = pcap_next_ex(pcap, &header, &octets);
    if (got == 1) {
      RawFrame out;
      // With nanosecond precision tv_usec holds nanoseconds.
      out.at = Instant(std::chrono::seconds(header->ts.tv_sec) + std::chrono::nanoseconds(header->ts.tv_usec));
      out.original_length = header->len;
      out.octets = to_bytes(BytesView(octets, header->caplen));
      return out;
    }
    if (got < 0) cannot(handle_->interface, pcap_geterr(pcap), "check that the interface is still there");
    if (look > 0) break;
    pollfd ready{pcap_get_selectable_fd(pcap), POLLIN, 0};
    static_cast<void>(::poll(&ready, 1, static_cast<int>(patience.count())));
  }
  return std::nullopt;
}

LinkType InterfaceReader::link_type() const { return handle_->link_type; }

std::size_t InterfaceReader::lost() const {
  pcap_stat counts{};
  return pcap_stats(handle_->pcap.get(), &counts) == 0 ? counts.ps_drop : 0;
}

}  // namespace ikevet::pcap
