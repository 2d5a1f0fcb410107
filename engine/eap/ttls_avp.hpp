// Attribute-value pairs inside TTLS, RFC 5281 §10.
#pragma once

#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"

namespace ikevet::eap {

/// AVP codes of RADIUS, and those of Microsoft (RFC 2548) below vendor 311.
enum class AvpCode : std::uint32_t {
  User_Name = 1,
  User_Password = 2,
  CHAP_Password = 3,
  CHAP_Challenge = 60,
  EAP_Message = 79,
};
inline constexpr std::uint32_t kMicrosoft = 311;
enum class MicrosoftAvp : std::uint32_t {
  MS_CHAP_Error = 2,
  MS_CHAP_Challenge = 11,
  MS_CHAP2_Response = 25,
  MS_CHAP2_Success = 26,
};

struct Avp {
  std::uint32_t code{};
  std::uint32_t vendor{};
  bool mandatory = true;
  Bytes data;

  static Avp of(AvpCode code, BytesView data) { return {static_cast<std::uint32_t>(code), 0, true, to_bytes(data)}; }
  static Avp of(MicrosoftAvp code, BytesView data) {
    return {static_cast<std::uint32_t>(code), kMicrosoft, true, to_bytes(data)};
  }
  bool is(AvpCode wanted) const { return vendor == 0 && code == static_cast<std::uint32_t>(wanted); }
  bool is(MicrosoftAvp wanted) const { return vendor == kMicrosoft && code == static_cast<std::uint32_t>(wanted); }
  bool known() const;
  friend bool operator==(const Avp&, const Avp&) = default;
};

Bytes avp_octets(const std::vector<Avp>&);
Result<std::vector<Avp>> parse_avps(BytesView);

/// The data of the first AVP of this kind; of several EAP-Message AVPs all together, RFC 5281 §11.2.1.
template <class Code>
std::optional<Bytes> avp_data(const std::vector<Avp>& avps, Code code) {
  std::optional<Bytes> out;
  for (const Avp& avp : avps) {
    if (!avp.is(code)) continue;
    if (!out) out.emplace();
    append(*out, avp.data);
  }
  return out;
}

}  // namespace ikevet::eap
