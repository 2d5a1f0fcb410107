// Frames, files and folders for the tests of pcap.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/base/datagram.hpp"
#include "engine/base/writer.hpp"
#include "pcap/capture_file.hpp"
#include "pcap/udp_packet.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/vectors.hpp"

namespace ikevet::test {

namespace fs = std::filesystem;

/// A folder that is gone after the test.
class TempDir {
 public:
  TempDir() {
    static std::atomic<int> count{0};
    path_ = fs::temp_directory_path() / ("ikevet-pcap-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    fs::create_directories(path_);
  }
  ~TempDir() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

inline fs::path write_file(const fs::path& path, BytesView octets) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
  return path;
}
inline fs::path write_file(const fs::path& path, std::string_view text) { return write_file(path, as_bytes(text)); }

inline std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

inline Endpoint endpoint(std::string_view text) { return Endpoint::parse(text).value(); }

inline Datagram datagram(std::string_view source, std::string_view destination, std::string_view payload) {
  return {endpoint(source), endpoint(destination), to_bytes(as_bytes(payload))};
}

/// A pcap file, big-endian, microseconds: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html
class PcapBuilder {
 public:
  explicit PcapBuilder(std::uint32_t link_type, std::uint32_t magic = 0xa1b2c3d4) {
    out_.u32(magic).u16(2).u16(4).u32(0).u32(0).u32(65535).u32(link_type);
  }
  PcapBuilder& frame(BytesView octets, std::uint32_t seconds = 0, std::uint32_t fraction = 0,
                     std::size_t original_length = 0) {
    out_.u32(seconds).u32(fraction).u32(octets.size());
    out_.u32(original_length == 0 ? octets.size() : original_length).bytes(octets);
    return *this;
  }
  BytesView octets() const { return out_.view(); }

 private:
  Writer out_;
};

inline std::vector<pcap::CapturedPacket> read_all(pcap::CaptureFile& file) {
  std::vector<pcap::CapturedPacket> out;
  while (auto packet = file.next()) out.push_back(std::move(*packet));
  return out;
}
inline std::vector<pcap::CapturedPacket> read_all(const fs::path& path) {
  pcap::CaptureFile file(path);
  return read_all(file);
}

/// What a program prints; empty when it is not installed or fails.
inline std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return {};
  std::string out;
  std::array<char, 4096> part{};
  while (const std::size_t got = std::fread(part.data(), 1, part.size(), pipe)) out.append(part.data(), got);
  return ::pclose(pipe) == 0 ? out : std::string();
}

inline bool is_installed(const std::string& program) { return !output_of("command -v " + program).empty(); }

/// The captures that are not part of the product; tests that want them are skipped where they are absent.
inline fs::path shared_captures() { return test::shared_dir() / "captures"; }

}  // namespace ikevet::test
