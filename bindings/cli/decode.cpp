#include "bindings/cli/decode.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <ostream>

#include "bindings/cli/decode_view.hpp"
#include "bindings/cli/exit_code.hpp"
#include "bindings/cli/printable.hpp"
#include "pcap/capture_file.hpp"
#include "pcap/key_files.hpp"

namespace ikevet::cli {
namespace {

constexpr int kBadFile = static_cast<int>(app::ExitCode::Usage);
constexpr std::string_view kVerb = "decode";

}  // namespace

void report_fault(std::ostream& err, std::string_view verb, std::string_view severity, std::string_view what) {
  while (!what.empty()) {
    const std::size_t end = std::min(what.find('\n'), what.size());
    err << "ikevet " << verb << ": " << severity << printable(what.substr(0, end)) << '\n';
    what.remove_prefix(std::min(end + 1, what.size()));
  }
}

bool load_keys(const DecodeOptions& options, std::string_view verb, pcap::CaptureKeys& keys, std::ostream& err) {
  if (options.search_keys && options.capture != pcap::kStandardInput)
    for (const std::filesystem::path& file : pcap::key_files_beside(options.capture)) try {
        keys.add_file(file);
      } catch (const pcap::KeyFileError& error) {
        report_fault(err, verb, "warning: ", error.what());
      }
  bool good = true;
  for (const std::string& file : options.key_files) try {
      keys.add_file(file);
    } catch (const pcap::KeyFileError& error) {
      report_fault(err, verb, "", error.what());
      good = false;
    }
  pcap::LooseSecrets secrets;
  for (const std::string& text : options.dh_secrets) {
    const auto octets = from_hex(text);
    if (octets && !octets->empty()) {
      secrets.dh.emplace_back(*octets);
      continue;
    }
    report_fault(err, verb, "", "--dh-secret: no octets in hexadecimal");
    good = false;
  }
  keys.add(std::move(secrets));
  return good;
}

int decode(const DecodeOptions& options, std::ostream& out, std::ostream& err) try {
  pcap::CaptureKeys keys;
  if (!load_keys(options, kVerb, keys, err)) return kBadFile;
  pcap::CaptureFile file(options.capture);
  DecodeView view(options, keys, options.capture, file.format(), out);
  while (std::optional<pcap::CapturedPacket> packet = file.next()) {
    view.packet(std::move(*packet), file.comments());
    if (options.flush) view.flush();
  }
  const auto trouble = file.trouble();
  view.finish(trouble);
  if (!out.flush()) {
    report_fault(err, kVerb, "", "the output cannot be written; check free space");
    return kBadFile;
  }
  // Keys were given, so that they were meant to fit.
  if (!options.key_files.empty() || !options.dh_secrets.empty())
    for (const std::string& what : view.decoder().lacking()) report_fault(err, kVerb, "warning: ", what);
  if (!trouble) return 0;
  report_fault(err, kVerb, "", trouble->what());
  return kBadFile;
} catch (const pcap::CaptureError& error) {
  report_fault(err, kVerb, "", error.what());
  return kBadFile;
}

void add_view_options(CLI::App& verb, DecodeOptions& options) {
  verb.add_option("--keys", options.key_files,
                  "keys.json, ikev2_decryption_table, esp_sa, or a debug log of strongSwan, OpenIKED or Libreswan; may "
                  "be given again")
      ->allow_extra_args(false);
  verb.add_option("--dh-secret", options.dh_secrets,
                  "a Diffie-Hellman secret g^ir in hexadecimal, tried on every IKE SA; may be given again")
      ->allow_extra_args(false);
  verb.add_flag("--tree", options.tree, "every field of every message, with its offset");
  verb.add_flag("--hex", options.hex, "the octets of every message");
  verb.add_flag("--json", options.json, "one JSON document, fields included (`ikevet schema decode`)");
  verb.add_flag("--flush", options.flush, "each packet at once: for a pipe that goes on");
  verb.add_flag("--ike-only", options.filter.ike_only, "leave out what is not IKE");
  verb.add_option("--sa", options.filter.sas,
                  "only this IKE SPI (16 hexadecimal digits) or ESP SPI (8); may be given again")
      ->allow_extra_args(false);
  verb.add_option("--exchange", options.filter.exchanges,
                  "only this exchange, e.g. CREATE_CHILD_SA; may be given again")
      ->allow_extra_args(false);
  verb.add_option("--notify", options.filter.notifies,
                  "only messages with this notification, e.g. COOKIE; may be given again")
      ->allow_extra_args(false);
  verb.add_option("--from", options.filter.from,
                  "from this time: seconds after the first packet, or 2026-11-25T13:27:00 (UTC)");
  verb.add_option("--to", options.filter.to, "up to this time");
}

void register_decode(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DecodeOptions>();
  CLI::App* verb = app.add_subcommand("decode", "Shows what is in a capture: a line a packet, decrypted with keys.");
  verb->footer(
      "Keys are found beside the capture (keys.json, ikev2_decryption_table, esp_sa, or CAPTURE's name before one of\n"
      "these, as in trace.ikev2_decryption_table) and added with --keys.\n\n"
      "Examples:\n"
      "  ikevet decode out/a/rekey-child/capture.pcapng --tree\n"
      "  ikevet decode trace.pcap --keys ikev2_decryption_table --json | jq '.packets[].message.text'\n"
      "  tcpdump -i eth0 -U -w - udp port 500 or udp port 4500 | ikevet decode - --exchange IKE_SA_INIT");
  verb->add_option("capture", options->capture,
                   "pcap or pcapng file, or a file with one IKE message, gzip or not; - for standard input")
      ->required();
  add_view_options(*verb, *options);
  verb->add_flag_callback(
      "--no-key-search", [options] { options->search_keys = false; }, "do not look for keys beside the capture");
  verb->callback([options, &exit_code] {
    options->flush = options->flush || ::isatty(STDOUT_FILENO) != 0;
    exit_code = decode(*options, std::cout, std::cerr);
  });
}

}  // namespace ikevet::cli
