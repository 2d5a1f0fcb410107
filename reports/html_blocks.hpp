// Data inside report.html: compressed, so that a run of thousands of scenarios is a file that one can send, and in
// pieces, so that only what is looked at is unpacked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"

namespace ikevet::reports {

/// Base64, RFC 4648 §4.
std::string base64(BytesView octets);
/// The zlib format, RFC 1950, which browsers know as "deflate". The same input gives the same octets.
std::string deflated(std::string_view octets);

/// The data elements of the page, one for each piece: <script type="application/x-ikevet" id="d-NAME">BASE64</script>.
/// Neither script nor text to a browser, and there is no character in base64 that could end the element.
class HtmlBlocks {
 public:
  /// With `compress` off a browser can read them without waiting, which printing needs.
  explicit HtmlBlocks(bool compress) : compress_(compress) {}
  void add(std::string_view name, std::string_view content);
  const std::string& html() const { return html_; }

 private:
  bool compress_;
  std::string html_;
};

/// JSON and raw octets in one piece: four octets with the length of the JSON (least significant first), the JSON, the
/// octets.
std::string json_and_octets(std::string_view json, std::string_view octets);

}  // namespace ikevet::reports
