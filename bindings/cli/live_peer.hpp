// One honest IKEv2 peer on real sockets, watched: what `connect` and `serve` run.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bindings/cli/terminal.hpp"
#include "engine/keys/key_set.hpp"
#include "engine/sa/config.hpp"
#include "engine/sa/key_log.hpp"
#include "engine/transport/engine_server.hpp"
#include "pcap/pcapng_writer.hpp"
#include "scenarios/format/target.hpp"

namespace ikevet::cli {

/// Prints a line for each event and message, and keeps packets and keys. Called from the server's thread.
class Watcher final : public transport::DriverObserver, public sa::KeyLog {
 public:
  /// Evidence goes into `out`, which exists, where it is given: each packet and each key as soon as it is known.
  Watcher(Terminal& terminal, const std::optional<std::filesystem::path>& out);

  std::vector<Datagram> on_send(const Datagram& datagram, Instant now) override;
  void on_receive(const transport::Arrival& arrival) override;
  void on_event(const trace::Event& event, Instant now) override;
  void ike_keys(const IkeSpis& spis, const crypto::IkeSuite& suite, const keys::SaKeys& keys) override;
  void child_keys(const sa::ChildKeyEntry& entry) override;

  /// What has become of the peer's IKE SAs so far.
  struct Outcome {
    std::size_t established{};
    std::size_t closed{};  ///< of those that were established
    bool refused{};        ///< an IKE SA or its first Child SA
    bool no_answer{};
  };
  /// Waits for the next event, at most `patience`.
  Outcome wait(std::chrono::milliseconds patience);
  Outcome outcome();
  std::size_t packets();

 private:
  void record(const Datagram& datagram, Instant at, pcap::Direction direction);
  void store_keys();

  Terminal& terminal_;
  std::optional<std::filesystem::path> out_;
  std::optional<pcap::PcapngWriter> capture_;
  keys::KeySet keys_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable news_;
  std::size_t generation_{};
  std::size_t packets_{};
  Outcome outcome_;
};

/// Which of the target's two halves is played.
enum class Half { Harness, Device };

struct PeerOptions {
  std::string target = "loopback";
  std::optional<std::filesystem::path> out;
  double seconds = 0;     ///< end by itself after that time; 0: only when told to
  double liveness = 20;   ///< ask the peer for a sign of life after so many seconds of silence; 0: never
  bool cookies{};         ///< as responder: ask every initiator for a cookie
  std::string deviation;  ///< id of what it does wrong; empty: nothing
};

/// The folder for --out: new or empty. Throws UserError.
void prepare_evidence_folder(const std::optional<std::filesystem::path>& out);

/// The configuration and sockets of one half of a target. Throws SetupError, and UserError for the embedded one, which
/// has no sockets.
struct PeerSetup {
  sa::Config config;
  transport::UdpOptions udp;
};
PeerSetup peer_setup(const scenarios::Target& target, Half half, const PeerOptions& options);

/// Deletes what is established (RFC 7296 §1.4.1) and waits a little for the answers.
void part(transport::EngineServer& server, Watcher& watcher);

}  // namespace ikevet::cli
