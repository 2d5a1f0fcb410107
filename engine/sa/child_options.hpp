// What an engine is told about Child SAs beyond proposals and one pair of selector lists.
#pragma once

#include <optional>
#include <vector>

#include "engine/wire/constants.hpp"
#include "engine/wire/traffic_selector.hpp"

namespace ikevet::sa {

/// One entry of the policy: what may be sent between `local` and `remote` in one Child SA.
struct TsPolicy {
  std::vector<wire::TrafficSelector> local;
  std::vector<wire::TrafficSelector> remote;
};

/// The packet that gave rise to a request, as very specific selectors, RFC 7296 §2.9.
struct TriggerPacket {
  wire::TrafficSelector local;
  wire::TrafficSelector remote;
};

struct ChildOptions {
  /// Further entries of the policy behind Config::local_ts and remote_ts. Their union is not acceptable in one Child
  /// SA: the responder narrows to one entry and answers ADDITIONAL_TS_POSSIBLE, RFC 7296 §2.9.
  std::vector<TsPolicy> more_policies;
  std::optional<TriggerPacket> trigger_packet;  ///< as initiator: stands first in TSi and TSr, §2.9
  bool single_pair{};             ///< each pair of addresses in a Child SA of its own: SINGLE_PAIR_REQUIRED, §2.9
  bool require_transport_mode{};  ///< as initiator: a Child SA that came up in tunnel mode is deleted, §1.3.1
  std::vector<wire::IpcompTransform> ipcomp;  ///< offered, and accepted in this order, §2.22; nothing is compressed
  bool refuse_tfc_padding{};                  ///< says ESP_TFC_PADDING_NOT_SUPPORTED, §1.3.1
  bool non_first_fragments{};                 ///< asks for, and agrees to, NON_FIRST_FRAGMENTS_ALSO, §1.3.1
};

}  // namespace ikevet::sa
