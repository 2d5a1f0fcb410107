#include "pcap/pcapng_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace ikevet::pcap::pcapng {
namespace {

constexpr std::size_t kBlockOverhead = 12;  // type, and Block Total Length twice
constexpr std::uint64_t kNanosPerSecond = 1'000'000'000;
constexpr std::uint64_t kMaxSeconds = std::numeric_limits<std::int64_t>::max() / kNanosPerSecond - 1;

std::uint64_t power_of_ten(unsigned exponent) {
  std::uint64_t value = 1;
  for (; exponent != 0; --exponent) value *= 10;
  return value;
}

struct SecondsAndNanos {
  std::uint64_t seconds{};
  std::uint64_t nanos{};
};

SecondsAndNanos decimal(std::uint64_t timestamp, unsigned digits) {
  if (digits > 19) return {};  // finer than 64 bits can count seconds in
  const std::uint64_t unit = power_of_ten(digits);
  const std::uint64_t fraction = timestamp % unit;
  return {timestamp / unit, digits <= 9 ? fraction * power_of_ten(9 - digits) : fraction / power_of_ten(digits - 9)};
}

SecondsAndNanos binary(std::uint64_t timestamp, unsigned bits) {
  if (bits > 63) return {};
  const std::uint64_t fraction = timestamp & ((std::uint64_t{1} << bits) - 1);
  // 32 bits of the fraction are finer than a nanosecond, and leave room for the multiplication.
  const std::uint64_t upper = bits > 32 ? fraction >> (bits - 32) : fraction << (32 - bits);
  return {timestamp >> bits, upper * kNanosPerSecond >> 32};
}

}  // namespace

BytesView Fields::view(std::size_t count) {
  if (!ok_ || octets_.size() < count) {
    ok_ = false;
    return {};
  }
  const BytesView out = octets_.first(count);
  octets_ = octets_.subspan(count);
  return out;
}

BytesView Fields::padded(std::size_t count) {
  const BytesView out = view(count);
  if (ok_) octets_ = octets_.subspan(std::min((4 - count % 4) % 4, octets_.size()));
  return out;
}

std::uint64_t Fields::number(std::size_t size) {
  const BytesView octets = view(size);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) value = value << 8 | octets[big_endian_ ? i : octets.size() - 1 - i];
  return value;
}

std::vector<Option> options(Fields fields) {
  std::vector<Option> out;
  while (!fields.rest().empty()) {
    Option one;
    one.code = fields.u16();
    const std::uint16_t length = fields.u16();
    one.value = to_bytes(fields.padded(length));
    if (!fields.ok() || one.code == option::kEnd) break;
    out.push_back(std::move(one));
  }
  return out;
}

std::optional<PacketBlock> packet_block(const Block& block, std::uint32_t simple_limit) {
  Fields fields = block.fields();
  PacketBlock packet;
  std::uint32_t captured = 0;
  switch (block.type) {
    case BlockType::EnhancedPacket:
    case BlockType::ObsoletePacket: {
      packet.interface = block.type == BlockType::EnhancedPacket ? fields.u32() : fields.u16();
      if (block.type == BlockType::ObsoletePacket) fields.u16();  // Drops Count
      const std::uint64_t high = fields.u32();
      packet.timestamp = high << 32 | fields.u32();
      packet.has_timestamp = true;
      captured = fields.u32();
      packet.original_length = fields.u32();
      break;
    }
    case BlockType::SimplePacket:
      packet.original_length = fields.u32();
      captured = simple_limit == 0 ? packet.original_length : std::min(packet.original_length, simple_limit);
      break;
    default:
      return std::nullopt;
  }
  packet.octets = fields.padded(captured);
  if (!fields.ok()) return std::nullopt;
  if (block.type != BlockType::SimplePacket) packet.options = fields.rest();
  return packet;
}

Instant Interface::instant(std::uint64_t timestamp) const {
  const unsigned exponent = resolution & 0x7fU;
  const SecondsAndNanos value = (resolution & 0x80) != 0 ? binary(timestamp, exponent) : decimal(timestamp, exponent);
  const auto limit = static_cast<std::int64_t>(kMaxSeconds);
  const auto seconds = static_cast<std::int64_t>(std::min(value.seconds, kMaxSeconds));
  const std::int64_t shift = std::clamp(offset_seconds, -limit, limit - seconds);
  return Instant(std::chrono::seconds(seconds + shift) + std::chrono::nanoseconds(value.nanos));
}

std::optional<Interface> interface_description(const Block& block) {
  if (block.type != BlockType::InterfaceDescription) return std::nullopt;
  Fields fields = block.fields();
  Interface out;
  out.link_type = fields.u16();
  fields.u16();  // Reserved
  out.snapshot_length = fields.u32();
  if (!fields.ok()) return std::nullopt;
  for (const Option& one : options(Fields(fields.rest(), block.big_endian))) {
    if (one.code == option::kIfTsResol && one.value.size() == 1) out.resolution = one.value[0];
    if (one.code == option::kIfTsOffset && one.value.size() == 8)
      out.offset_seconds = static_cast<std::int64_t>(Fields(one.value, block.big_endian).u64());
  }
  return out;
}

std::optional<Block> BlockReader::next() {
  if (trouble_) return std::nullopt;
  std::array<std::uint8_t, 8> head{};
  const std::size_t got = std::fread(head.data(), 1, head.size(), file_);
  if (got == 0) return std::nullopt;
  if (got < head.size()) return stop("the file ends within a block header");

  Block block;
  block.offset = at_;
  block.type = static_cast<BlockType>(Fields(head, big_endian_).u32());
  std::array<std::uint8_t, 4> magic{};
  const bool is_section = block.type == BlockType::SectionHeader;  // the same in both byte orders
  if (is_section) {
    if (!read(magic)) return stop("the file ends within a section header");
    if (Fields(magic, true).u32() == kByteOrderMagic)
      big_endian_ = true;
    else if (Fields(magic, false).u32() == kByteOrderMagic)
      big_endian_ = false;
    else
      return stop("a section header without byte-order magic");
  }
  block.big_endian = big_endian_;

  const std::uint32_t length = Fields(BytesView(head).subspan(4), big_endian_).u32();
  const std::size_t least = kBlockOverhead + (is_section ? 16 : 0);
  if (length < least || length % 4 != 0 || length > kMaxBlock)
    return stop(fmt::format("a block with the impossible length {} at octet {}", length, at_));
  block.body.resize(length - kBlockOverhead);
  std::span<std::uint8_t> body(block.body);
  if (is_section) {
    std::ranges::copy(magic, body.begin());
    body = body.subspan(magic.size());
  }
  std::array<std::uint8_t, 4> tail{};
  if (!read(body) || !read(tail)) return stop(fmt::format("the file ends within the block at octet {}", at_));
  if (Fields(tail, big_endian_).u32() != length)
    return stop(fmt::format("the two lengths of the block at octet {} differ", at_));
  at_ += length;
  return block;
}

std::nullopt_t BlockReader::stop(std::string why) {
  trouble_ = std::move(why);
  return std::nullopt;
}

bool BlockReader::read(std::span<std::uint8_t> out) {
  return std::fread(out.data(), 1, out.size(), file_) == out.size();
}

}  // namespace ikevet::pcap::pcapng
