"""Types of the compiled part of ikevet. Octets are `bytes`; IANA numbers are IntEnum members, or plain `int` where the
registry has no name for them."""

import os
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterable, Optional, Protocol, Sequence, Tuple, Type, TypeVar, Union

if TYPE_CHECKING:
    from .engine import Command, EngineConfig

__version__: str

class PayloadType(IntEnum):
    N_None = 0
    SA = 33
    KE = 34
    IDi = 35
    IDr = 36
    CERT = 37
    CERTREQ = 38
    AUTH = 39
    Nonce = 40
    Notify = 41
    Delete = 42
    VendorId = 43
    TSi = 44
    TSr = 45
    SK = 46
    CP = 47
    EAP = 48
    GSPM = 49
    IDg = 50
    GSA = 51
    KD = 52
    SKF = 53
    PS = 54

class ExchangeType(IntEnum):
    IKE_SA_INIT = 34
    IKE_AUTH = 35
    CREATE_CHILD_SA = 36
    INFORMATIONAL = 37
    IKE_SESSION_RESUME = 38
    GSA_AUTH = 39
    GSA_REGISTRATION = 40
    GSA_REKEY = 41
    GSA_INBAND_REKEY = 42
    IKE_INTERMEDIATE = 43
    IKE_FOLLOWUP_KE = 44

class NotifyType(IntEnum):
    UNSUPPORTED_CRITICAL_PAYLOAD = 1
    INVALID_IKE_SPI = 4
    INVALID_MAJOR_VERSION = 5
    INVALID_SYNTAX = 7
    INVALID_MESSAGE_ID = 9
    INVALID_SPI = 11
    NO_PROPOSAL_CHOSEN = 14
    INVALID_KE_PAYLOAD = 17
    AUTHENTICATION_FAILED = 24
    SINGLE_PAIR_REQUIRED = 34
    NO_ADDITIONAL_SAS = 35
    INTERNAL_ADDRESS_FAILURE = 36
    FAILED_CP_REQUIRED = 37
    TS_UNACCEPTABLE = 38
    INVALID_SELECTORS = 39
    UNACCEPTABLE_ADDRESSES = 40
    UNEXPECTED_NAT_DETECTED = 41
    USE_ASSIGNED_HoA = 42
    TEMPORARY_FAILURE = 43
    CHILD_SA_NOT_FOUND = 44
    INVALID_GROUP_ID = 45
    AUTHORIZATION_FAILED = 46
    STATE_NOT_FOUND = 47
    TS_MAX_QUEUE = 48
    REGISTRATION_FAILED = 49
    INITIAL_CONTACT = 16384
    SET_WINDOW_SIZE = 16385
    ADDITIONAL_TS_POSSIBLE = 16386
    IPCOMP_SUPPORTED = 16387
    NAT_DETECTION_SOURCE_IP = 16388
    NAT_DETECTION_DESTINATION_IP = 16389
    COOKIE = 16390
    USE_TRANSPORT_MODE = 16391
    HTTP_CERT_LOOKUP_SUPPORTED = 16392
    REKEY_SA = 16393
    ESP_TFC_PADDING_NOT_SUPPORTED = 16394
    NON_FIRST_FRAGMENTS_ALSO = 16395
    MOBIKE_SUPPORTED = 16396
    ADDITIONAL_IP4_ADDRESS = 16397
    ADDITIONAL_IP6_ADDRESS = 16398
    NO_ADDITIONAL_ADDRESSES = 16399
    UPDATE_SA_ADDRESSES = 16400
    COOKIE2 = 16401
    NO_NATS_ALLOWED = 16402
    AUTH_LIFETIME = 16403
    MULTIPLE_AUTH_SUPPORTED = 16404
    ANOTHER_AUTH_FOLLOWS = 16405
    REDIRECT_SUPPORTED = 16406
    REDIRECT = 16407
    REDIRECTED_FROM = 16408
    TICKET_LT_OPAQUE = 16409
    TICKET_REQUEST = 16410
    TICKET_ACK = 16411
    TICKET_NACK = 16412
    TICKET_OPAQUE = 16413
    LINK_ID = 16414
    USE_WESP_MODE = 16415
    ROHC_SUPPORTED = 16416
    EAP_ONLY_AUTHENTICATION = 16417
    CHILDLESS_IKEV2_SUPPORTED = 16418
    QUICK_CRASH_DETECTION = 16419
    IKEV2_MESSAGE_ID_SYNC_SUPPORTED = 16420
    IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED = 16421
    IKEV2_MESSAGE_ID_SYNC = 16422
    IPSEC_REPLAY_COUNTER_SYNC = 16423
    SECURE_PASSWORD_METHODS = 16424
    PSK_PERSIST = 16425
    PSK_CONFIRM = 16426
    ERX_SUPPORTED = 16427
    IFOM_CAPABILITY = 16428
    GROUP_SENDER = 16429
    IKEV2_FRAGMENTATION_SUPPORTED = 16430
    SIGNATURE_HASH_ALGORITHMS = 16431
    CLONE_IKE_SA_SUPPORTED = 16432
    CLONE_IKE_SA = 16433
    PUZZLE = 16434
    USE_PPK = 16435
    PPK_IDENTITY = 16436
    NO_PPK_AUTH = 16437
    INTERMEDIATE_EXCHANGE_SUPPORTED = 16438
    IP4_ALLOWED = 16439
    IP6_ALLOWED = 16440
    ADDITIONAL_KEY_EXCHANGE = 16441
    USE_AGGFRAG = 16442
    SUPPORTED_AUTH_METHODS = 16443
    SA_RESOURCE_INFO = 16444
    USE_PPK_INT = 16445
    PPK_IDENTITY_KEY = 16446

