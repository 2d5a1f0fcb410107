// What RFC 7296 §3.10 and the RFCs of the notify types ask of Notify payloads.
#include <algorithm>

#include "engine/wire/check_support.hpp"
#include "engine/wire/checks.hpp"

namespace ikevet::wire {
namespace {

using detail::note;
using detail::RequirementId;

/// RFC 7296 §3.10: the notifications about a Child SA, which alone carry an SPI.
bool names_child_sa(NotifyType type) {
  return type == NotifyType::INVALID_SELECTORS || type == NotifyType::REKEY_SA ||
         type == NotifyType::CHILD_SA_NOT_FOUND;
}

/// RFC 6023 §4, RFC 6290 §4.1: these two have Protocol ID 1, although §3.10 wants zero where there is no SPI.
bool names_ike_sa(NotifyType type) {
  return type == NotifyType::CHILDLESS_IKEV2_SUPPORTED || type == NotifyType::QUICK_CRASH_DETECTION;
}

bool is_child_protocol(ProtocolId protocol) { return protocol == ProtocolId::AH || protocol == ProtocolId::ESP; }

/// How many octets of Notification Data a type has.
struct DataSize {
  NotifyType type;
  std::size_t min;
  std::size_t max;
  RequirementId requirement;
};

constexpr std::size_t kUnlimited = 65535;
constexpr std::size_t kSha1 = 20;

const DataSize kDataSizes[]{
    {NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD, 1, 1, "rfc7296-3.10.1-notify-data"},  // §2.5: the payload type
    {NotifyType::INVALID_IKE_SPI, 0, 0, "rfc7296-3.10.1-notify-data"},               // §1.5
    {NotifyType::INVALID_MAJOR_VERSION, 0, 0, "rfc7296-3.10.1-notify-data"},         // §1.5
    {NotifyType::INVALID_MESSAGE_ID, 4, 4, "rfc7296-3.10.1-notify-data"},            // §2.3
    {NotifyType::INVALID_SPI, 4, 4, "rfc7296-3.10.1-notify-data"},                   // §1.5
    {NotifyType::INVALID_KE_PAYLOAD, 2, 2, "rfc7296-3.10.1-notify-data"},            // §1.2, the group wanted
    {NotifyType::AUTHENTICATION_FAILED, 0, 0, "rfc7296-3.10.1-notify-data"},         // §3.10.1
    {NotifyType::SET_WINDOW_SIZE, 4, 4, "rfc7296-3.10.1-notify-data"},               // §2.3
    {NotifyType::IPCOMP_SUPPORTED, 3, kUnlimited, "rfc7296-3.10.1-notify-data"},  // §2.22: CPI, transform, attributes
    {NotifyType::NAT_DETECTION_SOURCE_IP, kSha1, kSha1, "rfc7296-3.10.1-notify-data"},       // §2.23
    {NotifyType::NAT_DETECTION_DESTINATION_IP, kSha1, kSha1, "rfc7296-3.10.1-notify-data"},  // §2.23
    {NotifyType::COOKIE, 1, 64, "rfc7296-2.6-cookie-length"},
    {NotifyType::ADDITIONAL_IP4_ADDRESS, 4, 4, "rfc4555-4.2-notify-data"},    // §4.2.2
    {NotifyType::ADDITIONAL_IP6_ADDRESS, 16, 16, "rfc4555-4.2-notify-data"},  // §4.2.2
    {NotifyType::NO_ADDITIONAL_ADDRESSES, 0, 0, "rfc4555-4.2-notify-data"},   // §4.2.3
    {NotifyType::UPDATE_SA_ADDRESSES, 0, 0, "rfc4555-4.2-notify-data"},       // §4.2.4
    {NotifyType::COOKIE2, 8, 64, "rfc4555-4.2-notify-data"},                  // §4.2.5
    {NotifyType::SIGNATURE_HASH_ALGORITHMS, 2, kUnlimited, "rfc7427-4-hash-list"},
};

void check_spi(const Notify& notify, Findings& findings) {
  const std::string which = "N(" + name_or_number(notify.type) + ")";
  const std::string size = std::to_string(notify.spi.size());
  const bool expected =
      notify.protocol == ProtocolId::None || (notify.protocol == ProtocolId::IKE && names_ike_sa(notify.type));
  if (notify.spi.empty() && !expected && !names_child_sa(notify.type)) {
    note(findings, "rfc7296-3.10-notify-protocol",
         which + " has Protocol ID " + name_or_number(notify.protocol) + " without an SPI");
  }
  if (notify.type == NotifyType::CHILD_SA_NOT_FOUND && notify.spi.empty()) {
    // §2.25: the SPI is copied from REKEY_SA. Where it is missing, §3.10 asks for a Protocol ID of zero.
    note(findings, "rfc7296-2.25-child-sa-not-found-spi", which + " has no SPI");
    if (notify.protocol != ProtocolId::None)
      note(findings, "rfc7296-3.10-notify-protocol",
           which + " has Protocol ID " + name_or_number(notify.protocol) + " without an SPI");
  } else if (names_child_sa(notify.type)) {
    if (!is_child_protocol(notify.protocol))
      note(findings, "rfc7296-3.10-notify-protocol",
           which + " has Protocol ID " + name_or_number(notify.protocol) + ", AH or ESP wanted");
    if (notify.spi.size() != 4)
      note(findings, "rfc7296-3.10-notify-spi-size", which + " has an SPI of " + size + " octets, 4 wanted");
  } else if (!notify.spi.empty() && notify.protocol == ProtocolId::IKE) {
    note(findings, "rfc7296-3.10-notify-spi-size",
         which + " concerns the IKE SA, but has an SPI of " + size + " octets");
  } else if (!notify.spi.empty() && is_child_protocol(notify.protocol) && notify.spi.size() != 4) {
    note(findings, "rfc7296-3.10-notify-spi-size", which + " has an SPI of " + size + " octets, 4 wanted");
  }
}

}  // namespace

void check(const Notify& notify, Findings& findings) {
  check_spi(notify, findings);
  const auto row = std::ranges::find(kDataSizes, notify.type, &DataSize::type);
  if (row == std::end(kDataSizes)) return;
  const std::size_t size = notify.data.size();
  const bool half_a_number = notify.type == NotifyType::SIGNATURE_HASH_ALGORITHMS && size % 2 != 0;
  if (size < row->min || size > row->max || half_a_number)
    note(findings, row->requirement,
         "N(" + name_or_number(notify.type) + ") has Notification Data of " + std::to_string(size) + " octets");
}

}  // namespace ikevet::wire
