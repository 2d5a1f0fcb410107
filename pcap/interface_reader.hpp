// Frames of an interface one by one, as they come: for looking on. Runs are recorded by LiveCapture.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "pcap/capture_error.hpp"
#include "pcap/captured_packet.hpp"

namespace ikevet::pcap {

class InterfaceReader {
 public:
  /// IKE on its own ports, ESP and AH by themselves, TCP on port 4500, and the fragments of all that.
  static constexpr const char* kUsualFilter =
      "udp port 500 or udp port 4500 or ip proto 50 or ip proto 51 or ip6 proto 50 or ip6 proto 51 or tcp port 4500 or "
      "ip[6:2] & 0x3fff != 0 or ip6 proto 44";

  /// "any" is every interface. An empty filter takes everything. Throws CaptureError.
  InterfaceReader(const std::string& interface, const std::string& filter);
  ~InterfaceReader();
  InterfaceReader(const InterfaceReader&) = delete;
  InterfaceReader& operator=(const InterfaceReader&) = delete;

  /// The next frame; empty when none came for so long. Throws CaptureError when the interface is gone.
  std::optional<RawFrame> next(std::chrono::milliseconds patience);
  LinkType link_type() const;
  /// Frames that the kernel lost because they came faster than they were taken.
  std::size_t lost() const;

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace ikevet::pcap
