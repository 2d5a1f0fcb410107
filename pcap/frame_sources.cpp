#include "pcap/frame_sources.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/reader.hpp"
#include "engine/wire/ike_header.hpp"
#include "pcap/link_layer.hpp"
#include "pcap/pcapng_blocks.hpp"
#include "pcap/udp_packet.hpp"

namespace ikevet::pcap {
namespace {

constexpr const char* kRecordAgain = "record it again, or cut it to its sound part with editcap";

class PcapSource final : public FrameSource {
 public:
  PcapSource(const std::filesystem::path& path, FileHandle file) {
    std::array<char, PCAP_ERRBUF_SIZE> why{};
    handle_.reset(pcap_fopen_offline_with_tstamp_precision(file.get(), PCAP_TSTAMP_PRECISION_NANO, why.data()));
    if (!handle_) throw CaptureError(path, 0, fmt::format("no readable pcap file: {}", why.data()), kRecordAgain);
    [[maybe_unused]] std::FILE* const closed_by_pcap_close = file.release();
    link_type_ = pcap_datalink(handle_.get());
    if (known_link_type(link_type_)) return;
    const char* link_name = pcap_datalink_val_to_name(link_type_);
    throw CaptureError(
        path, 0, fmt::format("link type {} ({}) is not known here", link_type_, link_name ? link_name : "unnamed"),
        fmt::format("capture on one of: {}", known_link_types()));
  }

  bool next(FileFrame& frame) override {
    pcap_pkthdr* header = nullptr;
    const u_char* octets = nullptr;
    const int got = pcap_next_ex(handle_.get(), &header, &octets);
    if (got != 1) {
      if (got == PCAP_ERROR) trouble_ = pcap_geterr(handle_.get());
      return false;
    }
    frame.link_type = link_type_;
    // With nanosecond precision tv_usec holds nanoseconds.
    frame.at = Instant(std::chrono::seconds(header->ts.tv_sec) + std::chrono::nanoseconds(header->ts.tv_usec));
    frame.octets = {octets, header->caplen};
    frame.original_length = header->len;
    return true;
  }
  std::optional<std::string> trouble() const override { return trouble_; }
  std::string_view format() const override { return "pcap"; }

 private:
  struct Closer {
    void operator()(pcap_t* handle) const { pcap_close(handle); }
  };
  std::unique_ptr<pcap_t, Closer> handle_;
  int link_type_{};
  std::optional<std::string> trouble_;
};

class PcapngSource final : public FrameSource {
 public:
  PcapngSource(const std::filesystem::path& path, FileHandle file) : file_(std::move(file)), reader_(file_.get()) {
    if (!reader_.next()) throw CaptureError(path, 0, reader_.trouble().value_or("empty"), kRecordAgain);
  }

  bool next(FileFrame& frame) override {
    while (!trouble_) {
      std::optional<pcapng::Block> block = reader_.next();
      if (!block) {
        trouble_ = reader_.trouble();
        return false;
      }
      block_ = std::move(*block);
      switch (block_.type) {
        case pcapng::BlockType::SectionHeader:
          interfaces_.clear();  // each section describes its own
          break;
        case pcapng::BlockType::InterfaceDescription:
          add_interface();
          break;
        case pcapng::BlockType::EnhancedPacket:
        case pcapng::BlockType::SimplePacket:
        case pcapng::BlockType::ObsoletePacket:
          return packet(frame);
        default:
          break;  // names, statistics, secrets: nothing that a reader of IKE needs
      }
    }
    return false;
  }
  std::optional<std::string> trouble() const override { return trouble_; }
  std::string_view format() const override { return "pcapng"; }

 private:
  static constexpr std::size_t kMaxInterfaces = 4096;

  void add_interface() {
    const auto description = pcapng::interface_description(block_);
    if (!description)
      trouble_ = fmt::format("an interface description that is too short at octet {}", block_.offset);
    else if (interfaces_.size() == kMaxInterfaces)
      trouble_ = "more interfaces than can be";
    else
      interfaces_.push_back(*description);
  }

  bool packet(FileFrame& frame) {
    const auto found = pcapng::packet_block(block_, interfaces_.empty() ? 0 : interfaces_.front().snapshot_length);
    if (!found || found->interface >= interfaces_.size()) {
      trouble_ = found ? fmt::format("a packet of interface {}, which is not described, at octet {}", found->interface,
                                     block_.offset)
                       : fmt::format("a packet block that is too short for its packet at octet {}", block_.offset);
      return false;
    }
    const pcapng::Interface& interface = interfaces_[found->interface];
    frame.link_type = interface.link_type;
    frame.at = found->has_timestamp ? interface.instant(found->timestamp) : Instant{};
    frame.octets = found->octets;
    frame.original_length = found->original_length;
    frame.comments.clear();
    for (const pcapng::Option& one : pcapng::options({found->options, block_.big_endian}))
      if (one.code == pcapng::option::kComment) frame.comments.emplace_back(one.value.begin(), one.value.end());
    return true;
  }

  FileHandle file_;
  pcapng::BlockReader reader_;
  pcapng::Block block_;
  std::vector<pcapng::Interface> interfaces_;
  std::optional<std::string> trouble_;
};

/// Gives one frame: the message in an IP and a UDP header of unspecified addresses.
class BareMessageSource final : public FrameSource {
 public:
  explicit BareMessageSource(Bytes frame) : frame_(std::move(frame)) {}

  bool next(FileFrame& frame) override {
    if (given_) return false;
    given_ = true;
    frame.link_type = static_cast<int>(LinkType::Raw);
    frame.octets = frame_;
    frame.original_length = frame_.size();
    return true;
  }
  std::optional<std::string> trouble() const override { return std::nullopt; }
  std::string_view format() const override { return "bare IKE message"; }

 private:
  Bytes frame_;
  bool given_{};
};

/// Whether these octets are a whole message: a version that exists, and a Length that agrees with the file's.
bool is_whole_message(BytesView octets) {
  Reader in(octets);
  const auto header = wire::IkeHeader::parse(in);
  return header && (header->major() == 1 || header->major() == 2) && header->length == octets.size();
}

}  // namespace

std::unique_ptr<FrameSource> open_pcap(const std::filesystem::path& path, FileHandle file) {
  return std::make_unique<PcapSource>(path, std::move(file));
}

std::unique_ptr<FrameSource> open_pcapng(const std::filesystem::path& path, FileHandle file) {
  return std::make_unique<PcapngSource>(path, std::move(file));
}

std::unique_ptr<FrameSource> bare_message(BytesView octets) {
  constexpr std::array<std::uint8_t, kNonEspMarkerSize> kMarker{};
  std::uint16_t port = kIkePort;
  if (!is_whole_message(octets)) {
    if (octets.size() < kMarker.size() || !equal(octets.first(kMarker.size()), kMarker) ||
        !is_whole_message(octets.subspan(kMarker.size())))
      return nullptr;
    port = kNatTPort;
  }
  const Endpoint nobody{IpAddress{}, port};
  return std::make_unique<BareMessageSource>(udp_packet({nobody, nobody, to_bytes(octets)}));
}

}  // namespace ikevet::pcap
