// The IANA registries of IKEv2 as enumerations, with names.
//
// Source: "Internet Key Exchange Version 2 (IKEv2) Parameters", https://www.iana.org/assignments/ikev2-parameters, and
// for EAP https://www.iana.org/assignments/eap-numbers. Every enumeration holds any wire value: a number without an
// enumerator is not an error, it only has no name.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ikevet::wire {

/// "IKEv2 Payload Types", RFC 7296 §3.2.
enum class PayloadType : std::uint8_t {
  None = 0,
  SA = 33,
  KE = 34,
  IDi = 35,
  IDr = 36,
  CERT = 37,
  CERTREQ = 38,
  AUTH = 39,
  Nonce = 40,  ///< Ni, Nr
  Notify = 41,
  Delete = 42,
  VendorId = 43,
  TSi = 44,
  TSr = 45,
  SK = 46,
  CP = 47,
  EAP = 48,
  GSPM = 49,  ///< RFC 6467
  IDg = 50,   ///< RFC 9838
  GSA = 51,
  KD = 52,
  SKF = 53,  ///< RFC 7383
  PS = 54,   ///< RFC 8019
};

/// "IKEv2 Exchange Types", RFC 7296 §3.1.
enum class ExchangeType : std::uint8_t {
  IKE_SA_INIT = 34,
  IKE_AUTH = 35,
  CREATE_CHILD_SA = 36,
  INFORMATIONAL = 37,
  IKE_SESSION_RESUME = 38,  ///< RFC 5723
  GSA_AUTH = 39,            ///< RFC 9838
  GSA_REGISTRATION = 40,
  GSA_REKEY = 41,
  GSA_INBAND_REKEY = 42,
  IKE_INTERMEDIATE = 43,  ///< RFC 9242
  IKE_FOLLOWUP_KE = 44,   ///< RFC 9370
};

/// "IKEv2 Notify Message Error Types" and "... Status Types", RFC 7296 §3.10.1.
enum class NotifyType : std::uint16_t {
  UNSUPPORTED_CRITICAL_PAYLOAD = 1,
  INVALID_IKE_SPI = 4,
  INVALID_MAJOR_VERSION = 5,
  INVALID_SYNTAX = 7,
  INVALID_MESSAGE_ID = 9,
  INVALID_SPI = 11,
  NO_PROPOSAL_CHOSEN = 14,
  INVALID_KE_PAYLOAD = 17,
  AUTHENTICATION_FAILED = 24,
  SINGLE_PAIR_REQUIRED = 34,
  NO_ADDITIONAL_SAS = 35,
  INTERNAL_ADDRESS_FAILURE = 36,
  FAILED_CP_REQUIRED = 37,
  TS_UNACCEPTABLE = 38,
  INVALID_SELECTORS = 39,
  UNACCEPTABLE_ADDRESSES = 40,   ///< RFC 4555
  UNEXPECTED_NAT_DETECTED = 41,  ///< RFC 4555
  USE_ASSIGNED_HoA = 42,         ///< RFC 5026
  TEMPORARY_FAILURE = 43,
  CHILD_SA_NOT_FOUND = 44,
  INVALID_GROUP_ID = 45,      ///< RFC 9838
  AUTHORIZATION_FAILED = 46,  ///< RFC 9838
  STATE_NOT_FOUND = 47,       ///< RFC 9370
  TS_MAX_QUEUE = 48,          ///< RFC 9611
  REGISTRATION_FAILED = 49,   ///< RFC 9838

