// Child SAs and how one is agreed upon, RFC 7296 §1.3, §2.9, §2.17: the same in IKE_AUTH and CREATE_CHILD_SA.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.hpp"
#include "engine/crypto/prf.hpp"
#include "engine/crypto/suite.hpp"
#include "engine/sa/config.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::sa {

struct Facts;
struct Step;

struct ChildSa {
  crypto::ChildSuite suite;
  ChildSpi inbound;   ///< chosen by us
  ChildSpi outbound;  ///< chosen by the peer
  std::vector<wire::TrafficSelector> local_ts;
  std::vector<wire::TrafficSelector> remote_ts;
  bool transport_mode{};
  bool deleting{};  ///< our Delete for it is on its way
};

/// What we ask for as initiator of the exchange.
struct ChildOffer {
  ChildSpi inbound;
  std::vector<wire::Proposal> proposals;
  std::vector<wire::TrafficSelector> tsi;
  std::vector<wire::TrafficSelector> tsr;
  bool transport_mode{};

  /// The SA payload; TSi, TSr and the mode are appended by the caller in the order its exchange has.
  wire::Payload sa() const;
  wire::Payload tsi_payload() const;
  wire::Payload tsr_payload() const;
};

/// What both sides settled on.
struct ChildAgreement {
  wire::Proposal proposal;  ///< with the SPI of whoever sent it
  std::vector<wire::TrafficSelector> tsi;
  std::vector<wire::TrafficSelector> tsr;
  bool transport_mode{};
};

/// Why there is no Child SA.
struct ChildRefusal {
  wire::NotifyType error{};
  Bytes data;
  std::string what;
  bool by_peer{};  ///< the peer said so; otherwise its answer is wrong and we say so
};

ChildOffer make_offer(const Config& config, ChildSpi inbound, bool with_key_exchange);

/// Reads the answer to `offer` from the payloads of the response.  §2.7, §2.9.
tl::expected<ChildAgreement, ChildRefusal> read_answer(const ChildOffer& offer,
                                                       const std::vector<wire::Payload>& response);

/// Answers the peer's request for a Child SA. The agreed proposal still has the peer's SPI.
tl::expected<ChildAgreement, ChildRefusal> answer_request(const std::vector<wire::Payload>& request,
                                                          const Config& config, bool with_key_exchange, Step& step);

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
};

/// Makes the Child SA: derives and logs its keys, and says so.
/// @param we_asked  we are the initiator of the exchange (not necessarily the original initiator)
ChildSa install_child(const ChildAgreement& agreement, ChildSpi ours, ChildSpi theirs, bool we_asked,
                      const ChildKeySource& source, const Facts& facts, std::optional<ChildSpi> rekeys, Step& step);

}  // namespace ikevet::sa
