// On which line of a JSON text each value stands, so that a fault can name it.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace ikevet::pcap {

/// Line numbers from 1 by JSON pointer ("/ike_sas/0/sk_ei"). Of a text that is no JSON: up to where it ceases to be.
class JsonLines {
 public:
  explicit JsonLines(std::string_view text);
  /// The line of the value, or of the nearest value around it.
  std::size_t of(std::string pointer) const;

 private:
  std::map<std::string, std::size_t, std::less<>> lines_;
};

}  // namespace ikevet::pcap