class ProtocolId(IntEnum):
    N_None = 0
    IKE = 1
    AH = 2
    ESP = 3
    FC_ESP_HEADER = 4
    FC_CT_AUTHENTICATION = 5
    GIKE_UPDATE = 6

class TransformType(IntEnum):
    ENCR = 1
    PRF = 2
    INTEG = 3
    KE = 4
    ESN = 5
    ADDKE1 = 6
    ADDKE2 = 7
    ADDKE3 = 8
    ADDKE4 = 9
    ADDKE5 = 10
    ADDKE6 = 11
    ADDKE7 = 12
    KWA = 13
    GCAUTH = 14

class EncrId(IntEnum):
    ENCR_DES_IV64 = 1
    ENCR_DES = 2
    ENCR_3DES = 3
    ENCR_RC5 = 4
    ENCR_IDEA = 5
    ENCR_CAST = 6
    ENCR_BLOWFISH = 7
    ENCR_3IDEA = 8
    ENCR_DES_IV32 = 9
    ENCR_NULL = 11
    ENCR_AES_CBC = 12
    ENCR_AES_CTR = 13
    ENCR_AES_CCM_8 = 14
    ENCR_AES_CCM_12 = 15
    ENCR_AES_CCM_16 = 16
    ENCR_AES_GCM_8 = 18
    ENCR_AES_GCM_12 = 19
    ENCR_AES_GCM_16 = 20
    ENCR_NULL_AUTH_AES_GMAC = 21
    ENCR_XTS_AES = 22
    ENCR_CAMELLIA_CBC = 23
    ENCR_CAMELLIA_CTR = 24
    ENCR_CAMELLIA_CCM_8 = 25
    ENCR_CAMELLIA_CCM_12 = 26
    ENCR_CAMELLIA_CCM_16 = 27
    ENCR_CHACHA20_POLY1305 = 28
    ENCR_AES_CCM_8_IIV = 29
    ENCR_AES_GCM_16_IIV = 30
    ENCR_CHACHA20_POLY1305_IIV = 31
    ENCR_KUZNYECHIK_MGM_KTREE = 32
    ENCR_MAGMA_MGM_KTREE = 33
    ENCR_KUZNYECHIK_MGM_MAC_KTREE = 34
    ENCR_MAGMA_MGM_MAC_KTREE = 35

class PrfId(IntEnum):
    PRF_HMAC_MD5 = 1
    PRF_HMAC_SHA1 = 2
    PRF_HMAC_TIGER = 3
    PRF_AES128_XCBC = 4
    PRF_HMAC_SHA2_256 = 5
    PRF_HMAC_SHA2_384 = 6
    PRF_HMAC_SHA2_512 = 7
    PRF_AES128_CMAC = 8
    PRF_HMAC_STREEBOG_512 = 9

class IntegId(IntEnum):
    NONE = 0
    AUTH_HMAC_MD5_96 = 1
    AUTH_HMAC_SHA1_96 = 2
    AUTH_DES_MAC = 3
    AUTH_KPDK_MD5 = 4
    AUTH_AES_XCBC_96 = 5
    AUTH_HMAC_MD5_128 = 6
    AUTH_HMAC_SHA1_160 = 7
    AUTH_AES_CMAC_96 = 8
    AUTH_AES_128_GMAC = 9
    AUTH_AES_192_GMAC = 10
    AUTH_AES_256_GMAC = 11
    AUTH_HMAC_SHA2_256_128 = 12
    AUTH_HMAC_SHA2_384_192 = 13
    AUTH_HMAC_SHA2_512_256 = 14