  INITIAL_CONTACT = 16384,
  SET_WINDOW_SIZE = 16385,
  ADDITIONAL_TS_POSSIBLE = 16386,
  IPCOMP_SUPPORTED = 16387,
  NAT_DETECTION_SOURCE_IP = 16388,
  NAT_DETECTION_DESTINATION_IP = 16389,
  COOKIE = 16390,
  USE_TRANSPORT_MODE = 16391,
  HTTP_CERT_LOOKUP_SUPPORTED = 16392,
  REKEY_SA = 16393,
  ESP_TFC_PADDING_NOT_SUPPORTED = 16394,
  NON_FIRST_FRAGMENTS_ALSO = 16395,
  MOBIKE_SUPPORTED = 16396,  ///< RFC 4555 up to NO_NATS_ALLOWED
  ADDITIONAL_IP4_ADDRESS = 16397,
  ADDITIONAL_IP6_ADDRESS = 16398,
  NO_ADDITIONAL_ADDRESSES = 16399,
  UPDATE_SA_ADDRESSES = 16400,
  COOKIE2 = 16401,
  NO_NATS_ALLOWED = 16402,
  AUTH_LIFETIME = 16403,            ///< RFC 4478
  MULTIPLE_AUTH_SUPPORTED = 16404,  ///< RFC 4739
  ANOTHER_AUTH_FOLLOWS = 16405,     ///< RFC 4739
  REDIRECT_SUPPORTED = 16406,       ///< RFC 5685
  REDIRECT = 16407,
  REDIRECTED_FROM = 16408,
  TICKET_LT_OPAQUE = 16409,  ///< RFC 5723
  TICKET_REQUEST = 16410,
  TICKET_ACK = 16411,
  TICKET_NACK = 16412,
  TICKET_OPAQUE = 16413,
  LINK_ID = 16414,                          ///< RFC 5739
  USE_WESP_MODE = 16415,                    ///< RFC 5840
  ROHC_SUPPORTED = 16416,                   ///< RFC 5857
  EAP_ONLY_AUTHENTICATION = 16417,          ///< RFC 5998
  CHILDLESS_IKEV2_SUPPORTED = 16418,        ///< RFC 6023
  QUICK_CRASH_DETECTION = 16419,            ///< RFC 6290
  IKEV2_MESSAGE_ID_SYNC_SUPPORTED = 16420,  ///< RFC 6311
  IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED = 16421,
  IKEV2_MESSAGE_ID_SYNC = 16422,
  IPSEC_REPLAY_COUNTER_SYNC = 16423,
  SECURE_PASSWORD_METHODS = 16424,  ///< RFC 6467
  PSK_PERSIST = 16425,              ///< RFC 6631
  PSK_CONFIRM = 16426,
  ERX_SUPPORTED = 16427,                  ///< RFC 6867
  IFOM_CAPABILITY = 16428,                ///< 3GPP TS 24.303
  GROUP_SENDER = 16429,                   ///< RFC 9838
  IKEV2_FRAGMENTATION_SUPPORTED = 16430,  ///< RFC 7383
  SIGNATURE_HASH_ALGORITHMS = 16431,      ///< RFC 7427
  CLONE_IKE_SA_SUPPORTED = 16432,         ///< RFC 7791
  CLONE_IKE_SA = 16433,
  PUZZLE = 16434,   ///< RFC 8019
  USE_PPK = 16435,  ///< RFC 8784
  PPK_IDENTITY = 16436,
  NO_PPK_AUTH = 16437,
  INTERMEDIATE_EXCHANGE_SUPPORTED = 16438,  ///< RFC 9242
  IP4_ALLOWED = 16439,                      ///< RFC 8983
  IP6_ALLOWED = 16440,
  ADDITIONAL_KEY_EXCHANGE = 16441,  ///< RFC 9370
  USE_AGGFRAG = 16442,              ///< RFC 9347
  SUPPORTED_AUTH_METHODS = 16443,   ///< RFC 9593
  SA_RESOURCE_INFO = 16444,         ///< RFC 9611
  USE_PPK_INT = 16445,              ///< RFC 9867
  PPK_IDENTITY_KEY = 16446,
};

/// RFC 7296 §3.10.1: types below 16384 report errors, the others status.
constexpr bool is_error(NotifyType type) { return static_cast<std::uint16_t>(type) < 16384; }

/// "IKEv2 Security Protocol Identifiers", RFC 7296 §3.3.1. None is what a Notify about the IKE SA carries (§3.10).
enum class ProtocolId : std::uint8_t {
  None = 0,
  IKE = 1,
  AH = 2,
  ESP = 3,
  FC_ESP_HEADER = 4,
  FC_CT_AUTHENTICATION = 5,
  GIKE_UPDATE = 6,
};

/// "Transform Type Values", RFC 7296 §3.3.2. KE was called "Diffie-Hellman Group (D-H)" before RFC 9370.
enum class TransformType : std::uint8_t {
  ENCR = 1,
  PRF = 2,
  INTEG = 3,
  KE = 4,
  ESN = 5,
  ADDKE1 = 6,  ///< RFC 9370
  ADDKE2 = 7,
  ADDKE3 = 8,
  ADDKE4 = 9,
  ADDKE5 = 10,
  ADDKE6 = 11,
  ADDKE7 = 12,
  KWA = 13,     ///< RFC 9838
  GCAUTH = 14,  ///< RFC 9838
};

