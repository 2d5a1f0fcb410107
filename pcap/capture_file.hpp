// Reading capture files: pcap, pcapng, and a file that is nothing but one IKE message.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pcap/capture_error.hpp"
#include "pcap/captured_packet.hpp"
#include "pcap/dissector.hpp"
#include "pcap/input.hpp"

namespace ikevet::pcap {

/// A frame as the file has it.
struct FileFrame {
  int link_type{};
  Instant at;
  BytesView octets;  ///< valid until the next frame is read
  std::size_t original_length{};
  std::vector<std::string> comments;  ///< pcapng only
};

/// One file format.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  /// False at the end, whichever end it is; trouble() tells.
  virtual bool next(FileFrame& frame) = 0;
  /// Why the frames end before the file does; empty for a sound file.
  virtual std::optional<std::string> trouble() const = 0;
  virtual std::string_view format() const = 0;
};

/// Reads a capture from its beginning to its end; memory does not grow with the file.
///
///     CaptureFile file("trace.pcapng");
///     while (std::optional<CapturedPacket> packet = file.next()) ...
///     if (file.trouble()) ...  // what came before it was given all the same
class CaptureFile {
 public:
  /// Opens a pcap file (either byte order, micro- or nanoseconds), a pcapng file (any number of sections and
  /// interfaces), or a file that holds one IKE message and nothing else, with or without non-ESP marker; each of them
  /// packed with gzip or not. A pipe works, and "-" is standard input.
  /// Throws CaptureError when there is no such file, it is none of these, or its link type is not known.
  explicit CaptureFile(const std::filesystem::path& path);

  /// The next frame, dissected; empty at the end. A TCP segment that completes several messages of an IKE stream
  /// (RFC 9329) gives a packet for each, all with its number.
  std::optional<CapturedPacket> next();
  /// The comments of the frame given last.
  const std::vector<std::string>& comments() const { return frame_.comments; }
  /// The frame given last, undissected.
  const FileFrame& raw() const { return frame_; }

  /// What stopped the reading before the end of the file, with the frame after which it happened and the remedy.
  std::optional<CaptureError> trouble() const;
  std::size_t frames() const { return count_; }
  /// "pcap", "pcapng" or "bare IKE message".
  std::string_view format() const { return source_->format(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  Input input_;
  std::unique_ptr<FrameSource> source_;
  std::shared_ptr<const std::string> input_trouble_;
  Dissector dissector_;
  FileFrame frame_;
  std::size_t count_{};
};

}  // namespace ikevet::pcap