class DhGroup(IntEnum):
    NONE = 0
    MODP_768 = 1
    MODP_1024 = 2
    MODP_1536 = 5
    MODP_2048 = 14
    MODP_3072 = 15
    MODP_4096 = 16
    MODP_6144 = 17
    MODP_8192 = 18
    ECP_256 = 19
    ECP_384 = 20
    ECP_521 = 21
    MODP_1024_160 = 22
    MODP_2048_224 = 23
    MODP_2048_256 = 24
    ECP_192 = 25
    ECP_224 = 26
    BRAINPOOL_P224R1 = 27
    BRAINPOOL_P256R1 = 28
    BRAINPOOL_P384R1 = 29
    BRAINPOOL_P512R1 = 30
    CURVE25519 = 31
    CURVE448 = 32
    GOST3410_2012_256 = 33
    GOST3410_2012_512 = 34
    ML_KEM_512 = 35
    ML_KEM_768 = 36
    ML_KEM_1024 = 37

class EsnId(IntEnum):
    NoESN = 0
    ESN = 1
    UNSPECIFIED_32 = 2

class AttributeType(IntEnum):
    KeyLength = 14
    SignatureAlgorithmIdentifier = 18

class IdType(IntEnum):
    ID_IPV4_ADDR = 1
    ID_FQDN = 2
    ID_RFC822_ADDR = 3
    ID_IPV6_ADDR = 5
    ID_DER_ASN1_DN = 9
    ID_DER_ASN1_GN = 10
    ID_KEY_ID = 11
    ID_FC_NAME = 12
    ID_NULL = 13

class CertEncoding(IntEnum):
    PKCS7_WRAPPED_X509 = 1
    PGP = 2
    DNS_SIGNED_KEY = 3
    X509_SIGNATURE = 4
    KERBEROS_TOKEN = 6
    CRL = 7
    ARL = 8
    SPKI = 9
    X509_ATTRIBUTE = 10
    RAW_RSA_KEY = 11
    HASH_AND_URL_X509 = 12
    HASH_AND_URL_BUNDLE = 13
    OCSP_CONTENT = 14
    RAW_PUBLIC_KEY = 15

class AuthMethod(IntEnum):
    RSA_DIGITAL_SIGNATURE = 1
    SHARED_KEY_MIC = 2
    DSS_DIGITAL_SIGNATURE = 3
    ECDSA_SHA256_P256 = 9
    ECDSA_SHA384_P384 = 10
    ECDSA_SHA512_P521 = 11
    GENERIC_SECURE_PASSWORD = 12
    NULL_AUTHENTICATION = 13
    DIGITAL_SIGNATURE = 14

class TsType(IntEnum):
    TS_IPV4_ADDR_RANGE = 7
    TS_IPV6_ADDR_RANGE = 8
    TS_FC_ADDR_RANGE = 9
    TS_SECLABEL = 10

class CfgType(IntEnum):
    CFG_REQUEST = 1
    CFG_REPLY = 2
    CFG_SET = 3
    CFG_ACK = 4

class CfgAttribute(IntEnum):
    INTERNAL_IP4_ADDRESS = 1
    INTERNAL_IP4_NETMASK = 2
    INTERNAL_IP4_DNS = 3
    INTERNAL_IP4_NBNS = 4
    INTERNAL_IP4_DHCP = 6
    APPLICATION_VERSION = 7
    INTERNAL_IP6_ADDRESS = 8
    INTERNAL_IP6_DNS = 10
    INTERNAL_IP6_DHCP = 12
    INTERNAL_IP4_SUBNET = 13
    SUPPORTED_ATTRIBUTES = 14
    INTERNAL_IP6_SUBNET = 15
    MIP6_HOME_PREFIX = 16
    INTERNAL_IP6_LINK = 17
    INTERNAL_IP6_PREFIX = 18
    HOME_AGENT_ADDRESS = 19
    P_CSCF_IP4_ADDRESS = 20
    P_CSCF_IP6_ADDRESS = 21
    FTT_KAT = 22
    EXTERNAL_SOURCE_IP4_NAT_INFO = 23
    TIMEOUT_PERIOD_FOR_LIVENESS_CHECK = 24
    INTERNAL_DNS_DOMAIN = 25
    INTERNAL_DNSSEC_TA = 26
    ENCDNS_IP4 = 27
    ENCDNS_IP6 = 28
    ENCDNS_DIGEST_INFO = 29

