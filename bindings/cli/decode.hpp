// The verb `decode`: what is in a capture.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/cli/decode_filter.hpp"

namespace CLI {
class App;
}

namespace ikevet::cli {

struct DecodeOptions {
  std::string capture;  ///< "-" is standard input
  std::vector<std::string> key_files;
  std::vector<std::string> dh_secrets;  ///< g^ir in hexadecimal
  bool search_keys = true;              ///< also take key files that lie beside the capture
  bool tree{};                          ///< every field of every message
  bool json{};                          ///< one JSON document instead of text
  bool hex{};                           ///< the octets of every message
  bool flush{};                         ///< each packet at once, for a pipe that goes on
  DecodeFilterOptions filter;
};

/// Writes the capture to `out`, and what is wrong with the files to `err`. Gives the exit code: 0, or 2 when a file is
/// not what it must be. Of a capture that breaks off, what comes before is written all the same.
int decode(const DecodeOptions& options, std::ostream& out, std::ostream& err);

/// Options that every view of packets has: --keys, --tree, --json, --hex, --sa, ...
void add_view_options(CLI::App& verb, DecodeOptions& options);

/// Tells of a fault on `err`, a line each: "ikevet VERB: SEVERITY WHAT".
void report_fault(std::ostream& err, std::string_view verb, std::string_view severity, std::string_view what);

/// The keys that were asked for, and those that lie beside the capture. False when a file that was asked for cannot be
/// used. One that merely lies there gives a warning.
bool load_keys(const DecodeOptions& options, std::string_view verb, pcap::CaptureKeys& keys, std::ostream& err);

/// The JSON Schema of what `decode --json` writes.
std::string_view decode_schema();

/// Adds the verb to the command line. `exit_code` is set when it ran.
void register_decode(CLI::App& app, int& exit_code);

}  // namespace ikevet::cli
