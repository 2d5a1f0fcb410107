#include "engine/wire/notify.hpp"

namespace ikevet::wire {

Result<Notify> Notify::parse(Reader in) {
  Notify notify;
  notify.protocol = in.u8<ProtocolId>("Protocol ID");
  const std::size_t spi_size = in.u8("SPI Size");
  notify.type = in.u16<NotifyType>("Notify Message Type");
  notify.spi = in.bytes(spi_size, "Security Parameter Index (SPI)");
  notify.data = in.rest();
  return in.finish(std::move(notify));
}

void Notify::serialise(Writer& out) const { out.fields<1, 1, 2>(protocol, spi.size(), type).bytes(spi).bytes(data); }

}  // namespace ikevet::wire