class EapCode(IntEnum):
    Request = 1
    Response = 2
    Success = 3
    Failure = 4
    Initiate = 5
    Finish = 6

class EapType(IntEnum):
    Identity = 1
    Notification = 2
    Nak = 3
    MD5_Challenge = 4
    OTP = 5
    GTC = 6
    TLS = 13
    SIM = 18
    TTLS = 21
    AKA = 23
    PEAP = 25
    MSCHAPv2 = 26
    FAST = 43
    PSK = 47
    SAKE = 48
    IKEv2 = 49
    AKA_Prime = 50
    GPSK = 51
    PWD = 52
    EKE = 53
    TEAP = 55
    Expanded = 254
    Experimental = 255


class Attribute:
    """Transform Attribute.  RFC 7296 §3.3.5."""

    type: int
    tv: bool
    value: int
    data: bytes
    def __init__(self, *, type: int = ..., tv: bool = ..., value: int = ..., data: bytes = ...) -> None: ...

class Transform:
    """Transform Substructure.  RFC 7296 §3.3.2."""

    type: int
    id: int
    attributes: list[Attribute]
    reserved1: int
    reserved2: int
    last_substruc: Optional[int]
    def __init__(
        self,
        *,
        type: int = ...,
        id: int = ...,
        attributes: Sequence[Attribute] = ...,
        reserved1: int = ...,
        reserved2: int = ...,
        last_substruc: Optional[int] = ...,
    ) -> None: ...
    @property
    def key_length(self) -> Optional[int]:
        """Key Length in bits, or None."""

class Proposal:
    """Proposal Substructure.  RFC 7296 §3.3.1."""

    number: int
    protocol: int
    spi: bytes
    transforms: list[Transform]
    reserved: int
    last_substruc: Optional[int]
    transform_count: Optional[int]
    def __init__(
        self,
        *,
        number: int = ...,
        protocol: int = ...,
        spi: bytes = ...,
        transforms: Sequence[Transform] = ...,
        reserved: int = ...,
        last_substruc: Optional[int] = ...,
        transform_count: Optional[int] = ...,
    ) -> None: ...

class SecurityAssociation:
    """Security Association payload, SA.  RFC 7296 §3.3."""

    proposals: list[Proposal]
    def __init__(self, *, proposals: Sequence[Proposal] = ...) -> None: ...

class KeyExchange:
    """Key Exchange payload, KE.  RFC 7296 §3.4."""

    group: int
    data: bytes
    reserved: int
    def __init__(self, *, group: int = ..., data: bytes = ..., reserved: int = ...) -> None: ...

class IDi:
    """Identification payload of the initiator.  RFC 7296 §3.5."""

    id_type: int
    reserved: list[int]
    data: bytes
    def __init__(self, *, id_type: int = ..., reserved: Sequence[int] = ..., data: bytes = ...) -> None: ...

class IDr:
    """Identification payload of the responder.  RFC 7296 §3.5."""

    id_type: int
    reserved: list[int]
    data: bytes
    def __init__(self, *, id_type: int = ..., reserved: Sequence[int] = ..., data: bytes = ...) -> None: ...

class Certificate:
    """Certificate payload, CERT.  RFC 7296 §3.6."""

    encoding: int
    data: bytes
    def __init__(self, *, encoding: int = ..., data: bytes = ...) -> None: ...

class CertificateRequest:
    """Certificate Request payload, CERTREQ.  RFC 7296 §3.7."""

    encoding: int
    data: bytes
    def __init__(self, *, encoding: int = ..., data: bytes = ...) -> None: ...

class Authentication:
    """Authentication payload, AUTH.  RFC 7296 §3.8."""

    method: int
    data: bytes
    reserved: list[int]
    def __init__(self, *, method: int = ..., data: bytes = ..., reserved: Sequence[int] = ...) -> None: ...

class Nonce:
    """Nonce payload, Ni or Nr.  RFC 7296 §3.9."""

    data: bytes
    def __init__(self, *, data: bytes = ...) -> None: ...

class Notify:
    """Notify payload, N.  RFC 7296 §3.10."""

    type: int
    data: bytes
    protocol: int
    spi: bytes
    def __init__(self, *, type: int = ..., data: bytes = ..., protocol: int = ..., spi: bytes = ...) -> None: ...

