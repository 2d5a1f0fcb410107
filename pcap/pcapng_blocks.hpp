// The blocks of a pcapng file, read one at a time, and their options.
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
//
// libpcap opens a pcapng file only when all its interfaces have one link type and one snapshot length, and it hides
// comments; hence a reader of our own.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"

namespace ikevet::pcap::pcapng {

enum class BlockType : std::uint32_t {
  InterfaceDescription = 1,
  ObsoletePacket = 2,
  SimplePacket = 3,
  EnhancedPacket = 6,
  SectionHeader = 0x0a0d0d0a,
};

inline constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;

/// Option codes. Those from 2 on mean different things in different blocks.
namespace option {
inline constexpr std::uint16_t kEnd = 0;
inline constexpr std::uint16_t kComment = 1;
inline constexpr std::uint16_t kEpbFlags = 2;
inline constexpr std::uint16_t kIfName = 2;
inline constexpr std::uint16_t kIfDescription = 3;
inline constexpr std::uint16_t kShbUserAppl = 4;
inline constexpr std::uint16_t kIfTsResol = 9;
inline constexpr std::uint16_t kIfTsOffset = 14;
}  // namespace option

struct Option {
  std::uint16_t code{};
  Bytes value;
};

/// Reads numbers in the byte order of a section; after the first shortage gives zeros and ok() is false.
class Fields {
 public:
  Fields(BytesView octets, bool big_endian) : octets_(octets), big_endian_(big_endian) {}
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  BytesView view(std::size_t count);
  /// As view(), and steps over the padding to the next multiple of four.
  BytesView padded(std::size_t count);
  BytesView rest() const { return octets_; }
  bool ok() const { return ok_; }

 private:
  std::uint64_t number(std::size_t size);
  BytesView octets_;
  bool big_endian_;
  bool ok_ = true;
};

struct Block {
  BlockType type{};
  bool big_endian{};
  std::uint64_t offset{};          ///< of the block within the file
  std::vector<std::uint8_t> body;  ///< between the two Block Total Length fields

  Fields fields() const { return {body, big_endian}; }
};

/// The options up to opt_endofopt or the end; a cut option ends the list.
std::vector<Option> options(Fields fields);

/// A packet block of any of the three kinds.
struct PacketBlock {
  std::uint32_t interface{};
  std::uint64_t timestamp{};  ///< in the units of its interface; 0 for a Simple Packet Block
  bool has_timestamp{};
  std::uint32_t original_length{};
  BytesView octets;
  BytesView options;  ///< the octets of the options list
};
/// Empty when the block is not a packet block, or is too short for what it announces. `simple_limit` is the snapshot
/// length of interface 0, which bounds the octets of a Simple Packet Block (0: no limit).
std::optional<PacketBlock> packet_block(const Block& block, std::uint32_t simple_limit);

struct Interface {
  int link_type{};
  std::uint32_t snapshot_length{};
  std::uint8_t resolution = 6;  ///< if_tsresol as it stands: 10^-n, or 2^-n with the high bit set
  std::int64_t offset_seconds{};

  Instant instant(std::uint64_t timestamp) const;
};
std::optional<Interface> interface_description(const Block& block);

/// Reads blocks off a file. Blocks beyond kMaxBlock are refused, so that a wrong length cannot exhaust memory.
class BlockReader {
 public:
  static constexpr std::uint32_t kMaxBlock = 16U << 20;

  explicit BlockReader(std::FILE* file) : file_(file) {}
  /// The next block; empty at the end of the file and when there is no sense in reading on: then trouble() says why.
  std::optional<Block> next();
  const std::optional<std::string>& trouble() const { return trouble_; }

 private:
  std::nullopt_t stop(std::string why);
  bool read(std::span<std::uint8_t> out);

  std::FILE* file_;
  std::uint64_t at_{};
  bool big_endian_{};
  std::optional<std::string> trouble_;
};

}  // namespace ikevet::pcap::pcapng
