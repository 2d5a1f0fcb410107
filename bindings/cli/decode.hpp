// The verb `decode`: what is in a capture.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace ikevet::cli {

struct DecodeOptions {
  std::string capture;
  std::vector<std::string> key_files;
  bool search_keys = true;  ///< also take key files that lie beside the capture
  bool tree{};              ///< every field of every message
  bool json{};              ///< one JSON document instead of text
  bool hex{};               ///< the octets of every message
  bool ike_only{};          ///< leave out what is not IKE
};

/// Writes the capture to `out`, and what is wrong with the files to `err`. Gives the exit code: 0, or 2 when a file is
/// not what it must be. Of a capture that breaks off, what comes before is written all the same.
int decode(const DecodeOptions& options, std::ostream& out, std::ostream& err);

/// Adds the verb to the command line. `exit_code` is set when it ran.
void register_decode(CLI::App& app, int& exit_code);

}  // namespace ikevet::cli