class Delete:
    """Delete payload, D.  RFC 7296 §3.11."""

    protocol: int
    spi_size: int
    spis: bytes
    spi_count: Optional[int]
    def __init__(
        self, *, protocol: int = ..., spi_size: int = ..., spis: bytes = ..., spi_count: Optional[int] = ...
    ) -> None: ...

class VendorId:
    """Vendor ID payload, V.  RFC 7296 §3.12."""

    data: bytes
    def __init__(self, *, data: bytes = ...) -> None: ...

class TrafficSelector:
    """Traffic Selector.  RFC 7296 §3.13.1."""

    ts_type: int
    ip_protocol: int
    start_port: int
    end_port: int
    start_address: bytes
    end_address: bytes
    opaque: bytes
    def __init__(
        self,
        *,
        ts_type: int = ...,
        ip_protocol: int = ...,
        start_port: int = ...,
        end_port: int = ...,
        start_address: bytes = ...,
        end_address: bytes = ...,
        opaque: bytes = ...,
    ) -> None: ...
    @staticmethod
    def prefix(address: str, prefix_length: int) -> TrafficSelector:
        """All protocols and ports of a prefix. ValueError for what is no address."""

class TSi:
    """Traffic Selector payload of the initiator.  RFC 7296 §3.13."""

    selectors: list[TrafficSelector]
    reserved: list[int]
    count: Optional[int]
    def __init__(
        self, *, selectors: Sequence[TrafficSelector] = ..., reserved: Sequence[int] = ..., count: Optional[int] = ...
    ) -> None: ...

class TSr:
    """Traffic Selector payload of the responder.  RFC 7296 §3.13."""

    selectors: list[TrafficSelector]
    reserved: list[int]
    count: Optional[int]
    def __init__(
        self, *, selectors: Sequence[TrafficSelector] = ..., reserved: Sequence[int] = ..., count: Optional[int] = ...
    ) -> None: ...

class Encrypted:
    """Encrypted payload, SK, closed.  RFC 7296 §3.14."""

    first_inner: int
    body: bytes
    def __init__(self, *, first_inner: int = ..., body: bytes = ...) -> None: ...

class EncryptedFragment:
    """Encrypted Fragment payload, SKF, closed.  RFC 7383 §2.5."""

    first_inner: int
    fragment_number: int
    total_fragments: int
    body: bytes
    def __init__(
        self, *, first_inner: int = ..., fragment_number: int = ..., total_fragments: int = ..., body: bytes = ...
    ) -> None: ...

class ConfigurationAttribute:
    """Configuration Attribute.  RFC 7296 §3.15.1."""

    type: int
    value: bytes
    reserved: bool
    def __init__(self, *, type: int = ..., value: bytes = ..., reserved: bool = ...) -> None: ...

class Configuration:
    """Configuration payload, CP.  RFC 7296 §3.15."""

    cfg_type: int
    attributes: list[ConfigurationAttribute]
    reserved: list[int]
    def __init__(
        self,
        *,
        cfg_type: int = ...,
        attributes: Sequence[ConfigurationAttribute] = ...,
        reserved: Sequence[int] = ...,
    ) -> None: ...

class Eap:
    """EAP payload.  RFC 7296 §3.16, RFC 3748 §4."""

    code: int
    identifier: int
    type: Optional[int]
    data: bytes
    def __init__(
        self, *, code: int = ..., identifier: int = ..., type: Optional[int] = ..., data: bytes = ...
    ) -> None: ...

class Unknown:
    """A payload of a type without a class of its own; its octets are kept."""

    type: int
    body: bytes
    def __init__(self, *, type: int = ..., body: bytes = ...) -> None: ...

class Malformed:
    """A payload whose octets are not those of its type; kept as it came."""

    @property
    def type(self) -> int: ...
    @property
    def body(self) -> bytes: ...
    @property
    def why(self) -> str: ...

Body = Union[
    SecurityAssociation, KeyExchange, IDi, IDr, Certificate, CertificateRequest, Authentication, Nonce, Notify, Delete,
    VendorId, TSi, TSr, Encrypted, EncryptedFragment, Configuration, Eap, Unknown, Malformed,
]  # fmt: skip

class Payload:
    """A payload with its generic header.  RFC 7296 §3.2."""

    body: Body
    critical: bool
    reserved: int
    def __init__(self, *, body: Body = ..., critical: bool = ..., reserved: int = ...) -> None: ...
    @property
    def type(self) -> int: ...

_B = TypeVar("_B")

