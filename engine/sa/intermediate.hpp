// What is known about IKE_INTERMEDIATE exchanges between IKE_SA_INIT and IKE_AUTH: RFC 9242, RFC 9370 §2.2.2.
#pragma once

#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::sa {

/// How IKE_INTERMEDIATE is used. A proposal with additional key exchanges uses it without being told here.
struct IntermediateOptions {
  bool announce{};  ///< INTERMEDIATE_EXCHANGE_SUPPORTED is sent, or returned, even where no proposal of ours needs it
  /// As initiator: exchanges without any payload inside SK before those of the key exchanges. They change nothing but
  /// the octets that AUTH covers.
  int empty_exchanges{};
};

struct Intermediates {
  bool agreed{};                   ///< both sides have sent INTERMEDIATE_EXCHANGE_SUPPORTED
  std::vector<wire::DhGroup> due;  ///< additional key exchanges that have not been done, in their order
  int empty_left{};                ///< as initiator: exchanges without content to begin with
  int exchanges{};                 ///< as responder: so far
  Bytes int_auth_i;                ///< IntAuth_i and IntAuth_r up to the last exchange, RFC 9242 §3.3.2
  Bytes int_auth_r;
};

}  // namespace ikevet::sa
