// The formats behind CaptureFile.
#pragma once

#include <filesystem>
#include <memory>

#include "pcap/capture_file.hpp"
#include "pcap/input.hpp"

namespace ikevet::pcap {

/// Each takes the file at its beginning and throws CaptureError when it cannot be read as what it claims to be.
std::unique_ptr<FrameSource> open_pcap(const std::filesystem::path& path, FileHandle file);
std::unique_ptr<FrameSource> open_pcapng(const std::filesystem::path& path, FileHandle file);
/// `octets` is the whole file. Null when it is not one IKE message.
std::unique_ptr<FrameSource> bare_message(BytesView octets);

/// The most that bare_message() can be given: a UDP payload with the non-ESP marker.
inline constexpr std::size_t kMaxBareMessage = 65535 + kNonEspMarkerSize;

}  // namespace ikevet::pcap
