#include "bindings/cli/decode_view.hpp"

#include <ostream>
#include <utility>

namespace ikevet::cli {

DecodeView::DecodeView(const DecodeOptions& options, pcap::CaptureKeys& keys, std::string_view source,
                       std::string_view format, std::ostream& out)
    : decoder_(keys),
      filter_(options.filter),
      writer_(options.json ? json_writer(options, source, format, out) : text_writer(options, out)) {}

void DecodeView::packet(pcap::CapturedPacket packet, const std::vector<std::string>& comments) {
  DecodedPacket decoded = decoder_.decode(std::move(packet));
  if (!comments.empty()) decoded.comments = comments;
  writer_->packet(decoded, filter_.wants(decoded));
}

void DecodeView::flush() { writer_->flush(); }

void DecodeView::finish(const std::optional<pcap::CaptureError>& trouble) { writer_->finish(decoder_, trouble); }

}  // namespace ikevet::cli
