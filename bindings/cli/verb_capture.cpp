// The verb `capture`: an interface with the same views as a file.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bindings/cli/decode.hpp"
#include "bindings/cli/decode_view.hpp"
#include "bindings/cli/exit_code.hpp"
#include "bindings/cli/interruption.hpp"
#include "bindings/cli/verbs.hpp"
#include "pcap/dissector.hpp"
#include "pcap/interface_reader.hpp"
#include "pcap/pcapng_writer.hpp"

namespace ikevet::cli {
namespace {

constexpr std::string_view kVerb = "capture";
constexpr std::chrono::milliseconds kPatience{200};  // how soon a signal and the end of the time are noticed

struct CaptureOptions {
  DecodeOptions view;
  std::string interface;
  std::string filter = pcap::InterfaceReader::kUsualFilter;
  std::string out;
  std::size_t count{};
  double seconds{};
};

int capture(const CaptureOptions& options, std::ostream& out, std::ostream& err) {
  using Clock = std::chrono::steady_clock;
  pcap::CaptureKeys keys;
  if (!load_keys(options.view, kVerb, keys, err)) return static_cast<int>(app::ExitCode::Usage);
  const app::Interruption interruption;
  pcap::InterfaceReader reader(options.interface, options.filter);
  std::optional<pcap::PcapngWriter> file;
  if (!options.out.empty())
    file.emplace(options.out, pcap::CaptureDescription{reader.link_type(), options.interface, {}, {}});
  DecodeView view(options.view, keys, options.interface, "live", out);
  pcap::Dissector dissector;
  const auto end =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds));
  std::size_t frames = 0;
  while (!app::Interruption::requested() && out.good()) {
    if (options.count != 0 && frames == options.count) break;
    if (options.seconds > 0 && Clock::now() >= end) break;
    const std::optional<pcap::RawFrame> frame = reader.next(kPatience);
    if (!frame) continue;
    ++frames;
    if (file) file->write(frame->at, frame->octets, frame->original_length, pcap::Direction::Unknown);
    pcap::CapturedPacket packet =
        dissector.dissect(reader.link_type(), frames, frame->at, frame->octets, frame->original_length);
    std::optional<pcap::CapturedPacket> message =
        packet.kind == pcap::PacketKind::Tcp ? dissector.next_of_segment() : std::nullopt;
    if (!message) view.packet(std::move(packet), {});
    for (; message; message = dissector.next_of_segment()) view.packet(std::move(*message), {});
    view.flush();
  }
  view.finish(std::nullopt);
  if (file) file->close();
  if (const std::size_t lost = reader.lost(); lost != 0)
    report_fault(err, kVerb,
                 "warning: ", fmt::format("{} frames were lost: they came faster than they were taken", lost));
  return static_cast<int>(app::ExitCode::Pass);
}

}  // namespace

void register_capture(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand("capture", "Shows what passes on an interface, as `decode` does of a file.");
  verb->footer(
      "It goes on until Ctrl-C, --count or --seconds. Capturing takes root or CAP_NET_RAW.\n\n"
      "Examples:\n"
      "  ikevet capture eth0 --out trace.pcapng\n"
      "  ikevet capture any --exchange IKE_SA_INIT --tree\n"
      "  ikevet capture eth0 --filter 'udp portrange 4500-4600' --keys /var/log/charon.log");
  const auto options = std::make_shared<CaptureOptions>();
  verb->add_option("interface", options->interface, "its name, or any")->required();
  verb->add_option("--out", options->out, "pcapng file that keeps what passes, shown or not");
  verb->add_option("--filter", options->filter, "what is captured, as tcpdump writes it (default: IKE, ESP and AH)");
  verb->add_option("--count", options->count, "end after this many frames");
  verb->add_option("--seconds", options->seconds, "end after this time")->check(CLI::NonNegativeNumber);
  add_view_options(*verb, options->view);
  verb->callback([options, &exit_code] {
    options->view.search_keys = false;
    app::ignore_broken_pipes();
    exit_code = capture(*options, std::cout, std::cerr);
  });
}

}  // namespace ikevet::cli
