#include "engine/wire/ike_header.hpp"

namespace ikevet::wire {

Result<IkeHeader> IkeHeader::parse(Reader& in) {
  IkeHeader header;
  header.spis.i.value = in.u64("IKE SA Initiator's SPI");
  header.spis.r.value = in.u64("IKE SA Responder's SPI");
  header.next_payload = in.u8<PayloadType>("Next Payload");
  header.version = in.u8("Version");
  header.exchange = in.u8<ExchangeType>("Exchange Type");
  header.flags = in.u8("Flags");
  header.message_id.value = in.u32("Message ID");
  header.length = in.u32("Length");
  if (in.fault()) return tl::unexpected<ParseError>(*in.fault());
  return header;
}

void IkeHeader::serialise(Writer& out) const {
  out.u64(spis.i.value).u64(spis.r.value);
  out.u8(next_payload).u8(version).u8(exchange).u8(flags);
  out.u32(message_id.value).u32(length);
}

}  // namespace ikevet::wire
