// Writing pcapng blocks in either byte order.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "pcap/pcapng_blocks.hpp"

namespace ikevet::pcap::pcapng {

/// Builds one block. Numbers go out in the byte order given.
class Encoder {
 public:
  Encoder(BlockType type, bool big_endian);
  Encoder& u16(std::uint16_t value);
  Encoder& u32(std::uint32_t value);
  Encoder& u64(std::uint64_t value);
  Encoder& bytes(BytesView octets);
  /// Octets, then zeros up to a multiple of four.
  Encoder& padded(BytesView octets);
  /// An option; a value longer than 65,535 octets is cut.
  Encoder& option(std::uint16_t code, BytesView value);
  Encoder& option(std::uint16_t code, std::string_view text) { return option(code, as_bytes(text)); }
  /// opt_endofopt.
  Encoder& end_of_options();
  /// The block with both lengths.
  std::vector<std::uint8_t> take();

 private:
  void number(std::uint64_t value, std::size_t size);
  bool big_endian_;
  std::vector<std::uint8_t> out_;
};

}  // namespace ikevet::pcap::pcapng