class Message:
    """An IKE message as it stands on the wire, without a non-ESP marker.  RFC 7296 §3.1."""

    exchange: int
    spi_i: int
    spi_r: int
    message_id: int
    flags: int
    version: int
    def __init__(
        self,
        *,
        exchange: int,
        spi_i: int = 0,
        spi_r: int = 0,
        message_id: int = 0,
        response: bool = False,
        initiator: bool = True,
        payloads: Iterable[Union[Payload, Body]] = (),
    ) -> None: ...
    @staticmethod
    def parse(octets: bytes) -> Message:
        """Reads any octets; ValueError only when fewer than the 28 of the header are there."""
    def __bytes__(self) -> bytes: ...
    @property
    def is_response(self) -> bool: ...
    @property
    def is_from_original_initiator(self) -> bool: ...
    @property
    def payloads(self) -> Tuple[Payload, ...]: ...
    @payloads.setter
    def payloads(self, value: Iterable[Union[Payload, Body]]) -> None: ...
    @property
    def faults(self) -> list[str]: ...
    @property
    def trailing(self) -> bytes: ...
    def find(self, cls: Type[_B]) -> Optional[_B]: ...
    def find_notify(self, type: int) -> Optional[Notify]: ...
    def tree(self) -> dict[str, Any]: ...

class Datagram:
    """One UDP datagram; endpoints are text: '192.0.2.1:500', '[2001:db8::1]:4500'."""

    source: str
    destination: str
    payload: bytes
    def __init__(self, *, source: str = ..., destination: str = ..., payload: bytes = ...) -> None: ...

class Event:
    """What an engine says happened; `str(event)` is a line for people."""

    @property
    def name(self) -> str:
        """As in trace.jsonl, e.g. 'ike-sa-established'."""
    @property
    def fields(self) -> dict[str, Any]: ...

class Outputs:
    """What a step of an engine gives."""

    @property
    def datagrams(self) -> list[Datagram]: ...
    @property
    def events(self) -> list[Event]: ...
    @property
    def wake_at(self) -> Optional[int]: ...

class ChildSa:
    """A live Child SA.  RFC 7296 §2.9, §1.3.1."""

    @property
    def inbound(self) -> int: ...
    @property
    def outbound(self) -> int: ...
    @property
    def local_ts(self) -> list[TrafficSelector]: ...
    @property
    def remote_ts(self) -> list[TrafficSelector]: ...
    @property
    def encr(self) -> int: ...
    @property
    def transport_mode(self) -> bool: ...

class IkeSa:
    """A live IKE SA of an engine, as it is at the moment of asking."""

    @property
    def spis(self) -> Tuple[int, int]: ...
    @property
    def initiator(self) -> bool: ...
    @property
    def stage(self) -> str:
        """'half-open', 'authenticating', 'established'."""
    @property
    def local(self) -> str: ...
    @property
    def remote(self) -> str: ...
    @property
    def next_request(self) -> int: ...
    @property
    def next_peer_request(self) -> int: ...
    @property
    def children(self) -> list[ChildSa]: ...
    @property
    def internal_addresses(self) -> list[str]: ...
    @property
    def local_behind_nat(self) -> bool: ...
    @property
    def peer_behind_nat(self) -> bool: ...
    @property
    def mobike(self) -> bool: ...
    @property
    def encr(self) -> int: ...
    @property
    def key_bits(self) -> int: ...
    @property
    def prf(self) -> int: ...
    @property
    def integ(self) -> int: ...
    @property
    def group(self) -> int: ...

class OutboundMessage:
    """A message on its way out, before it is serialised: what a tap sees. Valid only while the tap's method runs."""

    message_id: int
    flags: int
    @property
    def exchange(self) -> int: ...
    @property
    def is_response(self) -> bool: ...
    @property
    def spis(self) -> Tuple[int, int]: ...
    @property
    def payloads(self) -> Tuple[Payload, ...]: ...
    @payloads.setter
    def payloads(self, value: Iterable[Union[Payload, Body]]) -> None: ...
    @property
    def encrypted(self) -> bool: ...

class Engine:
    """An IKEv2 engine as a step function: any number of IKE SAs, as initiator and responder alike.  RFC 7296."""

    def __init__(
        self,
        config: "EngineConfig",
        *,
        random: Union[None, int, Callable[[int], bytes]] = None,
        tap: Optional[object] = None,
        decisions: Optional[object] = None,
        log_keys: bool = False,
    ) -> None: ...
    def handle(self, datagram: Datagram, now: int) -> Outputs: ...
    def tick(self, now: int) -> Outputs: ...
    def command(self, command: "Command", now: int) -> Outputs: ...
    @property
    def ike_sas(self) -> list[IkeSa]: ...
    @property
    def half_open(self) -> int: ...
    def write_keys(self, folder: Union[str, os.PathLike[str]]) -> None: ...

