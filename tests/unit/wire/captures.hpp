// The IKE datagrams of capture files: just enough of pcap, pcapng, IP and UDP for tests that ask "does it hold for real
// traffic?". The product's own reader is pcap/; the tests of the wire layer stand below it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ikevet::test {

struct CapturedMessage {
  std::string where;                 ///< "ss-ss-psk.pcap frame 3"
  std::vector<std::uint8_t> octets;  ///< the IKE message, without a non-ESP marker
};

/// The IKE messages over UDP ports 500 and 4500 in a capture file; none of a file that is no capture.
std::vector<CapturedMessage> ike_messages(const std::filesystem::path& file);

/// The IKE messages of every capture below a folder, files in order of name.
std::vector<CapturedMessage> ike_messages_below(const std::filesystem::path& folder);

}  // namespace ikevet::test
