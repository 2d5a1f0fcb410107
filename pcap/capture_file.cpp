#include "pcap/capture_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pcap/frame_sources.hpp"
#include "pcap/link_layer.hpp"

namespace ikevet::pcap {
namespace {

using Magic = std::array<std::uint8_t, 4>;

bool is_pcap(const Magic& magic) {
  // Microseconds, nanoseconds, and the two variants that libpcap reads besides; in either byte order.
  constexpr std::array<Magic, 4> kMagics{
      Magic{0xa1, 0xb2, 0xc3, 0xd4}, {0xa1, 0xb2, 0x3c, 0x4d}, {0xa1, 0xb2, 0xcd, 0x34}, {0xa1, 0xe2, 0xcb, 0x12}};
  for (const Magic& known : kMagics)
    if (magic == known || magic == Magic{known[3], known[2], known[1], known[0]}) return true;
  return false;
}

[[noreturn]] void refuse(const std::filesystem::path& path, BytesView start) {
  const std::string what = "neither pcap nor pcapng nor a single IKE message";
  const auto begins = [&](std::string_view text) {
    return start.size() >= text.size() && equal(start.first(text.size()), as_bytes(text));
  };
  if (start.empty()) throw CaptureError(path, 0, "the file is empty", "record it again");
  if (begins("\x1f\x8b")) throw CaptureError(path, 0, "packed with gzip twice", "unpack it with gunzip first");
  if (begins("\x28\xb5\x2f\xfd")) throw CaptureError(path, 0, "compressed with zstd", "unpack it with unzstd first");
  if (begins("snoop")) throw CaptureError(path, 0, "a snoop file", "convert it with: editcap -F pcapng IN OUT");
  throw CaptureError(path, 0, what, "give a capture made by tcpdump, Wireshark or ikevet");
}

/// Of a pipe no more is read than it takes to know the format: the rest may be long in coming.
std::unique_ptr<FrameSource> open_source(const std::filesystem::path& path, Input& input) {
  const Bytes first = input.peek(std::tuple_size_v<Magic>);
  Magic magic{};
  if (first.size() == magic.size()) std::ranges::copy(first, magic.begin());
  if (magic == Magic{0x0a, 0x0d, 0x0d, 0x0a}) return open_pcapng(path, input.file());
  if (is_pcap(magic)) return open_pcap(path, input.file());
  const Bytes start = input.peek(kMaxBareMessage + 1);
  if (!input.trouble()->empty()) throw CaptureError(path, 0, *input.trouble(), "check the file, or record it again");
  if (auto bare = bare_message(start)) return bare;
  refuse(path, start);
}

}  // namespace

CaptureFile::CaptureFile(const std::filesystem::path& path)
    : path_(path), input_(path), source_(open_source(path, input_)), input_trouble_(input_.trouble()) {}

std::optional<CapturedPacket> CaptureFile::next() {
  if (auto packet = dissector_.next_of_segment()) return packet;
  if (!source_->next(frame_)) return std::nullopt;
  ++count_;
  if (const auto link_type = known_link_type(frame_.link_type)) {
    CapturedPacket packet = dissector_.dissect(*link_type, count_, frame_.at, frame_.octets, frame_.original_length);
    if (packet.kind != PacketKind::Tcp) return packet;
    // A segment gives the messages that it completes, RFC 9329 §3, or itself where it completes none.
    if (auto message = dissector_.next_of_segment()) return message;
    return packet;
  }
  CapturedPacket packet;
  packet.frame = count_;
  packet.at = frame_.at;
  packet.note = fmt::format("link type {} is not known here (known: {})", frame_.link_type, known_link_types());
  return packet;
}

std::optional<CaptureError> CaptureFile::trouble() const {
  const auto why = input_trouble_->empty() ? source_->trouble() : std::optional(*input_trouble_);
  if (!why) return std::nullopt;
  return CaptureError(path_, count_, fmt::format("the capture cannot be read beyond this frame: {}", *why),
                      "what comes before it is used; record it again if the end matters");
}

}  // namespace ikevet::pcap
