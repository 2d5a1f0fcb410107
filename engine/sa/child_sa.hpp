// Child SAs and how one is agreed upon, RFC 7296 §1.3, §2.9, §2.17, §2.22: the same in IKE_AUTH and CREATE_CHILD_SA.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.hpp"
#include "engine/crypto/prf.hpp"
#include "engine/crypto/suite.hpp"
#include "engine/sa/config.hpp"
#include "engine/sa/expiry.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::sa {

struct Facts;
struct Step;

/// IPComp as agreed for a Child SA, RFC 7296 §2.22. This engine compresses nothing, which IPComp always permits.
struct IpcompAgreement {
  wire::IpcompTransform transform{};
  std::uint16_t inbound_cpi{};   ///< chosen by us
  std::uint16_t outbound_cpi{};  ///< chosen by the peer
};

/// What the notifications beside SA, TSi and TSr settle.
struct ChildManner {
  bool transport_mode{};
  bool peer_refuses_tfc_padding{};  ///< the peer sent ESP_TFC_PADDING_NOT_SUPPORTED: it gets none, §1.3.1
  bool non_first_fragments{};       ///< both sides said NON_FIRST_FRAGMENTS_ALSO, §1.3.1
  std::optional<IpcompAgreement> ipcomp;
};

struct ChildSa {
  crypto::ChildSuite suite;
  ChildSpi inbound;   ///< chosen by us
  ChildSpi outbound;  ///< chosen by the peer
  std::vector<wire::TrafficSelector> local_ts;
  std::vector<wire::TrafficSelector> remote_ts;
  ChildManner manner;
  bool deleting{};  ///< our Delete for it is on its way
  /// A successor exists, and whoever's exchange made it deletes this one, §2.8.
  enum class Replaced : std::uint8_t { No, ByUs, ByPeer } replaced{};
  Instant since{};  ///< we have it
  Expiry expiry{};
};

/// What we ask for as initiator of the exchange.
struct ChildOffer {
  ChildSpi inbound;
  std::vector<wire::Proposal> proposals;
  std::vector<wire::TrafficSelector> tsi;
  std::vector<wire::TrafficSelector> tsr;
  bool transport_mode{};
  ChildOptions options;
  bool childless{};  ///< nothing of this is asked for, RFC 6023

  /// The SA payload; TSi, TSr and the notifications are appended by the caller in the order its exchange has.
  wire::Payload sa() const;
  wire::Payload tsi_payload() const;
  wire::Payload tsr_payload() const;
  /// USE_TRANSPORT_MODE, IPCOMP_SUPPORTED, ESP_TFC_PADDING_NOT_SUPPORTED, NON_FIRST_FRAGMENTS_ALSO as far as wanted.
  std::vector<wire::Payload> notifications() const;
};

/// What both sides settled on.
struct ChildAgreement {
  wire::Proposal proposal;  ///< with the SPI of whoever sent it
  std::vector<wire::TrafficSelector> tsi;
  std::vector<wire::TrafficSelector> tsr;
  ChildManner manner;
  bool additional_ts_possible{};  ///< ADDITIONAL_TS_POSSIBLE was said, §2.9
  /// The peer may do as it did, but we do not want the Child SA so: it is deleted as soon as it is there.
  std::optional<std::string> unwanted;
};

/// Why there is no Child SA.
struct ChildRefusal {
  wire::NotifyType error{};
  Bytes data;
  std::string what;
  bool by_peer{};  ///< the peer said so; otherwise its answer is wrong and we say so
};

/// What the IKE SA adds to the configuration.
struct ChildScope {
  /// Addresses of the configuration payload (§2.19): they stand for the side that holds them, and for nothing else.
  std::vector<wire::TrafficSelector> local{};
  std::vector<wire::TrafficSelector> remote{};
  const ChildSa* rekeyed{};  ///< the Child SA to be replaced keeps its scope, §2.9.2
};

ChildOffer make_offer(const Config& config, ChildSpi inbound, bool with_key_exchange, const ChildScope& scope = {});

/// Reads the answer to `offer` from the payloads of the response.  §2.7, §2.9.
tl::expected<ChildAgreement, ChildRefusal> read_answer(const ChildOffer& offer,
                                                       const std::vector<wire::Payload>& response);

/// Answers the peer's request for a Child SA. The agreed proposal still has the peer's SPI.
tl::expected<ChildAgreement, ChildRefusal> answer_request(const std::vector<wire::Payload>& request,
                                                          const Config& config, bool with_key_exchange, Step& step,
                                                          const ChildScope& scope = {});

/// The payloads that answer a request: SA with our SPI, TSi, TSr and the notifications. `between` stands behind SA:
/// Nr and KEr of CREATE_CHILD_SA.
std::vector<wire::Payload> answer_payloads(const ChildAgreement& agreement, ChildSpi ours, const Config& config,
                                           std::vector<wire::Payload> between = {});

/// The CPI that goes with an inbound SPI: of the range for negotiation, RFC 3173 §3.3.
std::uint16_t cpi_for(ChildSpi inbound);

/// SPI of a Child SA proposal; empty unless it has the four octets of AH and ESP (§3.3.1).
std::optional<ChildSpi> child_spi(const wire::Proposal& proposal);
Bytes octets(ChildSpi spi);

/// Where the keys of a Child SA come from, §2.17.
struct ChildKeySource {
  const crypto::Prf& prf;
  BytesView sk_d;
  BytesView g_ir;  ///< empty without a Diffie-Hellman exchange of its own
  BytesView ni;
  BytesView nr;
  BytesView additional{};  ///< SK(1) | ... | SK(n) of IKE_FOLLOWUP_KE, RFC 9370 §2.2.4
};

/// Makes the Child SA: derives and logs its keys, and says so.
/// @param we_asked  we are the initiator of the exchange (not necessarily the original initiator)
ChildSa install_child(const ChildAgreement& agreement, ChildSpi ours, ChildSpi theirs, bool we_asked,
                      const ChildKeySource& source, const Facts& facts, std::optional<ChildSpi> rekeys, Step& step);

}  // namespace ikevet::sa
