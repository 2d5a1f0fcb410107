// Which payload may occur where: RFC 7296 Appendix C and its extensions as data, read by engine and grader alike.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/wire/message.hpp"

namespace ikevet::wire {

/// A message of an exchange, as Appendix C and the extension RFCs tell them apart.
enum class MessageKind : std::uint8_t {
  IkeSaInitRequest,
  IkeSaInitResponse,
  IkeSaInitErrorResponse,  ///< COOKIE, INVALID_KE_PAYLOAD, NO_PROPOSAL_CHOSEN, ... without an SA
  IkeSessionResumeRequest,
  IkeSessionResumeResponse,
  IkeSessionResumeErrorResponse,
  IkeIntermediateRequest,
  IkeIntermediateResponse,
  AuthRequest,
  AuthResponse,
  AuthRequestChildless,   ///< RFC 6023: without a Child SA
  AuthResponseChildless,  ///< RFC 6023; also "error in Child SA creation" of Appendix C.2
  AuthErrorResponse,      ///< RFC 7296 §2.21.2: N(error) instead of AUTH
  EapFirstRequest,        ///< no AUTH: the initiator asks for EAP, RFC 7296 §2.16
  EapFirstResponse,
  EapOnlyFirstResponse,  ///< RFC 5998: the responder leaves its AUTH to the end
  EapRequest,
  EapResponse,
  EapLastRequest,
  EapLastResponse,
  CreateChildRequest,
  CreateChildResponse,
  RekeyChildRequest,  ///< with N(REKEY_SA)
  RekeyIkeRequest,
  RekeyIkeResponse,
  CreateChildErrorResponse,
  FollowupKeRequest,
  FollowupKeResponse,
  InformationalRequest,
  InformationalResponse,
  UnprotectedError,  ///< RFC 7296 §1.5: N(INVALID_IKE_SPI), N(INVALID_SPI) or N(INVALID_MAJOR_VERSION), in clear
};

/// How often something may occur.
struct Occurs {
  std::uint8_t min{};
  std::uint8_t max{};
};
inline constexpr std::uint8_t kMany = 255;

/// One line of Appendix C. A rule with `notify` speaks of notifications of that type; they also count as Notify.
struct PayloadRule {
  PayloadType type{};
  Occurs occurs;
  std::optional<NotifyType> notify{};
};

/// The payloads of one kind of message. What no rule names may not occur, save payloads of unknown types (RFC 7296
/// §2.5) and Vendor IDs (Appendix C).
struct MessageRules {
  MessageKind kind{};
  std::string_view name;    ///< e.g. "IKE_SA_INIT request"
  ExchangeType exchange{};  ///< of UnprotectedError: any
  bool response{};
  bool protected_by_sk{};   ///< the payloads stand inside SK or SKF
  std::string_view source;  ///< e.g. "RFC 7296 Appendix C.1"
  std::span<const PayloadRule> payloads;
};

struct RuleViolation {
  enum class What : std::uint8_t {
    Missing,     ///< fewer than the rule wants
    TooMany,     ///< more than the rule allows
    NotAllowed,  ///< no rule names it for this message
    InClear,     ///< outside SK where only SK may protect it
    NotLast,     ///< SK or SKF with payloads behind it, RFC 7296 §3.14
  };
  What what{};
  PayloadType type{};
  std::optional<NotifyType> notify;
  unsigned seen{};
  std::string_view source;  ///< where the broken rule stands

  /// "KE missing (RFC 7296 Appendix C.1)".
  std::string text() const;
  friend bool operator==(const RuleViolation&, const RuleViolation&) = default;
};

/// All tables, in the order of MessageKind.
std::span<const MessageRules> message_rules();
const MessageRules& rules_for(MessageKind kind);
std::string_view name(MessageKind kind);

/// Which kind of message these payloads are closest to. `payloads` are those inside SK where the exchange has SK.
/// Empty for an exchange without tables.
std::optional<MessageKind> classify(ExchangeType exchange, bool response, std::span<const Payload> payloads);

/// What the payloads that belong together (those inside SK, or those of a message in clear) break of a table.
std::vector<RuleViolation> violations(const MessageRules& rules, std::span<const Payload> payloads);

/// What the outside of a message breaks, before anything is decrypted: payloads in clear that belong into SK, no SK
/// where there must be one, SK not last. Without fault for the clear exchanges and for UnprotectedError.
std::vector<RuleViolation> outer_violations(const Message& message);

}  // namespace ikevet::wire
