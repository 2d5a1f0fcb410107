#include "engine/base/bytes.hpp"

namespace ikevet {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_hex(BytesView octets) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(octets.size() * 2, '\0');
  char* to = out.data();
  for (const std::uint8_t octet : octets) {
    *to++ = kDigits[octet >> 4];
    *to++ = kDigits[octet & 0x0f];
  }
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  Bytes out;
  int high = -1;
  for (const char c : text) {
    if (c == ' ' || c == ':' || c == '\n' || c == '\t' || c == '\r') continue;
    const int digit = hex_digit(c);
    if (digit < 0) return std::nullopt;
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<std::uint8_t>((high << 4) | digit));
      high = -1;
    }
  }
  if (high >= 0) return std::nullopt;
  return out;
}

bool equal_constant_time(BytesView a, BytesView b) {
  if (a.size() != b.size()) return false;
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  // Through volatile, so that the loop is not cut short at the first difference.
  volatile std::uint8_t seen = difference;
  return seen == 0;
}

void wipe(std::span<std::uint8_t> octets) {
  volatile std::uint8_t* p = octets.data();
  for (std::size_t i = 0; i < octets.size(); ++i) p[i] = 0;
}

}  // namespace ikevet
