// Any octets as a capture file, packed or not: whatever can be read of it is read, messages included, and what is sound
// gives its octets back.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/wire/ikev1.hpp"
#include "pcap/capture_file.hpp"
#include "pcap/message_stream.hpp"
#include "pcap/udp_use.hpp"

using namespace ikevet;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

/// A file in memory, under a name by which it can be opened.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size) : descriptor_(::memfd_create("capture", MFD_CLOEXEC)) {
    check(descriptor_ >= 0);
    check(::write(descriptor_, data, size) == static_cast<ssize_t>(size));
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

void within(const wire::FieldNode& node, std::size_t size) {
  check(node.offset <= size && node.size <= size - node.offset);
  for (const wire::FieldNode& child : node.children) within(child, size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) try {
  const MemoryFile memory(data, size);
  pcap::CaptureFile file(memory.path());
  pcap::UdpPaths paths;
  pcap::MessageStream stream(nullptr);
  std::size_t last = 0;
  while (const auto packet = file.next()) {
    check(packet->frame >= last);
    last = packet->frame;
    if (packet->kind != pcap::PacketKind::Udp) continue;
    const auto [use, framed] = paths.look(*packet);
    if (!framed) continue;
    if (use == pcap::UdpUse::IkeV1) {
      const wire::FieldNode tree = wire::ikev1_tree(framed->message);
      within(tree, framed->message.size());
      check(!wire::ikev1_notation(tree).empty());
    }
    pcap::StreamedMessage message;
    message.record.frame = packet->frame;
    message.record.octets = to_bytes(framed->message);
    if (!stream.take(message)) continue;
    if (message.record.outer.faults.empty()) check(message.record.outer.octets() == message.record.octets);
    check(!message.repeats_frame || *message.repeats_frame <= packet->frame);
    check(!message.answers_frame || *message.answers_frame <= packet->frame);
  }
  return 0;
} catch (const pcap::CaptureError& error) {
  check(std::string(error.what()).find("/proc/self/fd/") != std::string::npos);
  return 0;
}
