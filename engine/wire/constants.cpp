#include "engine/wire/constants.hpp"

#include <algorithm>

namespace ikevet::wire {
namespace {

// The rows of each registry stand in order of value; a value's first row is the name it is shown with.

constexpr Named<PayloadType> kPayloadType[]{
    {PayloadType::None, "None"},
    {PayloadType::SA, "SA"},
    {PayloadType::KE, "KE"},
    {PayloadType::IDi, "IDi"},
    {PayloadType::IDr, "IDr"},
    {PayloadType::CERT, "CERT"},
    {PayloadType::CERTREQ, "CERTREQ"},
    {PayloadType::AUTH, "AUTH"},
    {PayloadType::Nonce, "Nonce"},
    {PayloadType::Nonce, "Ni"},
    {PayloadType::Nonce, "Nr"},
    {PayloadType::Notify, "Notify"},
    {PayloadType::Notify, "N"},
    {PayloadType::Delete, "Delete"},
    {PayloadType::Delete, "D"},
    {PayloadType::VendorId, "VendorId"},
    {PayloadType::VendorId, "V"},
    {PayloadType::VendorId, "Vendor ID"},
    {PayloadType::TSi, "TSi"},
    {PayloadType::TSr, "TSr"},
    {PayloadType::SK, "SK"},
    {PayloadType::SK, "Encrypted"},
    {PayloadType::CP, "CP"},
    {PayloadType::CP, "Configuration"},
    {PayloadType::EAP, "EAP"},
    {PayloadType::GSPM, "GSPM"},
    {PayloadType::IDg, "IDg"},
    {PayloadType::GSA, "GSA"},
    {PayloadType::KD, "KD"},
    {PayloadType::SKF, "SKF"},
    {PayloadType::SKF, "Encrypted Fragment"},
    {PayloadType::PS, "PS"},
};

constexpr Named<ExchangeType> kExchangeType[]{
    {ExchangeType::IKE_SA_INIT, "IKE_SA_INIT"},
    {ExchangeType::IKE_AUTH, "IKE_AUTH"},
    {ExchangeType::CREATE_CHILD_SA, "CREATE_CHILD_SA"},
    {ExchangeType::INFORMATIONAL, "INFORMATIONAL"},
    {ExchangeType::IKE_SESSION_RESUME, "IKE_SESSION_RESUME"},
    {ExchangeType::GSA_AUTH, "GSA_AUTH"},
    {ExchangeType::GSA_REGISTRATION, "GSA_REGISTRATION"},
    {ExchangeType::GSA_REKEY, "GSA_REKEY"},
    {ExchangeType::GSA_INBAND_REKEY, "GSA_INBAND_REKEY"},
    {ExchangeType::IKE_INTERMEDIATE, "IKE_INTERMEDIATE"},
    {ExchangeType::IKE_FOLLOWUP_KE, "IKE_FOLLOWUP_KE"},
};

constexpr Named<NotifyType> kNotifyType[]{
    {NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD, "UNSUPPORTED_CRITICAL_PAYLOAD"},
    {NotifyType::INVALID_IKE_SPI, "INVALID_IKE_SPI"},
    {NotifyType::INVALID_MAJOR_VERSION, "INVALID_MAJOR_VERSION"},
    {NotifyType::INVALID_SYNTAX, "INVALID_SYNTAX"},
    {NotifyType::INVALID_MESSAGE_ID, "INVALID_MESSAGE_ID"},
    {NotifyType::INVALID_SPI, "INVALID_SPI"},
    {NotifyType::NO_PROPOSAL_CHOSEN, "NO_PROPOSAL_CHOSEN"},
    {NotifyType::INVALID_KE_PAYLOAD, "INVALID_KE_PAYLOAD"},
    {NotifyType::AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED"},
    {NotifyType::SINGLE_PAIR_REQUIRED, "SINGLE_PAIR_REQUIRED"},
    {NotifyType::NO_ADDITIONAL_SAS, "NO_ADDITIONAL_SAS"},
    {NotifyType::INTERNAL_ADDRESS_FAILURE, "INTERNAL_ADDRESS_FAILURE"},
    {NotifyType::FAILED_CP_REQUIRED, "FAILED_CP_REQUIRED"},
    {NotifyType::TS_UNACCEPTABLE, "TS_UNACCEPTABLE"},
    {NotifyType::INVALID_SELECTORS, "INVALID_SELECTORS"},
    {NotifyType::UNACCEPTABLE_ADDRESSES, "UNACCEPTABLE_ADDRESSES"},
    {NotifyType::UNEXPECTED_NAT_DETECTED, "UNEXPECTED_NAT_DETECTED"},
    {NotifyType::USE_ASSIGNED_HoA, "USE_ASSIGNED_HoA"},
    {NotifyType::TEMPORARY_FAILURE, "TEMPORARY_FAILURE"},
    {NotifyType::CHILD_SA_NOT_FOUND, "CHILD_SA_NOT_FOUND"},
    {NotifyType::INVALID_GROUP_ID, "INVALID_GROUP_ID"},
    {NotifyType::AUTHORIZATION_FAILED, "AUTHORIZATION_FAILED"},
    {NotifyType::STATE_NOT_FOUND, "STATE_NOT_FOUND"},
    {NotifyType::TS_MAX_QUEUE, "TS_MAX_QUEUE"},
    {NotifyType::REGISTRATION_FAILED, "REGISTRATION_FAILED"},
    {NotifyType::INITIAL_CONTACT, "INITIAL_CONTACT"},
    {NotifyType::SET_WINDOW_SIZE, "SET_WINDOW_SIZE"},
    {NotifyType::ADDITIONAL_TS_POSSIBLE, "ADDITIONAL_TS_POSSIBLE"},
    {NotifyType::IPCOMP_SUPPORTED, "IPCOMP_SUPPORTED"},
    {NotifyType::NAT_DETECTION_SOURCE_IP, "NAT_DETECTION_SOURCE_IP"},
    {NotifyType::NAT_DETECTION_DESTINATION_IP, "NAT_DETECTION_DESTINATION_IP"},
    {NotifyType::COOKIE, "COOKIE"},
    {NotifyType::USE_TRANSPORT_MODE, "USE_TRANSPORT_MODE"},
    {NotifyType::HTTP_CERT_LOOKUP_SUPPORTED, "HTTP_CERT_LOOKUP_SUPPORTED"},
    {NotifyType::REKEY_SA, "REKEY_SA"},
    {NotifyType::ESP_TFC_PADDING_NOT_SUPPORTED, "ESP_TFC_PADDING_NOT_SUPPORTED"},
    {NotifyType::NON_FIRST_FRAGMENTS_ALSO, "NON_FIRST_FRAGMENTS_ALSO"},
    {NotifyType::MOBIKE_SUPPORTED, "MOBIKE_SUPPORTED"},
    {NotifyType::ADDITIONAL_IP4_ADDRESS, "ADDITIONAL_IP4_ADDRESS"},
    {NotifyType::ADDITIONAL_IP6_ADDRESS, "ADDITIONAL_IP6_ADDRESS"},
    {NotifyType::NO_ADDITIONAL_ADDRESSES, "NO_ADDITIONAL_ADDRESSES"},
    {NotifyType::UPDATE_SA_ADDRESSES, "UPDATE_SA_ADDRESSES"},
    {NotifyType::COOKIE2, "COOKIE2"},
    {NotifyType::NO_NATS_ALLOWED, "NO_NATS_ALLOWED"},
    {NotifyType::AUTH_LIFETIME, "AUTH_LIFETIME"},
    {NotifyType::MULTIPLE_AUTH_SUPPORTED, "MULTIPLE_AUTH_SUPPORTED"},
    {NotifyType::ANOTHER_AUTH_FOLLOWS, "ANOTHER_AUTH_FOLLOWS"},
    {NotifyType::REDIRECT_SUPPORTED, "REDIRECT_SUPPORTED"},
    {NotifyType::REDIRECT, "REDIRECT"},
    {NotifyType::REDIRECTED_FROM, "REDIRECTED_FROM"},
    {NotifyType::TICKET_LT_OPAQUE, "TICKET_LT_OPAQUE"},
    {NotifyType::TICKET_REQUEST, "TICKET_REQUEST"},
    {NotifyType::TICKET_ACK, "TICKET_ACK"},
    {NotifyType::TICKET_NACK, "TICKET_NACK"},
    {NotifyType::TICKET_OPAQUE, "TICKET_OPAQUE"},
    {NotifyType::LINK_ID, "LINK_ID"},
    {NotifyType::USE_WESP_MODE, "USE_WESP_MODE"},
    {NotifyType::ROHC_SUPPORTED, "ROHC_SUPPORTED"},
    {NotifyType::EAP_ONLY_AUTHENTICATION, "EAP_ONLY_AUTHENTICATION"},
    {NotifyType::CHILDLESS_IKEV2_SUPPORTED, "CHILDLESS_IKEV2_SUPPORTED"},
    {NotifyType::QUICK_CRASH_DETECTION, "QUICK_CRASH_DETECTION"},
    {NotifyType::IKEV2_MESSAGE_ID_SYNC_SUPPORTED, "IKEV2_MESSAGE_ID_SYNC_SUPPORTED"},
    {NotifyType::IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED, "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED"},
    {NotifyType::IKEV2_MESSAGE_ID_SYNC, "IKEV2_MESSAGE_ID_SYNC"},
    {NotifyType::IPSEC_REPLAY_COUNTER_SYNC, "IPSEC_REPLAY_COUNTER_SYNC"},
    {NotifyType::SECURE_PASSWORD_METHODS, "SECURE_PASSWORD_METHODS"},
    {NotifyType::PSK_PERSIST, "PSK_PERSIST"},
    {NotifyType::PSK_CONFIRM, "PSK_CONFIRM"},
    {NotifyType::ERX_SUPPORTED, "ERX_SUPPORTED"},
    {NotifyType::IFOM_CAPABILITY, "IFOM_CAPABILITY"},
    {NotifyType::GROUP_SENDER, "GROUP_SENDER"},
    {NotifyType::IKEV2_FRAGMENTATION_SUPPORTED, "IKEV2_FRAGMENTATION_SUPPORTED"},
    {NotifyType::SIGNATURE_HASH_ALGORITHMS, "SIGNATURE_HASH_ALGORITHMS"},
    {NotifyType::CLONE_IKE_SA_SUPPORTED, "CLONE_IKE_SA_SUPPORTED"},
    {NotifyType::CLONE_IKE_SA, "CLONE_IKE_SA"},
    {NotifyType::PUZZLE, "PUZZLE"},
    {NotifyType::USE_PPK, "USE_PPK"},
    {NotifyType::PPK_IDENTITY, "PPK_IDENTITY"},
    {NotifyType::NO_PPK_AUTH, "NO_PPK_AUTH"},
    {NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED, "INTERMEDIATE_EXCHANGE_SUPPORTED"},
    {NotifyType::IP4_ALLOWED, "IP4_ALLOWED"},
    {NotifyType::IP6_ALLOWED, "IP6_ALLOWED"},
    {NotifyType::ADDITIONAL_KEY_EXCHANGE, "ADDITIONAL_KEY_EXCHANGE"},
    {NotifyType::USE_AGGFRAG, "USE_AGGFRAG"},
    {NotifyType::SUPPORTED_AUTH_METHODS, "SUPPORTED_AUTH_METHODS"},
    {NotifyType::SA_RESOURCE_INFO, "SA_RESOURCE_INFO"},
    {NotifyType::USE_PPK_INT, "USE_PPK_INT"},
    {NotifyType::PPK_IDENTITY_KEY, "PPK_IDENTITY_KEY"},
};

constexpr Named<ProtocolId> kProtocolId[]{
    {ProtocolId::None, "None"},
    {ProtocolId::IKE, "IKE"},
    {ProtocolId::AH, "AH"},
    {ProtocolId::ESP, "ESP"},
    {ProtocolId::FC_ESP_HEADER, "FC_ESP_HEADER"},
    {ProtocolId::FC_CT_AUTHENTICATION, "FC_CT_AUTHENTICATION"},
    {ProtocolId::GIKE_UPDATE, "GIKE_UPDATE"},
};

constexpr Named<TransformType> kTransformType[]{
    {TransformType::ENCR, "ENCR"},     {TransformType::PRF, "PRF"},       {TransformType::INTEG, "INTEG"},
    {TransformType::KE, "KE"},         {TransformType::KE, "D-H"},        {TransformType::KE, "DH"},
    {TransformType::ESN, "ESN"},       {TransformType::ESN, "SN"},        {TransformType::ADDKE1, "ADDKE1"},
    {TransformType::ADDKE2, "ADDKE2"}, {TransformType::ADDKE3, "ADDKE3"}, {TransformType::ADDKE4, "ADDKE4"},
    {TransformType::ADDKE5, "ADDKE5"}, {TransformType::ADDKE6, "ADDKE6"}, {TransformType::ADDKE7, "ADDKE7"},
    {TransformType::KWA, "KWA"},       {TransformType::GCAUTH, "GCAUTH"},
};

constexpr Named<EncrId> kEncrId[]{
    {EncrId::ENCR_DES_IV64, "ENCR_DES_IV64"},
    {EncrId::ENCR_DES, "ENCR_DES"},
    {EncrId::ENCR_3DES, "ENCR_3DES"},
    {EncrId::ENCR_RC5, "ENCR_RC5"},
    {EncrId::ENCR_IDEA, "ENCR_IDEA"},
    {EncrId::ENCR_CAST, "ENCR_CAST"},
    {EncrId::ENCR_BLOWFISH, "ENCR_BLOWFISH"},
    {EncrId::ENCR_3IDEA, "ENCR_3IDEA"},
    {EncrId::ENCR_DES_IV32, "ENCR_DES_IV32"},
    {EncrId::ENCR_NULL, "ENCR_NULL"},
    {EncrId::ENCR_AES_CBC, "ENCR_AES_CBC"},
    {EncrId::ENCR_AES_CTR, "ENCR_AES_CTR"},
    {EncrId::ENCR_AES_CCM_8, "ENCR_AES_CCM_8"},
    {EncrId::ENCR_AES_CCM_12, "ENCR_AES_CCM_12"},
    {EncrId::ENCR_AES_CCM_16, "ENCR_AES_CCM_16"},
    {EncrId::ENCR_AES_GCM_8, "ENCR_AES_GCM_8"},
    {EncrId::ENCR_AES_GCM_12, "ENCR_AES_GCM_12"},
    {EncrId::ENCR_AES_GCM_16, "ENCR_AES_GCM_16"},
    {EncrId::ENCR_NULL_AUTH_AES_GMAC, "ENCR_NULL_AUTH_AES_GMAC"},
    {EncrId::ENCR_XTS_AES, "ENCR_XTS_AES"},
    {EncrId::ENCR_CAMELLIA_CBC, "ENCR_CAMELLIA_CBC"},
    {EncrId::ENCR_CAMELLIA_CTR, "ENCR_CAMELLIA_CTR"},
    {EncrId::ENCR_CAMELLIA_CCM_8, "ENCR_CAMELLIA_CCM_8"},
    {EncrId::ENCR_CAMELLIA_CCM_12, "ENCR_CAMELLIA_CCM_12"},
    {EncrId::ENCR_CAMELLIA_CCM_16, "ENCR_CAMELLIA_CCM_16"},
    {EncrId::ENCR_CHACHA20_POLY1305, "ENCR_CHACHA20_POLY1305"},
    {EncrId::ENCR_AES_CCM_8_IIV, "ENCR_AES_CCM_8_IIV"},
    {EncrId::ENCR_AES_GCM_16_IIV, "ENCR_AES_GCM_16_IIV"},
    {EncrId::ENCR_CHACHA20_POLY1305_IIV, "ENCR_CHACHA20_POLY1305_IIV"},
    {EncrId::ENCR_KUZNYECHIK_MGM_KTREE, "ENCR_KUZNYECHIK_MGM_KTREE"},
    {EncrId::ENCR_MAGMA_MGM_KTREE, "ENCR_MAGMA_MGM_KTREE"},
    {EncrId::ENCR_KUZNYECHIK_MGM_MAC_KTREE, "ENCR_KUZNYECHIK_MGM_MAC_KTREE"},
    {EncrId::ENCR_MAGMA_MGM_MAC_KTREE, "ENCR_MAGMA_MGM_MAC_KTREE"},
};

constexpr Named<PrfId> kPrfId[]{
    {PrfId::PRF_HMAC_MD5, "PRF_HMAC_MD5"},
    {PrfId::PRF_HMAC_SHA1, "PRF_HMAC_SHA1"},
    {PrfId::PRF_HMAC_TIGER, "PRF_HMAC_TIGER"},
    {PrfId::PRF_AES128_XCBC, "PRF_AES128_XCBC"},
    {PrfId::PRF_HMAC_SHA2_256, "PRF_HMAC_SHA2_256"},
    {PrfId::PRF_HMAC_SHA2_384, "PRF_HMAC_SHA2_384"},
    {PrfId::PRF_HMAC_SHA2_512, "PRF_HMAC_SHA2_512"},
    {PrfId::PRF_AES128_CMAC, "PRF_AES128_CMAC"},
    {PrfId::PRF_HMAC_STREEBOG_512, "PRF_HMAC_STREEBOG_512"},
};

constexpr Named<IntegId> kIntegId[]{
    {IntegId::NONE, "NONE"},
    {IntegId::AUTH_HMAC_MD5_96, "AUTH_HMAC_MD5_96"},
    {IntegId::AUTH_HMAC_SHA1_96, "AUTH_HMAC_SHA1_96"},
    {IntegId::AUTH_DES_MAC, "AUTH_DES_MAC"},
    {IntegId::AUTH_KPDK_MD5, "AUTH_KPDK_MD5"},
    {IntegId::AUTH_AES_XCBC_96, "AUTH_AES_XCBC_96"},
    {IntegId::AUTH_HMAC_MD5_128, "AUTH_HMAC_MD5_128"},
    {IntegId::AUTH_HMAC_SHA1_160, "AUTH_HMAC_SHA1_160"},
    {IntegId::AUTH_AES_CMAC_96, "AUTH_AES_CMAC_96"},
    {IntegId::AUTH_AES_128_GMAC, "AUTH_AES_128_GMAC"},
    {IntegId::AUTH_AES_192_GMAC, "AUTH_AES_192_GMAC"},
    {IntegId::AUTH_AES_256_GMAC, "AUTH_AES_256_GMAC"},
    {IntegId::AUTH_HMAC_SHA2_256_128, "AUTH_HMAC_SHA2_256_128"},
    {IntegId::AUTH_HMAC_SHA2_384_192, "AUTH_HMAC_SHA2_384_192"},
    {IntegId::AUTH_HMAC_SHA2_512_256, "AUTH_HMAC_SHA2_512_256"},
};

constexpr Named<DhGroup> kDhGroup[]{
    {DhGroup::NONE, "NONE"},
    {DhGroup::MODP_768, "MODP_768"},
    {DhGroup::MODP_768, "768-bit MODP Group"},
    {DhGroup::MODP_1024, "MODP_1024"},
    {DhGroup::MODP_1024, "1024-bit MODP Group"},
    {DhGroup::MODP_1536, "MODP_1536"},
    {DhGroup::MODP_1536, "1536-bit MODP Group"},
    {DhGroup::MODP_2048, "MODP_2048"},
    {DhGroup::MODP_2048, "2048-bit MODP Group"},
    {DhGroup::MODP_3072, "MODP_3072"},
    {DhGroup::MODP_3072, "3072-bit MODP Group"},
    {DhGroup::MODP_4096, "MODP_4096"},
    {DhGroup::MODP_4096, "4096-bit MODP Group"},
    {DhGroup::MODP_6144, "MODP_6144"},
    {DhGroup::MODP_6144, "6144-bit MODP Group"},
    {DhGroup::MODP_8192, "MODP_8192"},
    {DhGroup::MODP_8192, "8192-bit MODP Group"},
    {DhGroup::ECP_256, "ECP_256"},
    {DhGroup::ECP_256, "256-bit random ECP group"},
    {DhGroup::ECP_384, "ECP_384"},
    {DhGroup::ECP_384, "384-bit random ECP group"},
    {DhGroup::ECP_521, "ECP_521"},
    {DhGroup::ECP_521, "521-bit random ECP group"},
    {DhGroup::MODP_1024_160, "MODP_1024_160"},
    {DhGroup::MODP_2048_224, "MODP_2048_224"},
    {DhGroup::MODP_2048_256, "MODP_2048_256"},
    {DhGroup::ECP_192, "ECP_192"},
    {DhGroup::ECP_224, "ECP_224"},
    {DhGroup::BRAINPOOL_P224R1, "BRAINPOOL_P224R1"},
    {DhGroup::BRAINPOOL_P256R1, "BRAINPOOL_P256R1"},
    {DhGroup::BRAINPOOL_P384R1, "BRAINPOOL_P384R1"},
    {DhGroup::BRAINPOOL_P512R1, "BRAINPOOL_P512R1"},
    {DhGroup::CURVE25519, "CURVE25519"},
    {DhGroup::CURVE25519, "X25519"},
    {DhGroup::CURVE448, "CURVE448"},
    {DhGroup::CURVE448, "X448"},
    {DhGroup::GOST3410_2012_256, "GOST3410_2012_256"},
    {DhGroup::GOST3410_2012_512, "GOST3410_2012_512"},
    {DhGroup::ML_KEM_512, "ML_KEM_512"},
    {DhGroup::ML_KEM_768, "ML_KEM_768"},
    {DhGroup::ML_KEM_1024, "ML_KEM_1024"},
};

constexpr Named<EsnId> kEsnId[]{
    {EsnId::NoESN, "NoESN"},
    {EsnId::NoESN, "No Extended Sequence Numbers"},
    {EsnId::ESN, "ESN"},
    {EsnId::ESN, "Extended Sequence Numbers"},
    {EsnId::UNSPECIFIED_32, "32-bit Unspecified Numbers"},
    {EsnId::UNSPECIFIED_32, "UNSPECIFIED_32"},
};

constexpr Named<AttributeType> kAttributeType[]{
    {AttributeType::KeyLength, "Key Length"},
    {AttributeType::KeyLength, "KeyLength"},
    {AttributeType::SignatureAlgorithmIdentifier, "Signature Algorithm Identifier"},
    {AttributeType::SignatureAlgorithmIdentifier, "SignatureAlgorithmIdentifier"},
};

constexpr Named<IdType> kIdType[]{
    {IdType::ID_IPV4_ADDR, "ID_IPV4_ADDR"},
    {IdType::ID_FQDN, "ID_FQDN"},
    {IdType::ID_RFC822_ADDR, "ID_RFC822_ADDR"},
    {IdType::ID_IPV6_ADDR, "ID_IPV6_ADDR"},
    {IdType::ID_DER_ASN1_DN, "ID_DER_ASN1_DN"},
    {IdType::ID_DER_ASN1_GN, "ID_DER_ASN1_GN"},
    {IdType::ID_KEY_ID, "ID_KEY_ID"},
    {IdType::ID_FC_NAME, "ID_FC_NAME"},
    {IdType::ID_NULL, "ID_NULL"},
};

constexpr Named<CertEncoding> kCertEncoding[]{
    {CertEncoding::PKCS7_WRAPPED_X509, "PKCS7_WRAPPED_X509"},
    {CertEncoding::PGP, "PGP"},
    {CertEncoding::DNS_SIGNED_KEY, "DNS_SIGNED_KEY"},
    {CertEncoding::X509_SIGNATURE, "X509_SIGNATURE"},
    {CertEncoding::KERBEROS_TOKEN, "KERBEROS_TOKEN"},
    {CertEncoding::CRL, "CRL"},
    {CertEncoding::ARL, "ARL"},
    {CertEncoding::SPKI, "SPKI"},
    {CertEncoding::X509_ATTRIBUTE, "X509_ATTRIBUTE"},
    {CertEncoding::RAW_RSA_KEY, "RAW_RSA_KEY"},
    {CertEncoding::HASH_AND_URL_X509, "HASH_AND_URL_X509"},
    {CertEncoding::HASH_AND_URL_BUNDLE, "HASH_AND_URL_BUNDLE"},
    {CertEncoding::OCSP_CONTENT, "OCSP_CONTENT"},
    {CertEncoding::RAW_PUBLIC_KEY, "RAW_PUBLIC_KEY"},
};

constexpr Named<AuthMethod> kAuthMethod[]{
    {AuthMethod::RSA_DIGITAL_SIGNATURE, "RSA_DIGITAL_SIGNATURE"},
    {AuthMethod::RSA_DIGITAL_SIGNATURE, "RSA"},
    {AuthMethod::SHARED_KEY_MIC, "SHARED_KEY_MIC"},
    {AuthMethod::SHARED_KEY_MIC, "Shared Key Message Integrity Code"},
    {AuthMethod::SHARED_KEY_MIC, "PSK"},
    {AuthMethod::DSS_DIGITAL_SIGNATURE, "DSS_DIGITAL_SIGNATURE"},
    {AuthMethod::ECDSA_SHA256_P256, "ECDSA_SHA256_P256"},
    {AuthMethod::ECDSA_SHA256_P256, "ECDSA-256"},
    {AuthMethod::ECDSA_SHA384_P384, "ECDSA_SHA384_P384"},
    {AuthMethod::ECDSA_SHA384_P384, "ECDSA-384"},
    {AuthMethod::ECDSA_SHA512_P521, "ECDSA_SHA512_P521"},
    {AuthMethod::ECDSA_SHA512_P521, "ECDSA-521"},
    {AuthMethod::GENERIC_SECURE_PASSWORD, "GENERIC_SECURE_PASSWORD"},
    {AuthMethod::NULL_AUTHENTICATION, "NULL_AUTHENTICATION"},
    {AuthMethod::NULL_AUTHENTICATION, "NULL"},
    {AuthMethod::DIGITAL_SIGNATURE, "DIGITAL_SIGNATURE"},
};

constexpr Named<HashAlgorithm> kHashAlgorithm[]{
    {HashAlgorithm::SHA1, "SHA1"},
    {HashAlgorithm::SHA2_256, "SHA2_256"},
    {HashAlgorithm::SHA2_384, "SHA2_384"},
    {HashAlgorithm::SHA2_512, "SHA2_512"},
    {HashAlgorithm::IDENTITY, "IDENTITY"},
    {HashAlgorithm::STREEBOG_256, "STREEBOG_256"},
    {HashAlgorithm::STREEBOG_512, "STREEBOG_512"},
};

constexpr Named<TsType> kTsType[]{
    {TsType::TS_IPV4_ADDR_RANGE, "TS_IPV4_ADDR_RANGE"},
    {TsType::TS_IPV6_ADDR_RANGE, "TS_IPV6_ADDR_RANGE"},
    {TsType::TS_FC_ADDR_RANGE, "TS_FC_ADDR_RANGE"},
    {TsType::TS_SECLABEL, "TS_SECLABEL"},
};

constexpr Named<CfgType> kCfgType[]{
    {CfgType::CFG_REQUEST, "CFG_REQUEST"},
    {CfgType::CFG_REPLY, "CFG_REPLY"},
    {CfgType::CFG_SET, "CFG_SET"},
    {CfgType::CFG_ACK, "CFG_ACK"},
};

constexpr Named<CfgAttribute> kCfgAttribute[]{
    {CfgAttribute::INTERNAL_IP4_ADDRESS, "INTERNAL_IP4_ADDRESS"},
    {CfgAttribute::INTERNAL_IP4_NETMASK, "INTERNAL_IP4_NETMASK"},
    {CfgAttribute::INTERNAL_IP4_DNS, "INTERNAL_IP4_DNS"},
    {CfgAttribute::INTERNAL_IP4_NBNS, "INTERNAL_IP4_NBNS"},
    {CfgAttribute::INTERNAL_IP4_DHCP, "INTERNAL_IP4_DHCP"},
    {CfgAttribute::APPLICATION_VERSION, "APPLICATION_VERSION"},
    {CfgAttribute::INTERNAL_IP6_ADDRESS, "INTERNAL_IP6_ADDRESS"},
    {CfgAttribute::INTERNAL_IP6_DNS, "INTERNAL_IP6_DNS"},
    {CfgAttribute::INTERNAL_IP6_DHCP, "INTERNAL_IP6_DHCP"},
    {CfgAttribute::INTERNAL_IP4_SUBNET, "INTERNAL_IP4_SUBNET"},
    {CfgAttribute::SUPPORTED_ATTRIBUTES, "SUPPORTED_ATTRIBUTES"},
    {CfgAttribute::INTERNAL_IP6_SUBNET, "INTERNAL_IP6_SUBNET"},
    {CfgAttribute::MIP6_HOME_PREFIX, "MIP6_HOME_PREFIX"},
    {CfgAttribute::INTERNAL_IP6_LINK, "INTERNAL_IP6_LINK"},
    {CfgAttribute::INTERNAL_IP6_PREFIX, "INTERNAL_IP6_PREFIX"},
    {CfgAttribute::HOME_AGENT_ADDRESS, "HOME_AGENT_ADDRESS"},
    {CfgAttribute::P_CSCF_IP4_ADDRESS, "P_CSCF_IP4_ADDRESS"},
    {CfgAttribute::P_CSCF_IP6_ADDRESS, "P_CSCF_IP6_ADDRESS"},
    {CfgAttribute::FTT_KAT, "FTT_KAT"},
    {CfgAttribute::EXTERNAL_SOURCE_IP4_NAT_INFO, "EXTERNAL_SOURCE_IP4_NAT_INFO"},
    {CfgAttribute::TIMEOUT_PERIOD_FOR_LIVENESS_CHECK, "TIMEOUT_PERIOD_FOR_LIVENESS_CHECK"},
    {CfgAttribute::INTERNAL_DNS_DOMAIN, "INTERNAL_DNS_DOMAIN"},
    {CfgAttribute::INTERNAL_DNSSEC_TA, "INTERNAL_DNSSEC_TA"},
    {CfgAttribute::ENCDNS_IP4, "ENCDNS_IP4"},
    {CfgAttribute::ENCDNS_IP6, "ENCDNS_IP6"},
    {CfgAttribute::ENCDNS_DIGEST_INFO, "ENCDNS_DIGEST_INFO"},
};

constexpr Named<IpcompTransform> kIpcompTransform[]{
    {IpcompTransform::IPCOMP_OUI, "IPCOMP_OUI"},
    {IpcompTransform::IPCOMP_DEFLATE, "IPCOMP_DEFLATE"},
    {IpcompTransform::IPCOMP_LZS, "IPCOMP_LZS"},
    {IpcompTransform::IPCOMP_LZJH, "IPCOMP_LZJH"},
};

constexpr Named<GatewayIdType> kGatewayIdType[]{
    {GatewayIdType::IPV4, "IPV4"},
    {GatewayIdType::IPV6, "IPV6"},
    {GatewayIdType::FQDN, "FQDN"},
};

constexpr Named<EapCode> kEapCode[]{
    {EapCode::Request, "Request"}, {EapCode::Response, "Response"}, {EapCode::Success, "Success"},
    {EapCode::Failure, "Failure"}, {EapCode::Initiate, "Initiate"}, {EapCode::Finish, "Finish"},
};

constexpr Named<EapType> kEapType[]{
    {EapType::Identity, "Identity"},
    {EapType::Notification, "Notification"},
    {EapType::Nak, "Nak"},
    {EapType::Nak, "Legacy Nak"},
    {EapType::MD5_Challenge, "MD5-Challenge"},
    {EapType::MD5_Challenge, "MD5_Challenge"},
    {EapType::OTP, "OTP"},
    {EapType::GTC, "GTC"},
    {EapType::TLS, "TLS"},
    {EapType::SIM, "SIM"},
    {EapType::TTLS, "TTLS"},
    {EapType::AKA, "AKA"},
    {EapType::PEAP, "PEAP"},
    {EapType::MSCHAPv2, "MSCHAPv2"},
    {EapType::MSCHAPv2, "MS-EAP-Authentication"},
    {EapType::FAST, "FAST"},
    {EapType::PSK, "PSK"},
    {EapType::SAKE, "SAKE"},
    {EapType::IKEv2, "IKEv2"},
    {EapType::AKA_Prime, "AKA'"},
    {EapType::AKA_Prime, "AKA_Prime"},
    {EapType::GPSK, "GPSK"},
    {EapType::PWD, "PWD"},
    {EapType::EKE, "EKE"},
    {EapType::TEAP, "TEAP"},
    {EapType::Expanded, "Expanded"},
    {EapType::Experimental, "Experimental"},
};

/// ' ', '-', '_' and '.' are one character, and case does not matter: scenario authors write "aes-cbc" as readily as
/// the RFC's spelling.
char folded(char c) {
  if (c == ' ' || c == '-' || c == '.') return '_';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, folded, folded); }

}  // namespace

template <class E>
std::string_view name(E value) {
  const auto rows = registry<E>();
  const auto row = std::ranges::lower_bound(rows, value, {}, &Named<E>::value);
  return row != rows.end() && row->value == value ? row->name : std::string_view{};
}

template <class E>
std::string name_or_number(E value) {
  const std::string_view known = name(value);
  return known.empty() ? std::to_string(static_cast<unsigned>(value)) : std::string(known);
}

template <class E>
std::string name_and_number(E value) {
  const std::string number = std::to_string(static_cast<unsigned>(value));
  const std::string_view known = name(value);
  return known.empty() ? number : std::string(known) + " (" + number + ")";
}

template <class E>
std::optional<E> from_name(std::string_view text) {
  for (const Named<E>& row : registry<E>())
    if (same_name(row.name, text)) return row.value;
  return std::nullopt;
}

#define IKEVET_REGISTRY(E)                    \
  template <>                                 \
  std::span<const Named<E>> registry<E>() {   \
    return k##E;                              \
  }                                           \
  template std::string_view name<E>(E);       \
  template std::string name_or_number<E>(E);  \
  template std::string name_and_number<E>(E); \
  template std::optional<E> from_name<E>(std::string_view);

IKEVET_REGISTRY(PayloadType)
IKEVET_REGISTRY(ExchangeType)
IKEVET_REGISTRY(NotifyType)
IKEVET_REGISTRY(ProtocolId)
IKEVET_REGISTRY(TransformType)
IKEVET_REGISTRY(EncrId)
IKEVET_REGISTRY(PrfId)
IKEVET_REGISTRY(IntegId)
IKEVET_REGISTRY(DhGroup)
IKEVET_REGISTRY(EsnId)
IKEVET_REGISTRY(AttributeType)
IKEVET_REGISTRY(IdType)
IKEVET_REGISTRY(CertEncoding)
IKEVET_REGISTRY(AuthMethod)
IKEVET_REGISTRY(HashAlgorithm)
IKEVET_REGISTRY(TsType)
IKEVET_REGISTRY(CfgType)
IKEVET_REGISTRY(CfgAttribute)
IKEVET_REGISTRY(IpcompTransform)
IKEVET_REGISTRY(GatewayIdType)
IKEVET_REGISTRY(EapCode)
IKEVET_REGISTRY(EapType)

#undef IKEVET_REGISTRY

namespace {

/// Calls `use` with the transform's ID as the enumeration that its type selects; `otherwise` for types without one.
template <class Result, class Use>
Result with_registry(TransformType type, Use use, Result otherwise) {
  switch (type) {
    case TransformType::ENCR:
      return use(EncrId{});
    case TransformType::PRF:
      return use(PrfId{});
    case TransformType::INTEG:
      return use(IntegId{});
    case TransformType::KE:
    case TransformType::ADDKE1:
    case TransformType::ADDKE2:
    case TransformType::ADDKE3:
    case TransformType::ADDKE4:
    case TransformType::ADDKE5:
    case TransformType::ADDKE6:
    case TransformType::ADDKE7:
      return use(DhGroup{});
    case TransformType::ESN:
      return use(EsnId{});
    case TransformType::KWA:
    case TransformType::GCAUTH:
      break;
  }
  return otherwise;
}

}  // namespace

std::string_view transform_id_name(TransformType type, std::uint16_t id) {
  return with_registry(type, [id]<class E>(E) { return name(static_cast<E>(id)); }, std::string_view{});
}

std::optional<std::uint16_t> transform_id_from_name(TransformType type, std::string_view text) {
  using Id = std::optional<std::uint16_t>;
  return with_registry(
      type,
      [text]<class E>(E) {
        const std::optional<E> id = from_name<E>(text);
        return id ? Id(static_cast<std::uint16_t>(*id)) : Id();
      },
      Id());
}

}  // namespace ikevet::wire
