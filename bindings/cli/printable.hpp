// Text that came from elsewhere, made safe for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace ikevet::cli {

/// `text` on one line: control characters (line ends and escape sequences among them), octets that are no UTF-8, and
/// the invisible characters that turn the direction of writing become "\x1b" or "\u{202e}". All else stays.
std::string printable(std::string_view text);

}  // namespace ikevet::cli
