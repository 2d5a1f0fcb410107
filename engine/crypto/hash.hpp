// Hash functions, one call each.
#pragma once

#include <initializer_list>

#include "engine/base/bytes.hpp"

namespace ikevet::crypto {

using Parts = std::initializer_list<BytesView>;

Bytes md5(Parts parts);     ///< 16 octets; EAP-MD5
Bytes sha1(Parts parts);    ///< 20 octets; NAT_DETECTION_*_IP (RFC 7296 §2.23), CERTREQ (§3.7)
Bytes sha256(Parts parts);  ///< 32 octets
Bytes sha384(Parts parts);  ///< 48 octets
Bytes sha512(Parts parts);  ///< 64 octets

inline Bytes sha1(BytesView octets) { return sha1({octets}); }
inline Bytes sha256(BytesView octets) { return sha256({octets}); }

}  // namespace ikevet::crypto
