// From captured packets to what the user sees of them: the same for files and for an interface.
#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/cli/decode_filter.hpp"
#include "bindings/cli/decode_writers.hpp"
#include "bindings/cli/packet_decoder.hpp"

namespace ikevet::cli {

class DecodeView {
 public:
  /// `source` is the name of the file or interface, `format` what it is. Throws UserError for filters that cannot be
  /// meant. All that is given must live as long.
  DecodeView(const DecodeOptions& options, pcap::CaptureKeys& keys, std::string_view source, std::string_view format,
             std::ostream& out);

  void packet(pcap::CapturedPacket packet, const std::vector<std::string>& comments);
  /// Brings to the stream what was held back.
  void flush();
  void finish(const std::optional<pcap::CaptureError>& trouble);
  const PacketDecoder& decoder() const { return decoder_; }

 private:
  PacketDecoder decoder_;
  DecodeFilter filter_;
  std::unique_ptr<DecodeWriter> writer_;
};

}  // namespace ikevet::cli
