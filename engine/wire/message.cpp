#include "engine/wire/message.hpp"

#include <algorithm>
#include <utility>

namespace ikevet::wire {
namespace {

constexpr std::size_t kLengthAt = 24;  // where the Length field stands in the header

/// How far the payloads reach: to Length where that can be, else to the end of what is there.
std::size_t payloads_end(std::size_t stated, std::size_t present, std::vector<ParseError>& faults) {
  if (stated == present) return present;
  if (stated < kIkeHeaderSize) {
    faults.push_back({"Length", kLengthAt, std::to_string(stated) + ", less than the header's own 28"});
    return present;
  }
  faults.push_back({"Length", kLengthAt, std::to_string(stated) + ", but " + std::to_string(present) + " octets came"});
  return std::min(stated, present);
}

/// The room serialising will need, roughly: an allocation or two saved for ordinary messages.
constexpr std::size_t kUsualSize = 320;

}  // namespace

Result<Message> Message::parse(BytesView octets) {
  Reader in(octets);
  const Result<IkeHeader> header = IkeHeader::parse(in);
  if (!header) return tl::unexpected<ParseError>(header.error());

  Result<Message> out(tl::in_place);
  out->header = *header;
  const std::size_t end = payloads_end(header->length, octets.size(), out->faults);
  Chain chain = parse_chain(header->next_payload, octets.subspan(kIkeHeaderSize, end - kIkeHeaderSize), kIkeHeaderSize);
  out->payloads = std::move(chain.payloads);
  out->trailing = std::move(chain.trailing);
  append(out->trailing, octets.subspan(end));
  if (out->faults.empty()) {
    out->faults = std::move(chain.faults);
  } else {
    std::ranges::move(chain.faults, std::back_inserter(out->faults));
  }
  return out;
}

void Message::serialise(Writer& out) const {
  const std::size_t start = out.size();
  IkeHeader on_wire = header;
  on_wire.next_payload = first_type(payloads);
  on_wire.serialise(out);
  serialise_chain(payloads, out);
  out.patch_u32(start + kLengthAt, out.size() - start);
  out.bytes(trailing);
}

Bytes Message::octets() const {
  Writer out(kUsualSize);
  serialise(out);
  return out.take();
}

}  // namespace ikevet::wire
