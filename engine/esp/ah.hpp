// The Authentication Header: read and verified.  RFC 4302.
#pragma once

#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/crypto/integ.hpp"

namespace ikevet::esp {

/// RFC 4302 §2; views point into what was parsed.
struct AuthenticationHeader {
  std::uint8_t next_header{};
  std::uint16_t reserved{};
  ChildSpi spi;
  std::uint32_t sequence{};
  BytesView icv;      ///< with padding, where the header had to be lengthened (§2.6)
  BytesView payload;  ///< behind it
};
Result<AuthenticationHeader> parse_ah(BytesView octets);

/// Whether the ICV of an IP packet that holds an Authentication Header is right: over the packet with its mutable
/// fields zero (§3.3.3 and Appendix A) and, with extended sequence numbers, the upper half behind it. Empty when there
/// is no such header, or what stands before it is nothing that can be predicted here (a routing header).
std::optional<bool> verify_ah(const crypto::Integ& integ, BytesView key, BytesView ip_packet,
                              std::optional<std::uint32_t> upper = {});

}  // namespace ikevet::esp
