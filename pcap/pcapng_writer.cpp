#include "pcap/pcapng_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "pcap/dissector.hpp"
#include "pcap/pcapng_encoder.hpp"
#include "pcap/udp_packet.hpp"

namespace ikevet::pcap {
namespace {

using pcapng::BlockType;
using pcapng::Encoder;

constexpr std::uint32_t kSnapshotLength = 262144;
constexpr std::uint8_t kNanoseconds = 9;  // if_tsresol: 10^-9
constexpr std::uint64_t kUnknownSectionLength = ~std::uint64_t{0};
constexpr const char* kApplication = "ikevet " IKEVET_VERSION;
constexpr std::string_view kOurComment = "ikevet: ";
constexpr const char* kReconstructed =
    "Reconstructed from datagrams as sent and received: payloads, addresses, ports and times are those of the run, "
    "IP and UDP headers were made for this file.";

[[noreturn]] void cannot_write(const std::filesystem::path& path, int error) {
  throw CaptureError(path, 0, "cannot be written: " + std::generic_category().message(error),
                     "free some space, or check permissions");
}

FileHandle create(const std::filesystem::path& path) {
  FileHandle file(std::fopen(path.c_str(), "wb"));
  if (!file) cannot_write(path, errno);
  return file;
}

void put(const std::filesystem::path& path, std::FILE* file, std::span<const std::uint8_t> octets) {
  if (std::fwrite(octets.data(), 1, octets.size(), file) != octets.size()) cannot_write(path, errno);
}

void close_checked(const std::filesystem::path& path, FileHandle& file) {
  if (!file) return;
  if (std::fclose(file.release()) != 0) cannot_write(path, errno);
}

std::vector<std::uint8_t> section_header(const CaptureDescription& description) {
  Encoder out(BlockType::SectionHeader, false);
  out.u32(pcapng::kByteOrderMagic).u16(1).u16(0).u64(kUnknownSectionLength);
  if (!description.comment.empty()) out.option(pcapng::option::kComment, description.comment);
  out.option(pcapng::option::kShbUserAppl, kApplication).end_of_options();
  return out.take();
}

std::vector<std::uint8_t> interface_block(const CaptureDescription& description) {
  Encoder out(BlockType::InterfaceDescription, false);
  out.u16(static_cast<std::uint16_t>(description.link_type)).u16(0).u32(kSnapshotLength);
  if (!description.interface_name.empty()) out.option(pcapng::option::kIfName, description.interface_name);
  if (!description.interface_description.empty())
    out.option(pcapng::option::kIfDescription, description.interface_description);
  out.option(pcapng::option::kIfTsResol, std::array{kNanoseconds}).end_of_options();
  return out.take();
}

std::string_view fate_comment(const trace::Packet& packet) {
  switch (packet.fate) {
    case trace::Fate::Delivered:
      return {};
    case trace::Fate::DroppedByScenario:
      return "received, then dropped by the scenario";
    case trace::Fate::Injected:
      return "injected by the scenario";
  }
  return {};
}

bool is_ours(const pcapng::Option& one) {
  const BytesView start = as_bytes(kOurComment);
  return one.code == pcapng::option::kComment && one.value.size() >= start.size() &&
         equal(BytesView(one.value).first(start.size()), start);
}

/// A block as it was read.
std::vector<std::uint8_t> unchanged(const pcapng::Block& block) {
  return Encoder(block.type, block.big_endian).bytes(block.body).take();
}

/// An Enhanced Packet Block with our comments replaced by `comment` (none when empty).
std::vector<std::uint8_t> commented(const pcapng::Block& block, const pcapng::PacketBlock& packet,
                                    const std::string& comment) {
  const std::vector<pcapng::Option> before = pcapng::options({packet.options, block.big_endian});
  if (comment.empty() && std::ranges::none_of(before, is_ours)) return unchanged(block);

  Encoder out(block.type, block.big_endian);
  const std::size_t fixed = block.body.size() - packet.options.size();
  out.bytes(BytesView(block.body).first(fixed));
  for (const pcapng::Option& one : before)
    if (!is_ours(one)) out.option(one.code, one.value);
  if (!comment.empty()) out.option(pcapng::option::kComment, std::string(kOurComment) + comment);
  out.end_of_options();
  return out.take();
}

}  // namespace

PcapngWriter::PcapngWriter(const std::filesystem::path& path, const CaptureDescription& description)
    : path_(path), file_(create(path)) {
  put(section_header(description));
  put(interface_block(description));
}

std::size_t PcapngWriter::write(Instant at, BytesView octets, std::size_t original_length, Direction direction,
                                std::string_view comment) {
  const auto nanos = static_cast<std::uint64_t>(at.time_since_epoch().count());
  const BytesView kept = octets.first(std::min<std::size_t>(octets.size(), kSnapshotLength));
  Encoder out(BlockType::EnhancedPacket, false);
  out.u32(0).u32(static_cast<std::uint32_t>(nanos >> 32)).u32(static_cast<std::uint32_t>(nanos));
  out.u32(static_cast<std::uint32_t>(kept.size())).u32(static_cast<std::uint32_t>(original_length)).padded(kept);
  if (!comment.empty()) out.option(pcapng::option::kComment, comment);
  if (direction != Direction::Unknown)
    out.u16(pcapng::option::kEpbFlags).u16(4).u32(static_cast<std::uint32_t>(direction));
  if (!comment.empty() || direction != Direction::Unknown) out.end_of_options();
  put(out.take());
  return ++frames_;
}

void PcapngWriter::close() { close_checked(path_, file_); }

void PcapngWriter::put(std::span<const std::uint8_t> block) {
  pcap::put(path_, file_.get(), block);
  // A frame at a time, so that a run that is killed leaves whole blocks behind.
  if (std::fflush(file_.get()) != 0) cannot_write(path_, errno);
}

void write_reconstructed(const std::filesystem::path& path, std::span<trace::Packet> packets) {
  PcapngWriter writer(path, {LinkType::Raw, {}, kReconstructed, kReconstructed});
  for (trace::Packet& packet : packets) {
    const bool ours = packet.from == trace::Party::Harness;
    packet.frame = 0;
    if (ours && packet.fate == trace::Fate::DroppedByScenario) continue;
    packet.frame = writer.write(packet.at, udp_packet(packet.datagram), udp_packet_size(packet.datagram),
                                ours ? Direction::Outbound : Direction::Inbound, fate_comment(packet));
  }
  writer.close();
}

void write_recorded(const std::filesystem::path& path, const CaptureDescription& description,
                    std::span<const RawFrame> frames, std::span<const IpAddress> harness) {
  PcapngWriter writer(path, description);
  const auto is_harness = [&](const IpAddress& address) {
    return std::ranges::find(harness, address) != harness.end();
  };
  Dissector dissector;
  std::size_t number = 0;
  for (const RawFrame& frame : frames) {
    const CapturedPacket packet =
        dissector.dissect(description.link_type, ++number, frame.at, frame.octets, frame.original_length);
    Direction direction = Direction::Unknown;
    if (is_harness(packet.datagram.source.address))
      direction = Direction::Outbound;
    else if (is_harness(packet.datagram.destination.address))
      direction = Direction::Inbound;
    writer.write(frame.at, frame.octets, frame.original_length, direction);
  }
  writer.close();
}

void annotate(const std::filesystem::path& path, const std::map<std::size_t, std::string>& comments) {
  FileHandle in(std::fopen(path.c_str(), "rb"));
  if (!in) throw CaptureError(path, 0, "cannot be opened: " + std::generic_category().message(errno), "check the path");

  const std::filesystem::path fresh = path.string() + ".new";
  FileHandle out = create(fresh);
  try {
    pcapng::BlockReader reader(in.get());
    std::uint32_t snapshot_length = 0;
    std::size_t frame = 0;
    bool first = true;
    while (const std::optional<pcapng::Block> block = reader.next()) {
      if (std::exchange(first, false) && block->type != BlockType::SectionHeader)
        throw CaptureError(path, 0, "not a pcapng file", "comments can be written to pcapng only");
      if (const auto interface = pcapng::interface_description(*block)) snapshot_length = interface->snapshot_length;
      const auto packet = pcapng::packet_block(*block, snapshot_length);
      if (packet) ++frame;
      const auto wanted = comments.find(frame);
      const bool can_have = packet && block->type == BlockType::EnhancedPacket;
      put(fresh, out.get(),
          can_have ? commented(*block, *packet, wanted == comments.end() ? std::string() : wanted->second)
                   : unchanged(*block));
    }
    if (reader.trouble()) throw CaptureError(path, frame, *reader.trouble(), "record it again");
    close_checked(fresh, out);
    std::filesystem::rename(fresh, path);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(fresh, ignored);
    throw;
  }
}

}  // namespace ikevet::pcap