Reaction = Union[None, Outputs, Iterable[Datagram]]

class Host(Protocol):
    """Somebody on the virtual network; a method tick(now) is called too where there is one."""

    def handle(self, datagram: Datagram, now: int) -> Reaction: ...

Passing = Union[None, bool, Datagram, Iterable[Union[Datagram, Tuple[Datagram, float]]]]

class VirtualNetwork:
    """A network without a machine under it: the clock jumps from event to event."""

    def __init__(self, *, start: int = ..., latency: float = 0.001) -> None: ...
    @property
    def now(self) -> int: ...
    def attach(self, address: str, host: Host) -> None: ...
    def detach(self, address: str) -> None: ...
    def send(self, datagram: Datagram) -> None: ...
    def command(self, address: str, command: "Command") -> list[Event]: ...
    def take_events(self, address: str) -> list[Event]: ...
    def add_fault(self, fault: Callable[[Datagram, int], Passing]) -> None: ...
    def clear_faults(self) -> None: ...
    def step(self, at_most: float = 3600.0) -> bool: ...
    def run(self, seconds: float = 60.0, *, until: Optional[Callable[[], bool]] = None) -> bool: ...
    @property
    def log(self) -> list[Tuple[int, Datagram]]: ...
    def write_capture(self, file: Union[str, os.PathLike[str]]) -> None: ...

