#include "bindings/cli/live_peer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <type_traits>
#include <variant>

#include "bindings/cli/printable.hpp"
#include "bindings/cli/run_dir.hpp"
#include "bindings/cli/user_error.hpp"
#include "engine/trace/trace.hpp"
#include "engine/wire/describe.hpp"
#include "pcap/key_files.hpp"
#include "pcap/udp_packet.hpp"
#include "scenarios/runner/peer_setup.hpp"

namespace ikevet::cli {
namespace fs = std::filesystem;

using app::ExitCode;
using app::UserError;
using trace::CloseReason;

namespace {

/// "19:03:21.042", local time of day in UTC as captures show it.
std::string time_of_day(Instant at) {
  const auto since = at.time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since).count() % 1000;
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(since).count();
  return fmt::format("{:%H:%M:%S}.{:03}", fmt::gmtime(seconds), milliseconds);
}

std::string message_text(const Datagram& datagram) {
  const auto framed = trace::find_ike_message(datagram);
  if (!framed) return fmt::format("{} octets, not IKE", datagram.payload.size());
  const auto message = wire::Message::parse(framed->message);
  if (!message) return fmt::format("{} octets: {}", datagram.payload.size(), message.error().text());
  return fmt::format("{}: {}", wire::describe_header(message->header), wire::describe(*message));
}

void take_note(Watcher::Outcome& outcome, const trace::Event& event) {
  std::visit(
      [&](const auto& e) {
        using E = std::decay_t<decltype(e)>;
        if constexpr (std::is_same_v<E, trace::IkeSaEstablished>) ++outcome.established;
        if constexpr (std::is_same_v<E, trace::RequestRefused>) outcome.refused = true;
        if constexpr (std::is_same_v<E, trace::RequestTimedOut>) outcome.no_answer = true;
        if constexpr (std::is_same_v<E, trace::IkeSaClosed>) {
          outcome.refused = outcome.refused || e.reason == CloseReason::Refused || e.reason == CloseReason::RefusedByUs;
          if (outcome.closed < outcome.established) ++outcome.closed;
        }
      },
      event);
}

Duration seconds(double count) { return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count)); }

}  // namespace

Watcher::Watcher(Terminal& terminal, const std::optional<fs::path>& out) : terminal_(terminal), out_(out) {
  if (!out_) return;
  pcap::CaptureDescription description;
  description.comment = "datagrams as ikevet's sockets sent and received them; IP and UDP headers were made for them";
  capture_.emplace(*out_ / app::kCaptureFile, description);
  pcap::write_key_files(*out_, keys_);
}

void Watcher::record(const Datagram& datagram, Instant at, pcap::Direction direction) {
  if (capture_) {
    const Bytes packet = pcap::udp_packet(datagram);
    capture_->write(at, {packet.data(), packet.size()}, pcap::udp_packet_size(datagram), direction);
  }
  const bool outbound = direction == pcap::Direction::Outbound;
  terminal_.line(terminal_.paint(Colour::Dim, fmt::format("{}  {} {}  {}", time_of_day(at), outbound ? "->" : "<-",
                                                          (outbound ? datagram.destination : datagram.source).text(),
                                                          printable(message_text(datagram)))));
  const std::scoped_lock lock(mutex_);
  ++packets_;
}

std::vector<Datagram> Watcher::on_send(const Datagram& datagram, Instant now) {
  record(datagram, now, pcap::Direction::Outbound);
  return {datagram};
}

void Watcher::on_receive(const transport::Arrival& arrival) {
  record(arrival.datagram, arrival.at, pcap::Direction::Inbound);
}

void Watcher::on_event(const trace::Event& event, Instant now) {
  terminal_.line(fmt::format("{}  {}", time_of_day(now), terminal_.paint(Colour::Bold, printable(trace::text(event)))));
  {
    const std::scoped_lock lock(mutex_);
    take_note(outcome_, event);
    ++generation_;
  }
  news_.notify_all();
}

void Watcher::ike_keys(const IkeSpis& spis, const crypto::IkeSuite& suite, const keys::SaKeys& keys) {
  keys_.ike.push_back({spis, suite, keys});
  store_keys();
}

void Watcher::child_keys(const sa::ChildKeyEntry& entry) {
  keys_.children.push_back({entry.ike, entry.suite, entry.initiator, entry.responder, entry.spi_to_initiator,
                            entry.spi_to_responder, entry.keys});
  store_keys();
}

void Watcher::store_keys() {
  if (out_) pcap::write_key_files(*out_, keys_);
}

Watcher::Outcome Watcher::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const std::size_t seen = generation_;
  news_.wait_for(lock, patience, [&] { return generation_ != seen; });
  return outcome_;
}

Watcher::Outcome Watcher::outcome() {
  const std::scoped_lock lock(mutex_);
  return outcome_;
}

std::size_t Watcher::packets() {
  const std::scoped_lock lock(mutex_);
  return packets_;
}

void prepare_evidence_folder(const std::optional<fs::path>& out) {
  if (!out) return;
  std::error_code error;
  if (fs::exists(*out, error) && !fs::is_empty(*out, error))
    throw UserError(ExitCode::Usage, fmt::format("{} is not empty", out->string()),
                    "nothing was written; name a new or an empty folder with --out");
  fs::create_directories(*out, error);
  if (error)
    throw UserError(ExitCode::Usage, fmt::format("{} cannot be made: {}", out->string(), error.message()),
                    "name another folder with --out");
}

PeerSetup peer_setup(const scenarios::Target& target, Half half, const PeerOptions& options) {
  if (target.kind == scenarios::TargetKind::Embedded)
    throw UserError(ExitCode::Usage, fmt::format("the target {} has no sockets", target.name),
                    "take loopback or a live target");
  const bool device = half == Half::Device;
  PeerSetup out{
      device ? scenarios::dut_config(target) : scenarios::harness_config(target),
      {device ? target.dut_address : target.harness_address, device ? target.dut_ike_port : target.harness_ike_port,
       device ? target.dut_nat_t_port : target.harness_nat_t_port, target.network_namespace}};
  if (options.liveness > 0) out.config.liveness_after = seconds(options.liveness);
  if (options.cookies) out.config.cookie_threshold = 0;
  return out;
}

void part(transport::EngineServer& server, Watcher& watcher) {
  std::size_t asked = watcher.outcome().closed;
  for (const sa::IkeSaView& sa : server.ike_sas()) {
    if (sa.stage != sa::IkeSaView::Stage::Established) continue;
    server.command(sa::DeleteIkeSa{sa.spis});
    ++asked;
  }
  constexpr std::chrono::milliseconds kPatience(2000);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (watcher.outcome().closed < asked && std::chrono::steady_clock::now() < until)
    watcher.wait(std::chrono::milliseconds(100));
  server.stop();
}

}  // namespace ikevet::cli
