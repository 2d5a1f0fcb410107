#include "pcap/capture_file.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "pcap/frame_sources.hpp"
#include "pcap/link_layer.hpp"

namespace ikevet::pcap {
namespace {

using Magic = std::array<std::uint8_t, 4>;

std::string system_text(int error) { return std::generic_category().message(error); }

/// The file, at its beginning and able to go back there: what comes through a pipe is put into a temporary file.
FileHandle open_seekable(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw CaptureError(path, 0, "is a directory", "name a capture file in it");
  FileHandle file(std::fopen(path.c_str(), "rb"));
  if (!file) throw CaptureError(path, 0, fmt::format("cannot be opened: {}", system_text(errno)), "check the path");
  if (std::fseek(file.get(), 0, SEEK_SET) == 0) return file;

  FileHandle copy(std::tmpfile());
  std::array<std::uint8_t, 1 << 16> part{};
  while (copy) {
    const std::size_t got = std::fread(part.data(), 1, part.size(), file.get());
    if (got == 0) {
      std::rewind(copy.get());
      return copy;
    }
    if (std::fwrite(part.data(), 1, got, copy.get()) != got) break;
  }
  throw CaptureError(path, 0, fmt::format("cannot be kept in a temporary file: {}", system_text(errno)),
                     "write it to a file first");
}

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
  if (begins("\x1f\x8b")) throw CaptureError(path, 0, "compressed with gzip", "unpack it with gunzip first");
  if (begins("\x28\xb5\x2f\xfd")) throw CaptureError(path, 0, "compressed with zstd", "unpack it with unzstd first");
  if (begins("snoop")) throw CaptureError(path, 0, "a snoop file", "convert it with: editcap -F pcapng IN OUT");
  throw CaptureError(path, 0, what, "give a capture made by tcpdump, Wireshark or ikevet");
}

std::unique_ptr<FrameSource> open_source(const std::filesystem::path& path) {
  FileHandle file = open_seekable(path);
  Bytes start(kMaxBareMessage + 1);
  start.resize(std::fread(start.data(), 1, start.size(), file.get()));
  if (std::ferror(file.get()) != 0) throw CaptureError(path, 0, "cannot be read: " + system_text(errno), "");
  std::rewind(file.get());

  Magic magic{};
  if (start.size() >= magic.size()) std::copy_n(start.begin(), magic.size(), magic.begin());
  if (magic == Magic{0x0a, 0x0d, 0x0d, 0x0a}) return open_pcapng(path, std::move(file));
  if (is_pcap(magic)) return open_pcap(path, std::move(file));
  if (auto bare = bare_message(start)) return bare;
  refuse(path, start);
}

}  // namespace

CaptureFile::CaptureFile(const std::filesystem::path& path) : path_(path), source_(open_source(path)) {}

std::optional<CapturedPacket> CaptureFile::next() {
  if (!source_->next(frame_)) return std::nullopt;
  ++count_;
  if (const auto link_type = known_link_type(frame_.link_type))
    return dissector_.dissect(*link_type, count_, frame_.at, frame_.octets, frame_.original_length);
  CapturedPacket packet;
  packet.frame = count_;
  packet.at = frame_.at;
  packet.note = fmt::format("link type {} is not known here (known: {})", frame_.link_type, known_link_types());
  return packet;
}

std::optional<CaptureError> CaptureFile::trouble() const {
  const auto why = source_->trouble();
  if (!why) return std::nullopt;
  return CaptureError(path_, count_, fmt::format("the capture cannot be read beyond this frame: {}", *why),
                      "what comes before it is used; record it again if the end matters");
}

}  // namespace ikevet::pcap
