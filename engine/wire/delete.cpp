#include "engine/wire/delete.hpp"

namespace ikevet::wire {
namespace {

constexpr std::uint8_t kChildSpiSize = 4;

}  // namespace

Delete Delete::child_sas(ProtocolId protocol, std::span<const ChildSpi> spis) {
  Writer out(spis.size() * kChildSpiSize);
  for (const ChildSpi spi : spis) out.u32(spi.value);
  return {protocol, kChildSpiSize, std::nullopt, out.take()};
}

std::vector<BytesView> Delete::split() const {
  std::vector<BytesView> out;
  if (spi_size == 0) return out;
  const BytesView all(spis);
  out.reserve(all.size() / spi_size);
  for (std::size_t at = 0; at + spi_size <= all.size(); at += spi_size) out.push_back(all.subspan(at, spi_size));
  return out;
}

std::vector<ChildSpi> Delete::child_spis() const {
  std::vector<ChildSpi> out;
  if (spi_size != kChildSpiSize) return out;
  Reader in(spis);
  while (in.remaining() >= kChildSpiSize) out.push_back({in.u32("SPI")});
  return out;
}

Result<Delete> Delete::parse(Reader in) {
  Delete del;
  del.protocol = in.u8<ProtocolId>("Protocol ID");
  del.spi_size = in.u8("SPI Size");
  const auto count = in.u16("Num of SPIs");
  del.spis = in.bytes(std::size_t{del.spi_size} * count, "Security Parameter Index(es) (SPI)");
  // Without a size nothing says how many there are, so that the number has to be kept by itself.
  if (del.spi_size == 0 && count != 0) del.spi_count = count;
  return in.finish(std::move(del));
}

void Delete::serialise(Writer& out) const {
  const std::size_t held = spi_size == 0 ? 0 : spis.size() / spi_size;
  out.u8(protocol).u8(spi_size).u16(spi_count.value_or(static_cast<std::uint16_t>(held))).bytes(spis);
}

}  // namespace ikevet::wire
