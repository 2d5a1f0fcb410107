// The two forms in which `ikevet decode` shows packets.
#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string_view>

#include "bindings/cli/decode.hpp"
#include "bindings/cli/packet_decoder.hpp"
#include "pcap/capture_error.hpp"

namespace ikevet::cli {

class DecodeWriter {
 public:
  virtual ~DecodeWriter() = default;
  virtual void packet(const DecodedPacket& packet) = 0;
  /// Once, at the end. `trouble` is why the capture could not be read to its end.
  virtual void finish(const PacketDecoder& decoder, const std::optional<pcap::CaptureError>& trouble) = 0;
};

/// A line a packet; with the options, the fields and octets under it.
std::unique_ptr<DecodeWriter> text_writer(const DecodeOptions& options, std::ostream& out);

/// One JSON document: {"file", "format", "packets": [...], "summary": {...}}, a packet a line.
std::unique_ptr<DecodeWriter> json_writer(const DecodeOptions& options, std::string_view format, std::ostream& out);

}  // namespace ikevet::cli
