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
  /// Every packet comes by, since the first sets the clock; those that are not `shown` leave no trace.
  virtual void packet(const DecodedPacket& packet, bool shown) = 0;
  /// Brings to the stream what was held back for speed.
  virtual void flush() = 0;
  /// Once, at the end. `trouble` is why the capture could not be read to its end.
  virtual void finish(const PacketDecoder& decoder, const std::optional<pcap::CaptureError>& trouble) = 0;
};

/// A line a packet; with the options, the fields and octets under it.
std::unique_ptr<DecodeWriter> text_writer(const DecodeOptions& options, std::ostream& out);

/// One JSON document: {"file", "format", "packets": [...], "summary": {...}}, a packet a line. Its schema is
/// `ikevet schema decode`.
std::unique_ptr<DecodeWriter> json_writer(const DecodeOptions& options, std::string_view source,
                                          std::string_view format, std::ostream& out);

}  // namespace ikevet::cli
