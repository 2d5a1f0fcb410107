// Writing captures as pcapng: the same input gives the same octets, whoever runs it and when.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "engine/trace/trace.hpp"
#include "pcap/capture_error.hpp"
#include "pcap/captured_packet.hpp"
#include "pcap/frame_sources.hpp"

namespace ikevet::pcap {

/// As the harness sees it: epb_flags.
enum class Direction : std::uint8_t { Unknown = 0, Inbound = 1, Outbound = 2 };

/// What stands at the head of the file.
struct CaptureDescription {
  LinkType link_type = LinkType::Raw;
  std::string interface_name;         ///< if_name; left out when empty
  std::string interface_description;  ///< if_description; left out when empty
  std::string comment;                ///< of the section; left out when empty
};

/// One section with one interface, timestamps in nanoseconds. Frames reach the file as they are written, so that a run
/// that is broken off leaves what it has.
class PcapngWriter {
 public:
  /// Throws CaptureError when the file cannot be created.
  PcapngWriter(const std::filesystem::path& path, const CaptureDescription& description);

  /// Appends a frame and gives its number, from 1. `original_length` may be more than there are octets. An empty
  /// comment is left out. Throws CaptureError when the disk is full.
  std::size_t write(Instant at, BytesView octets, std::size_t original_length, Direction direction,
                    std::string_view comment = {});
  /// Everything is on disk, or CaptureError. The destructor closes too, but cannot tell.
  void close();

 private:
  void put(std::span<const std::uint8_t> block);

  std::filesystem::path path_;
  FileHandle file_;
  std::size_t frames_{};
};

/// Writes a run's datagrams with IP and UDP headers made for them, and says so in the file. Sets Packet::frame: frames
/// count from 1 in the order of `packets`; a packet of the harness that the scenario dropped was never on the wire and
/// gets 0. Throws CaptureError.
void write_reconstructed(const std::filesystem::path& path, std::span<trace::Packet> packets);

/// Writes frames recorded on an interface as they were. `harness` are the harness's addresses, for the direction.
/// Throws CaptureError.
void write_recorded(const std::filesystem::path& path, const CaptureDescription& description,
                    std::span<const RawFrame> frames, std::span<const IpAddress> harness);

/// Puts comments on frames of a pcapng file, by frame number, and takes away those that an earlier annotate() put there
/// (they start with "ikevet: "). All else stays as it is, bit for bit. The file is replaced in one step; CaptureError,
/// and the file untouched, when it is no sound pcapng file.
void annotate(const std::filesystem::path& path, const std::map<std::size_t, std::string>& comments);

}  // namespace ikevet::pcap
