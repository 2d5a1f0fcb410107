#include "reports/html_blocks.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <cassert>

namespace ikevet::reports {

std::string base64(BytesView octets) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((octets.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    const std::size_t there = std::min<std::size_t>(3, octets.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < there ? octets[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += k <= there ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::string deflated(std::string_view octets) {
  uLongf size = compressBound(octets.size());
  std::string out(size, '\0');
  const int result = compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                               reinterpret_cast<const Bytef*>(octets.data()), octets.size(), Z_BEST_COMPRESSION);
  assert(result == Z_OK);  // compressBound() octets are always enough
  static_cast<void>(result);
  out.resize(size);
  return out;
}

void HtmlBlocks::add(std::string_view name, std::string_view content) {
  html_ += fmt::format("<script type=\"application/x-ikevet\" id=\"d-{}\"{}>", name, compress_ ? "" : " data-plain");
  html_ += compress_ ? base64(as_bytes(deflated(content))) : base64(as_bytes(content));
  html_ += "</script>\n";
}

std::string json_and_octets(std::string_view json, std::string_view octets) {
  std::string out;
  out.reserve(4 + json.size() + octets.size());
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(json.size() >> shift & 0xff);
  out += json;
  out += octets;
  return out;
}

}  // namespace ikevet::reports
