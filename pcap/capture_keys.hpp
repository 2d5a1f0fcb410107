// All that may open a capture: keys of SAs, secrets that nobody says which SA they belong to, and what follows from
// them along the capture.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <vector>

#include "engine/keys/key_ring.hpp"
#include "engine/keys/key_set.hpp"
#include "engine/trace/trace.hpp"
#include "pcap/esp.hpp"
#include "pcap/key_log.hpp"

namespace ikevet::pcap {

/// Opens messages and ESP packets. Where a key file names the SA, its keys are used. Secrets out of a log or a
/// Diffie-Hellman secret are tried on each SA that has none; what makes the integrity check hold is kept for it, so
/// that nothing is ever a guess. With SK_d the keys of Child SAs and, where the Diffie-Hellman secret is known, of IKE
/// SAs after a rekey are derived (RFC 7296 §2.17, §2.18) as the exchanges go by.
///
/// Not derived: with additional key exchanges (RFC 9370) or a PPK (RFC 8784).
class CaptureKeys final : public wire::SkOpener {
 public:
  /// Adds a file of any kind: keys.json, ikev2_decryption_table, esp_sa, or a daemon's log. Throws KeyFileError; what
  /// was usable is there all the same.
  void add_file(const std::filesystem::path& file);
  void add(LooseSecrets secrets);

  Result<wire::OpenedSk, wire::OpenFailure> open(const wire::IkeHeader& header, BytesView message,
                                                 std::size_t sk_offset, wire::PayloadType type) const override;
  Result<OpenedEsp, EspFailure> open_esp(const IpAddress& destination, BytesView packet) const;

  /// Each message of the capture in its order, after it was opened or not.
  void learn(const trace::MessageRecord& message);
  /// Reads a whole capture for what can be learnt from it. Throws CaptureError.
  void learn_from(const std::filesystem::path& capture);

  const keys::KeyRing& ring() const { return ring_; }

 private:
  static constexpr std::size_t kMaxSas = 4096;
  static constexpr std::size_t kMaxPending = 4096;
  static constexpr int kMaxTries = 8;

  /// What the exchange that makes an IKE SA shows.
  struct Making {
    crypto::IkeSuite suite;
    Bytes ni, nr;
    SecretBytes
        old_d;  ///< after a rekey: SK_d and prf of the IKE SA before; without it the rekey's secret is of no use
    std::optional<wire::PrfId> old_prf;
  };
  struct Deriving {
    SecretBytes d;
    wire::PrfId prf{};
  };
  struct Request {
    IkeSpis spis;
    std::uint32_t message_id{};
    bool from_initiator{};
    std::vector<wire::Payload> payloads;
    IpAddress source, destination;
  };
  /// A Child SA whose keys take a secret that is not known for sure.
  struct PendingChild {
    crypto::ChildSuite suite;
    ChildSpi spi_i, spi_r;
    IpAddress initiator, responder;
    Deriving from;
    Bytes ni, nr;
  };
  template <class T>
  using BySpis = std::map<IkeSpis, T>;

  bool idle() const { return loose_.empty() && deriving_.empty(); }
  bool try_on(const wire::IkeHeader& header, BytesView message, std::size_t sk_offset, wire::PayloadType type,
              const keys::SaKeys& candidate) const;
  void learn_init(const trace::MessageRecord& message);
  void learn_auth(const trace::MessageRecord& message);
  void learn_create_child(const trace::MessageRecord& message);
  void child(IkeSpis ike, const wire::Proposal& chosen, ChildSpi spi_i, ChildSpi spi_r, const IpAddress& initiator,
             const IpAddress& responder, BytesView ni, BytesView nr);
  const Request* request_of(const trace::MessageRecord& response) const;
  void remember(const trace::MessageRecord& request);

  // The ring grows while messages are opened: what SkOpener calls const is what the caller sees of it.
  mutable keys::KeyRing ring_;
  mutable BySpis<Deriving> deriving_;
  mutable BySpis<int> tries_;
  LooseSecrets loose_;
  BySpis<Making> making_;
  std::list<Request> requests_;  ///< the newest last
  std::list<PendingChild> pending_;
};

}  // namespace ikevet::pcap
