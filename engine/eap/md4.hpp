// MD4, RFC 1320. MSCHAPv2 is built on it, and OpenSSL 3 has it in the legacy provider alone, a shared object that
// minimal and FIPS installations leave out. Not a secure hash: for nothing but MSCHAPv2.
#pragma once

#include "engine/base/bytes.hpp"

namespace ikevet::eap {

Bytes md4(BytesView octets);  ///< 16 octets

}  // namespace ikevet::eap