/// Transform Type 1, "Encryption Algorithm Transform IDs".
enum class EncrId : std::uint16_t {
  ENCR_DES_IV64 = 1,
  ENCR_DES = 2,
  ENCR_3DES = 3,
  ENCR_RC5 = 4,
  ENCR_IDEA = 5,
  ENCR_CAST = 6,
  ENCR_BLOWFISH = 7,
  ENCR_3IDEA = 8,
  ENCR_DES_IV32 = 9,
  ENCR_NULL = 11,
  ENCR_AES_CBC = 12,
  ENCR_AES_CTR = 13,
  ENCR_AES_CCM_8 = 14,
  ENCR_AES_CCM_12 = 15,
  ENCR_AES_CCM_16 = 16,
  ENCR_AES_GCM_8 = 18,
  ENCR_AES_GCM_12 = 19,
  ENCR_AES_GCM_16 = 20,
  ENCR_NULL_AUTH_AES_GMAC = 21,
  ENCR_XTS_AES = 22,  ///< reserved for IEEE P1619
  ENCR_CAMELLIA_CBC = 23,
  ENCR_CAMELLIA_CTR = 24,
  ENCR_CAMELLIA_CCM_8 = 25,
  ENCR_CAMELLIA_CCM_12 = 26,
  ENCR_CAMELLIA_CCM_16 = 27,
  ENCR_CHACHA20_POLY1305 = 28,
  ENCR_AES_CCM_8_IIV = 29,
  ENCR_AES_GCM_16_IIV = 30,
  ENCR_CHACHA20_POLY1305_IIV = 31,
  ENCR_KUZNYECHIK_MGM_KTREE = 32,
  ENCR_MAGMA_MGM_KTREE = 33,
  ENCR_KUZNYECHIK_MGM_MAC_KTREE = 34,
  ENCR_MAGMA_MGM_MAC_KTREE = 35,
};

/// Transform Type 2, "Pseudorandom Function Transform IDs".
enum class PrfId : std::uint16_t {
  PRF_HMAC_MD5 = 1,
  PRF_HMAC_SHA1 = 2,
  PRF_HMAC_TIGER = 3,
  PRF_AES128_XCBC = 4,
  PRF_HMAC_SHA2_256 = 5,
  PRF_HMAC_SHA2_384 = 6,
  PRF_HMAC_SHA2_512 = 7,
  PRF_AES128_CMAC = 8,
  PRF_HMAC_STREEBOG_512 = 9,
};

/// Transform Type 3, "Integrity Algorithm Transform IDs".
enum class IntegId : std::uint16_t {
  NONE = 0,
  AUTH_HMAC_MD5_96 = 1,
  AUTH_HMAC_SHA1_96 = 2,
  AUTH_DES_MAC = 3,
  AUTH_KPDK_MD5 = 4,
  AUTH_AES_XCBC_96 = 5,
  AUTH_HMAC_MD5_128 = 6,
  AUTH_HMAC_SHA1_160 = 7,
  AUTH_AES_CMAC_96 = 8,
  AUTH_AES_128_GMAC = 9,
  AUTH_AES_192_GMAC = 10,
  AUTH_AES_256_GMAC = 11,
  AUTH_HMAC_SHA2_256_128 = 12,
  AUTH_HMAC_SHA2_384_192 = 13,
  AUTH_HMAC_SHA2_512_256 = 14,
};

/// Transform Types 4 and 6 to 12, "Key Exchange Method Transform IDs"; also the Diffie-Hellman Group Num of KE
/// payloads.
enum class DhGroup : std::uint16_t {
  NONE = 0,
  MODP_768 = 1,
  MODP_1024 = 2,
  MODP_1536 = 5,
  MODP_2048 = 14,
  MODP_3072 = 15,
  MODP_4096 = 16,
  MODP_6144 = 17,
  MODP_8192 = 18,
  ECP_256 = 19,
  ECP_384 = 20,
  ECP_521 = 21,
  MODP_1024_160 = 22,  ///< RFC 5114, with 160-bit prime order subgroup
  MODP_2048_224 = 23,
  MODP_2048_256 = 24,
  ECP_192 = 25,
  ECP_224 = 26,
  BRAINPOOL_P224R1 = 27,  ///< RFC 6954
  BRAINPOOL_P256R1 = 28,
  BRAINPOOL_P384R1 = 29,
  BRAINPOOL_P512R1 = 30,
  CURVE25519 = 31,  ///< RFC 8031
  CURVE448 = 32,
  GOST3410_2012_256 = 33,  ///< RFC 9385
  GOST3410_2012_512 = 34,
  ML_KEM_512 = 35,
  ML_KEM_768 = 36,
  ML_KEM_1024 = 37,
};

