#include "bindings/cli/decode.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <ostream>

#include "bindings/cli/decode_writers.hpp"
#include "bindings/cli/exit_code.hpp"
#include "bindings/cli/printable.hpp"
#include "engine/keys/key_ring.hpp"
#include "pcap/capture_file.hpp"
#include "pcap/key_files.hpp"

namespace ikevet::cli {
namespace {

constexpr int kBadFile = static_cast<int>(app::ExitCode::Usage);

void report(std::ostream& err, std::string_view severity, std::string_view what) {
  while (!what.empty()) {
    const std::size_t end = std::min(what.find('\n'), what.size());
    err << "ikevet decode: " << severity << printable(what.substr(0, end)) << '\n';
    what.remove_prefix(std::min(end + 1, what.size()));
  }
}

/// False when a file that was asked for cannot be used. One that merely lies beside the capture gives a warning.
bool load_keys(const DecodeOptions& options, keys::KeyRing& ring, std::ostream& err) {
  if (options.search_keys)
    for (const std::filesystem::path& file : pcap::key_files_beside(options.capture)) try {
        pcap::add_key_file(ring, file);
      } catch (const pcap::KeyFileError& error) {
        report(err, "warning: ", error.what());
      }
  bool good = true;
  for (const std::string& file : options.key_files) try {
      pcap::add_key_file(ring, file);
    } catch (const pcap::KeyFileError& error) {
      report(err, "", error.what());
      good = false;
    }
  return good;
}

}  // namespace

int decode(const DecodeOptions& options, std::ostream& out, std::ostream& err) try {
  keys::KeyRing ring;
  if (!load_keys(options, ring, err)) return kBadFile;
  pcap::CaptureFile file(options.capture);
  const auto writer = options.json ? json_writer(options, file.format(), out) : text_writer(options, out);
  PacketDecoder decoder(ring);
  while (std::optional<pcap::CapturedPacket> packet = file.next()) {
    DecodedPacket decoded = decoder.decode(std::move(*packet));
    decoded.comments = file.comments();
    writer->packet(decoded);
  }
  const auto trouble = file.trouble();
  writer->finish(decoder, trouble);
  if (!out.flush()) {
    report(err, "", "the output cannot be written; check free space");
    return kBadFile;
  }
  if (!trouble) return 0;
  report(err, "", trouble->what());
  return kBadFile;
} catch (const pcap::CaptureError& error) {
  report(err, "", error.what());
  return kBadFile;
}

void register_decode(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DecodeOptions>();
  CLI::App* verb = app.add_subcommand("decode", "Shows what is in a capture: a line a packet, decrypted with keys.");
  verb->footer(
      "Keys are found beside the capture (keys.json, ikev2_decryption_table, esp_sa, or CAPTURE's name before one of\n"
      "these, as in trace.ikev2_decryption_table) and added with --keys.\n\n"
      "Example:\n  ikevet decode out/a/rekey-child/capture.pcapng --tree\n"
      "  ikevet decode trace.pcap --keys ikev2_decryption_table --json | jq '.packets[].message.text'");
  verb->add_option("capture", options->capture, "pcap or pcapng file, or a file with one IKE message")->required();
  verb->add_option("--keys", options->key_files, "keys.json, ikev2_decryption_table or esp_sa; may be given again")
      ->allow_extra_args(false);
  verb->add_flag("--tree", options->tree, "every field of every message, with its offset");
  verb->add_flag("--hex", options->hex, "the octets of every message");
  verb->add_flag("--json", options->json, "one JSON document, fields included");
  verb->add_flag("--ike-only", options->ike_only, "leave out what is not IKE");
  verb->add_flag_callback(
      "--no-key-search", [options] { options->search_keys = false; }, "do not look for keys beside the capture");
  verb->callback([options, &exit_code] { exit_code = decode(*options, std::cout, std::cerr); });
}

}  // namespace ikevet::cli
