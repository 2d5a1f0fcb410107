// Which ikevet this is, and what it was built with.
#pragma once

#include <map>
#include <string>

namespace ikevet::app {

std::string version();  ///< "0.1.0"
/// The libraries that decide how octets are made and read: "OpenSSL" -> "3.0.17".
std::map<std::string, std::string> library_versions();
/// For --version: "ikevet 0.1.0" and a line a library.
std::string version_text();

}  // namespace ikevet::app