/// Transform Type 5, "Extended Sequence Numbers" (since RFC 9827 "Sequence Numbers").
enum class EsnId : std::uint16_t {
  NoESN = 0,
  ESN = 1,
  UNSPECIFIED_32 = 2,  ///< RFC 9827, 32-bit unspecified numbers
};

/// "IKEv2 Transform Attribute Types", RFC 7296 §3.3.5. Without the AF bit: fifteen bits.
enum class AttributeType : std::uint16_t {
  KeyLength = 14,
  SignatureAlgorithmIdentifier = 18,  ///< RFC 9838
};

/// "IKEv2 Identification Payload ID Types", RFC 7296 §3.5.
enum class IdType : std::uint8_t {
  ID_IPV4_ADDR = 1,
  ID_FQDN = 2,
  ID_RFC822_ADDR = 3,
  ID_IPV6_ADDR = 5,
  ID_DER_ASN1_DN = 9,
  ID_DER_ASN1_GN = 10,
  ID_KEY_ID = 11,
  ID_FC_NAME = 12,  ///< RFC 4595
  ID_NULL = 13,     ///< RFC 7619
};

/// "IKEv2 Certificate Encodings", RFC 7296 §3.6.
enum class CertEncoding : std::uint8_t {
  PKCS7_WRAPPED_X509 = 1,
  PGP = 2,
  DNS_SIGNED_KEY = 3,
  X509_SIGNATURE = 4,
  KERBEROS_TOKEN = 6,
  CRL = 7,
  ARL = 8,
  SPKI = 9,
  X509_ATTRIBUTE = 10,
  RAW_RSA_KEY = 11,
  HASH_AND_URL_X509 = 12,
  HASH_AND_URL_BUNDLE = 13,
  OCSP_CONTENT = 14,    ///< RFC 4806
  RAW_PUBLIC_KEY = 15,  ///< RFC 7670
};

/// "IKEv2 Authentication Method", RFC 7296 §3.8.
enum class AuthMethod : std::uint8_t {
  RSA_DIGITAL_SIGNATURE = 1,
  SHARED_KEY_MIC = 2,
  DSS_DIGITAL_SIGNATURE = 3,
  ECDSA_SHA256_P256 = 9,  ///< RFC 4754
  ECDSA_SHA384_P384 = 10,
  ECDSA_SHA512_P521 = 11,
  GENERIC_SECURE_PASSWORD = 12,  ///< RFC 6467
  NULL_AUTHENTICATION = 13,      ///< RFC 7619
  DIGITAL_SIGNATURE = 14,        ///< RFC 7427
};

/// "IKEv2 Hash Algorithms", RFC 7427 §4: the values in SIGNATURE_HASH_ALGORITHMS.
enum class HashAlgorithm : std::uint16_t {
  SHA1 = 1,
  SHA2_256 = 2,
  SHA2_384 = 3,
  SHA2_512 = 4,
  IDENTITY = 5,  ///< RFC 8420
  STREEBOG_256 = 6,
  STREEBOG_512 = 7,
};

/// "IKEv2 Traffic Selector Types", RFC 7296 §3.13.1.
enum class TsType : std::uint8_t {
  TS_IPV4_ADDR_RANGE = 7,
  TS_IPV6_ADDR_RANGE = 8,
  TS_FC_ADDR_RANGE = 9,  ///< RFC 4595
  TS_SECLABEL = 10,      ///< RFC 9478
};

/// "IKEv2 Configuration Payload CFG Types", RFC 7296 §3.15.
enum class CfgType : std::uint8_t {
  CFG_REQUEST = 1,
  CFG_REPLY = 2,
  CFG_SET = 3,
  CFG_ACK = 4,
};

