// What the RFCs ask of a message beyond its structure, as far as the message alone shows it.
//
// A check appends a Finding for each thing that it holds against the octets; no finding means no objection. What needs
// context (a group that was not offered, a Message ID that was used before) belongs to the exchanges and the grader.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "engine/base/finding.hpp"
#include "engine/wire/message.hpp"

namespace ikevet::wire {

/// A requirement that check() can find broken. The requirement catalogue has the same ids.
struct CheckedRequirement {
  std::string_view id;
  std::string_view section;  ///< of the RFC that the id begins with
  std::string_view level;  ///< as in the requirement catalogue: MUST, MUST NOT, SHOULD; "stated" where the RFC says it
                           ///< without such a word
  std::string_view what;
};

inline constexpr std::array kCheckedRequirements{
    CheckedRequirement{"rfc7296-3.1-initiator-spi-nonzero", "3.1", "MUST NOT", "The initiator's SPI is not zero"},
    CheckedRequirement{"rfc7296-3.1-responder-spi-zero-in-first-message", "3.1", "MUST",
                       "The responder's SPI is zero in the first IKE_SA_INIT request"},
    CheckedRequirement{"rfc7296-3.1-responder-spi-nonzero", "3.1", "stated",
                       "The responder's SPI is not zero in any other message"},
    CheckedRequirement{"rfc7296-3.1-major-version", "3.1", "MUST", "Major version 2"},
    CheckedRequirement{"rfc7296-3.1-minor-version", "3.1", "MUST", "Minor version 0"},
    CheckedRequirement{"rfc7296-3.1-reserved-flags-zero", "3.1", "MUST", "The five X bits of the flags are zero"},
    CheckedRequirement{"rfc7296-3.1-version-flag-zero", "3.1", "MUST",
                       "The V flag is zero in what an implementation of version 2 sends"},
    CheckedRequirement{"rfc7296-2.2-init-message-id-zero", "2.2", "stated", "IKE_SA_INIT has Message ID 0"},
    CheckedRequirement{"rfc7296-3.1-init-initiator-flag", "3.1", "MUST",
                       "The I flag is set in IKE_SA_INIT requests and clear in the responses"},
    CheckedRequirement{"rfc7296-2.5-reserved-payload-bits-zero", "2.5", "MUST",
                       "The RESERVED bits of the generic header are zero"},
    CheckedRequirement{"rfc7296-3.2-critical-bit-zero", "3.2", "MUST",
                       "The critical bit is zero in payloads that RFC 7296 defines"},
    CheckedRequirement{"rfc7296-2.5-critical-bit-in-response", "2.5", "MUST NOT",
                       "Payloads of responses have no critical flag"},
    CheckedRequirement{"rfc7296-2.5-reserved-fields-zero", "2.5", "MUST", "RESERVED fields are zero when sent"},
    CheckedRequirement{"rfc7296-3.3-proposals-present", "3.3", "stated", "An SA payload has at least one proposal"},
    CheckedRequirement{"rfc7296-3.3.1-proposal-number-first", "3.3.1", "MUST", "The first proposal has number 1"},
    CheckedRequirement{"rfc7296-3.3.1-proposal-number-increasing", "3.3.1", "MUST",
                       "Each later proposal of an offer has the number after its predecessor's"},
    CheckedRequirement{"rfc7296-3.3.1-last-substruc", "3.3.1", "stated",
                       "Last Substruc is 0 in the last proposal and 2 in the others"},
    CheckedRequirement{"rfc7296-3.3.1-spi-size", "3.3.1", "MUST",
                       "A proposal's SPI has the size that its protocol and exchange ask for"},
    CheckedRequirement{"rfc7296-3.3.1-num-transforms", "3.3.1", "stated",
                       "Num Transforms is the number of transforms in the proposal"},
    CheckedRequirement{"rfc7296-3.3.2-last-substruc", "3.3.2", "stated",
                       "Last Substruc is 0 in the last transform and 3 in the others"},
    CheckedRequirement{"rfc7296-3.3.3-mandatory-transforms", "3.3.3", "stated",
                       "A proposal has the transform types that its protocol needs"},
    CheckedRequirement{"rfc7296-3.3.3-transform-type-for-protocol", "3.3.3", "stated",
                       "A proposal has no transform type that its protocol has no use for"},
    CheckedRequirement{"rfc7296-3.3-aead-apart", "3.3", "MUST",
                       "Combined-mode and other ciphers are offered in proposals of their own"},
    CheckedRequirement{"rfc7296-3.3.5-key-length-present", "3.3.5", "MUST",
                       "A cipher with a variable key length carries the Key Length attribute"},
    CheckedRequirement{"rfc7296-3.3.5-key-length-absent", "3.3.5", "MUST NOT",
                       "A transform with a fixed key length carries no Key Length attribute"},
    CheckedRequirement{"rfc7296-3.3.5-key-length-format", "3.3.5", "MUST NOT",
                       "Key Length is not encoded in the variable-length form"},
    CheckedRequirement{"rfc7296-3.3-attribute-once", "3.3", "MUST NOT",
                       "A transform has no two attributes of the same type"},
    CheckedRequirement{"rfc7296-3.3.5-key-length-value", "3.3.5", "stated", "Key Length is one that the cipher has"},
    CheckedRequirement{"rfc7296-3.4-ke-data-length", "3.4", "MUST",
                       "Key Exchange Data has the length of the group's public values"},
    CheckedRequirement{"rfc7296-3.5-id-data-length", "3.5", "stated", "An address in an ID payload has its length"},
    CheckedRequirement{"rfc7296-3.5-id-string-terminator", "3.5", "MUST NOT",
                       "FQDN and RFC822 identities have no terminators"},
    CheckedRequirement{"rfc7619-2.2-id-null-empty", "2.2", "MUST", "ID_NULL has no Identification Data"},
    CheckedRequirement{"rfc7296-3.6-certificate-present", "3.6", "stated", "A CERT payload has certificate data"},
    CheckedRequirement{"rfc7296-3.7-certreq-hash-length", "3.7", "stated",
                       "Certification Authority is a list of 20-octet hashes"},
    CheckedRequirement{"rfc7296-3.8-auth-data-present", "3.8", "stated", "An AUTH payload has data"},
    CheckedRequirement{"rfc7296-3.9-nonce-length", "3.9", "MUST", "A nonce has 16 to 256 octets"},
    CheckedRequirement{"rfc7296-3.10-notify-protocol", "3.10", "MUST",
                       "Protocol ID says whose SPI follows, and is zero where none does"},
    CheckedRequirement{"rfc7296-3.10-notify-spi-size", "3.10", "MUST",
                       "SPI Size is what Protocol ID and notify type ask for"},
    CheckedRequirement{"rfc7296-2.25-child-sa-not-found-spi", "2.25", "stated",
                       "CHILD_SA_NOT_FOUND has the SPI of the REKEY_SA notification it answers"},
    CheckedRequirement{"rfc7296-3.10.1-notify-data", "3.10.1", "stated",
                       "Notification Data has the form that its type asks for"},
    CheckedRequirement{"rfc4555-4.2-notify-data", "4.2", "MUST",
                       "Notification Data of MOBIKE notifications has the form that its type asks for"},
    CheckedRequirement{"rfc7427-4-hash-list", "4", "stated",
                       "SIGNATURE_HASH_ALGORITHMS is a list of 16-bit hash algorithm identifiers"},
    CheckedRequirement{"rfc7296-2.6-cookie-length", "2.6", "MUST", "A cookie has 1 to 64 octets"},
    CheckedRequirement{"rfc7296-3.11-delete-protocol", "3.11", "stated", "Delete names IKE, AH or ESP"},
    CheckedRequirement{"rfc7296-3.11-delete-spi-size", "3.11", "MUST", "SPI Size is 0 for IKE and 4 for AH and ESP"},
    CheckedRequirement{"rfc7296-3.11-delete-spi-count", "3.11", "stated",
                       "Num of SPIs is 0 for IKE and at least 1 for AH and ESP"},
    CheckedRequirement{"rfc7296-3.13-ts-present", "3.13", "stated",
                       "Number of TSs is that of the selectors, at least 1"},
    CheckedRequirement{"rfc7296-3.13.1-ts-address-order", "3.13.1", "stated",
                       "Starting Address is not above Ending Address"},
    CheckedRequirement{"rfc7296-3.13.1-ts-port-order", "3.13.1", "stated",
                       "Start Port is not above End Port, save for OPAQUE"},
    CheckedRequirement{"rfc7296-3.13.1-ts-ports-any", "3.13.1", "MUST",
                       "Where a protocol has no ports, or any protocol is meant, the ports are 0 to 65535"},
    CheckedRequirement{"rfc7296-3.14-sk-last", "3.14", "MUST", "The Encrypted payload is the last of its message"},
    CheckedRequirement{"rfc7383-2.5-fragment-number", "2.5", "MUST",
                       "Fragment Number is at least 1 and not above Total Fragments"},
    CheckedRequirement{"rfc7383-2.5-next-payload", "2.5", "MUST",
                       "Next Payload is zero in every fragment but the first"},
    CheckedRequirement{"rfc7296-3.15.1-cfg-reserved-bit", "3.15.1", "MUST",
                       "The R bit of a configuration attribute is zero"},
    CheckedRequirement{"rfc7296-3.15.1-cfg-attribute-length", "3.15.1", "stated",
                       "A configuration attribute's value has a length that its type allows"},
    CheckedRequirement{"rfc7296-3.16-eap-type", "3.16", "stated",
                       "EAP requests and responses have a Type, Success and Failure have no data"},
};

/// Which message a payload stands in, as far as checks depend on it.
struct CheckContext {
  ExchangeType exchange{};
  bool response{};
};

/// The header by itself.
void check(const IkeHeader& header, Findings& findings);

/// The generic header and the body of one payload.
void check(const Payload& payload, const CheckContext& context, Findings& findings);

/// A list of payloads, e.g. those inside SK: each by itself.
void check(std::span<const Payload> payloads, const CheckContext& context, Findings& findings);

/// Header, payloads in clear, and the order of SK.
void check(const Message& message, Findings& findings);

void check(const SecurityAssociation& sa, const CheckContext& context, Findings& findings);
void check(const KeyExchange& ke, const CheckContext& context, Findings& findings);
void check(const Identification& id, Findings& findings);
void check(const Certificate& cert, Findings& findings);
void check(const CertificateRequest& certreq, Findings& findings);
void check(const Authentication& auth, Findings& findings);
void check(const Nonce& nonce, Findings& findings);
void check(const Notify& notify, Findings& findings);
void check(const Delete& del, Findings& findings);
void check(const TrafficSelectors& ts, Findings& findings);
void check(const EncryptedFragment& skf, Findings& findings);
void check(const Configuration& cp, Findings& findings);
void check(const Eap& eap, Findings& findings);

/// Octets of a KE payload's public value in this group (RFC 7296 §3.4, RFC 5903 §7, RFC 8031 §3.1); empty for a group
/// that this code does not know. ML-KEM differs by direction: the request carries the encapsulation key.
std::optional<std::size_t> ke_data_size(DhGroup group, bool response);

}  // namespace ikevet::wire