class SeenMessage:
    """An IKE message of a capture or of a run, opened where the keys are known."""

    @property
    def frame(self) -> int: ...
    @property
    def at(self) -> int: ...
    @property
    def sender(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def destination(self) -> str: ...
    @property
    def octets(self) -> bytes: ...
    @property
    def message(self) -> Message: ...
    @property
    def payloads(self) -> Tuple[Payload, ...]: ...
    @property
    def protection(self) -> str: ...
    @property
    def plaintext(self) -> bytes: ...
    @property
    def exchange(self) -> int: ...
    @property
    def message_id(self) -> int: ...
    @property
    def spis(self) -> Tuple[int, int]: ...
    @property
    def is_response(self) -> bool: ...
    @property
    def is_retransmission(self) -> bool: ...
    @property
    def faults(self) -> list[str]: ...
    def find(self, cls: Type[_B]) -> Optional[_B]: ...
    def find_notify(self, type: int) -> Optional[Notify]: ...
    def text_tree(self) -> str: ...

class Packet:
    """A frame of a capture."""

    @property
    def frame(self) -> int: ...
    @property
    def at(self) -> int: ...
    @property
    def source(self) -> str: ...
    @property
    def destination(self) -> str: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def kind(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def comments(self) -> list[str]: ...
    @property
    def truncated(self) -> bool: ...
    @property
    def message(self) -> Optional[SeenMessage]: ...
    @property
    def retransmission_of(self) -> Optional[int]: ...
    @property
    def answers(self) -> Optional[int]: ...
    @property
    def esp_spi(self) -> Optional[int]: ...
    @property
    def esp_sequence(self) -> Optional[int]: ...
    @property
    def esp_content(self) -> str: ...

class CaptureReader:
    """Iterates over the packets of a capture; use ikevet.open_capture()."""

    def __init__(
        self,
        file: Union[str, os.PathLike[str]],
        *,
        keys: Sequence[Union[str, os.PathLike[str]]] = ...,
        search_keys: bool = True,
    ) -> None: ...
    def __iter__(self) -> "CaptureReader": ...
    def __next__(self) -> Packet: ...
    @property
    def format(self) -> str: ...
    @property
    def trouble(self) -> Optional[str]: ...
    @property
    def key_warnings(self) -> list[str]: ...
    @property
    def opened(self) -> int: ...
    @property
    def closed(self) -> int: ...
    @property
    def lacking(self) -> list[str]: ...

class IkevetError(Exception):
    """Base class of the errors of ikevet."""

class Problem:
    """One fault of a user's file, with its place and what to do about it."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def pointer(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def remedy(self) -> str: ...

class FormatError(IkevetError):
    """A scenario, target, capture or key file that cannot be used."""

    problems: list[Problem]

class RunError(IkevetError):
    """A run that could not begin: what is wrong and the remedy."""

    exit_code: int

class Requirement:
    """One normative statement of an RFC."""

    @property
    def id(self) -> str: ...
    @property
    def rfc(self) -> int: ...
    @property
    def section(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def paraphrase(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def binds(self) -> str: ...
    @property
    def testability(self) -> str: ...
    @property
    def citation(self) -> str: ...

class Scenario:
    """A conformance scenario: what to send, what to expect, what it covers."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def covers(self) -> list[str]: ...
    @property
    def needs(self) -> list[str]: ...
    @property
    def control(self) -> str: ...
    @property
    def tags(self) -> list[str]: ...
    @property
    def harness(self) -> str: ...
    @property
    def steps(self) -> list[str]: ...
    @property
    def text(self) -> str:
        """The scenario as JSON."""
    @property
    def estimated(self) -> float:
        """Seconds: the sum of the waits it asks for."""

class Evidence:
    """The situation on which a verdict rests."""

    @property
    def scenario(self) -> str: ...
    @property
    def step(self) -> Optional[int]: ...
    @property
    def frames(self) -> list[int]: ...
    @property
    def expected(self) -> str: ...
    @property
    def actual(self) -> str: ...

class RequirementVerdict:
    """What is known of one requirement."""

    @property
    def requirement(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def evidence(self) -> list[Evidence]: ...

class ScenarioVerdict:
    """What playing one scenario showed."""

    @property
    def scenario(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def requirements(self) -> list[RequirementVerdict]: ...
    @property
    def rules(self) -> list[RequirementVerdict]: ...
    @property
    def seconds(self) -> float: ...

class Trace:
    """The ordered record of a run: messages and events."""

    @property
    def messages(self) -> list[SeenMessage]:
        """In order: copies, made anew at each access."""
    @property
    def events(self) -> list[Tuple[int, Event]]: ...
    def was_lost(self, index: int) -> bool: ...
    def __len__(self) -> int: ...

class StepResult:
    """How a step ended."""

    @property
    def step(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def began(self) -> int: ...
    @property
    def ended(self) -> int: ...
    @property
    def frames(self) -> list[int]: ...
    @property
    def detail(self) -> str: ...

class StepContext:
    """What a step written in Python may do. Good only while the step runs."""

    @property
    def now(self) -> int: ...
    @property
    def trace(self) -> Trace: ...
    @property
    def first_message(self) -> int: ...
    @property
    def ike_sas(self) -> list[IkeSa]: ...
    @property
    def harness(self) -> str: ...
    @property
    def dut(self) -> str: ...
    def command(self, command: "Command") -> None: ...
    def send(self, datagram: Datagram) -> None: ...
    def run(self, seconds: float, *, until: Optional[Callable[[], bool]] = None) -> bool: ...
    def trigger(self, name: str) -> str: ...
    def cite(self, message: SeenMessage) -> None: ...

class Run:
    """A run, graded from its evidence."""

    @property
    def out(self) -> Path: ...
    @property
    def seed(self) -> int: ...
    @property
    def target(self) -> str: ...
    @property
    def partial(self) -> bool: ...
    @property
    def scenarios(self) -> list[ScenarioVerdict]: ...
    @property
    def requirements(self) -> dict[str, RequirementVerdict]: ...
    @property
    def exit_code(self) -> int: ...
    def scenario(self, id: str) -> ScenarioVerdict: ...
    def trace(self, id: str) -> Trace: ...
    def steps(self, id: str) -> list[StepResult]: ...
    def report(self, format: str) -> str: ...
    def rerun_line(self, id: str) -> str: ...

def data_dir() -> Path: ...
def load_suite() -> list[Scenario]: ...
def load_catalogue() -> dict[str, Requirement]: ...
def load_scenario(file: Union[str, os.PathLike[str]]) -> Scenario: ...
def load_scenarios(file: Union[str, os.PathLike[str]]) -> list[Scenario]: ...
def load_target_names() -> list[str]: ...
def select(selectors: Sequence[str]) -> list[Scenario]: ...
def _time_parse(octets: bytes, count: int) -> float: ...
def write_capture(file: Union[str, os.PathLike[str]], log: Sequence[Tuple[int, Datagram]]) -> None: ...
def _run(
    select: Sequence[str],
    target: str,
    out: Optional[str],
    seed: Optional[int],
    strict: bool,
    keys: bool,
    timeout_scale: float,
    jobs: int,
    on_verdict: Optional[Callable[[ScenarioVerdict], None]],
    deviation: str,
    waivers: Optional[str],
    hooks: Optional[object],
) -> Run: ...
def grade(
    run_dir: Union[str, os.PathLike[str]], *, keys: Sequence[Union[str, os.PathLike[str]]] = ...
) -> Run: ...