/// "IKEv2 Configuration Payload Attribute Types", RFC 7296 §3.15.1. Fifteen bits.
enum class CfgAttribute : std::uint16_t {
  INTERNAL_IP4_ADDRESS = 1,
  INTERNAL_IP4_NETMASK = 2,
  INTERNAL_IP4_DNS = 3,
  INTERNAL_IP4_NBNS = 4,
  INTERNAL_IP4_DHCP = 6,
  APPLICATION_VERSION = 7,
  INTERNAL_IP6_ADDRESS = 8,
  INTERNAL_IP6_DNS = 10,
  INTERNAL_IP6_DHCP = 12,
  INTERNAL_IP4_SUBNET = 13,
  SUPPORTED_ATTRIBUTES = 14,
  INTERNAL_IP6_SUBNET = 15,
  MIP6_HOME_PREFIX = 16,
  INTERNAL_IP6_LINK = 17,
  INTERNAL_IP6_PREFIX = 18,
  HOME_AGENT_ADDRESS = 19,
  P_CSCF_IP4_ADDRESS = 20,
  P_CSCF_IP6_ADDRESS = 21,
  FTT_KAT = 22,
  EXTERNAL_SOURCE_IP4_NAT_INFO = 23,
  TIMEOUT_PERIOD_FOR_LIVENESS_CHECK = 24,
  INTERNAL_DNS_DOMAIN = 25,  ///< RFC 8598
  INTERNAL_DNSSEC_TA = 26,   ///< RFC 8598
  ENCDNS_IP4 = 27,           ///< RFC 9464
  ENCDNS_IP6 = 28,
  ENCDNS_DIGEST_INFO = 29,
};

/// "IKEv2 Notification IPCOMP Transform IDs", RFC 7296 §3.10.1.
enum class IpcompTransform : std::uint8_t {
  IPCOMP_OUI = 1,
  IPCOMP_DEFLATE = 2,
  IPCOMP_LZS = 3,
  IPCOMP_LZJH = 4,
};

/// "IKEv2 Gateway Identity Types", RFC 5685 §7.2: the first octet of REDIRECT and REDIRECTED_FROM data.
enum class GatewayIdType : std::uint8_t {
  IPV4 = 1,
  IPV6 = 2,
  FQDN = 3,
};

/// EAP Code, RFC 3748 §4.
enum class EapCode : std::uint8_t {
  Request = 1,
  Response = 2,
  Success = 3,
  Failure = 4,
  Initiate = 5,  ///< RFC 6696
  Finish = 6,    ///< RFC 6696
};

/// EAP method Type, RFC 3748 §5.
enum class EapType : std::uint8_t {
  Identity = 1,
  Notification = 2,
  Nak = 3,
  MD5_Challenge = 4,
  OTP = 5,
  GTC = 6,
  TLS = 13,
  SIM = 18,
  TTLS = 21,
  AKA = 23,
  PEAP = 25,
  MSCHAPv2 = 26,
  FAST = 43,
  PSK = 47,
  SAKE = 48,
  IKEv2 = 49,
  AKA_Prime = 50,
  GPSK = 51,
  PWD = 52,
  EKE = 53,
  TEAP = 55,
  Expanded = 254,
  Experimental = 255,
};

/// Bits of the Flags field of the IKE header, RFC 7296 §3.1. The other five are reserved.
inline constexpr std::uint8_t kFlagInitiator = 0x08;
inline constexpr std::uint8_t kFlagVersion = 0x10;
inline constexpr std::uint8_t kFlagResponse = 0x20;

/// A row of a registry.
template <class E>
struct Named {
  E value;
  std::string_view name;
};

/// The registry behind an enumeration, in order of value. A value may have several rows: the first is the name it is
/// shown with, the others are spellings that from_name takes as well.
template <class E>
std::span<const Named<E>> registry();

/// The IANA name; empty when the value has none.
template <class E>
std::string_view name(E value);

/// The IANA name, or the number in decimal.
template <class E>
std::string name_or_number(E value);

/// "ENCR_AES_CBC (12)", or "1234" for a value without a name: how a dissection shows it.
template <class E>
std::string name_and_number(E value);

/// The value with this name. Case is ignored, and ' ', '-', '_' and '.' count as the same character.
template <class E>
std::optional<E> from_name(std::string_view text);

/// The name of a Transform ID, whose registry depends on the Transform Type; empty when it has none.
std::string_view transform_id_name(TransformType type, std::uint16_t id);

/// The Transform ID with this name in the registry of its Transform Type.
std::optional<std::uint16_t> transform_id_from_name(TransformType type, std::string_view text);

}  // namespace ikevet::wire
