// Messages of IKEv1 for those who meet them in captures: recognised, taken apart to their payloads, and no more.
// RFC 2408 §3 (format), RFC 2407 §4 (IPsec DOI), RFC 2409 Appendix A, RFC 3947 §3 and §5 (NAT traversal).
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/bytes.hpp"
#include "engine/wire/field_tree.hpp"

namespace ikevet::wire {

/// "Identity Protection (main mode)", "Quick Mode", ...; "exchange 9" for one without a name.
std::string ikev1_exchange_name(std::uint8_t exchange);

/// Dissects a message of IKEv1: the root "Message" has the children "HDR" and the payloads, or "Encrypted Data" where
/// the header's flag says that all behind it is encrypted. Reads any octets.
FieldNode ikev1_tree(BytesView message);

/// "HDR, SA, VID, VID", "HDR*" where what follows is encrypted, as RFC 2409 §3.2 writes it; from the tree above.
std::string ikev1_notation(const FieldNode& tree);

}  // namespace ikevet::wire
