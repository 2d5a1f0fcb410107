"""Types of the compiled part of ikevet. Octets are `bytes`; IANA numbers are IntEnum members, or plain `int` where the
registry has no name for them."""

import os
from enum import IntEnum
from pathlib import Path
from typing import Any, Callable, Iterable, Optional, Sequence, Tuple, Type, TypeVar, Union

__version__: str

class PayloadType(IntEnum): ...
class ExchangeType(IntEnum): ...
class NotifyType(IntEnum): ...
class ProtocolId(IntEnum): ...
class TransformType(IntEnum): ...
class EncrId(IntEnum): ...
class PrfId(IntEnum): ...
class IntegId(IntEnum): ...
class DhGroup(IntEnum): ...
class EsnId(IntEnum): ...
class AttributeType(IntEnum): ...
class IdType(IntEnum): ...
class CertEncoding(IntEnum): ...
class AuthMethod(IntEnum): ...
class TsType(IntEnum): ...
class CfgType(IntEnum): ...
class CfgAttribute(IntEnum): ...
class EapCode(IntEnum): ...
class EapType(IntEnum): ...

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

class Run:
    """A run, graded from its evidence."""

    @property
    def out(self) -> Path: ...
    @property
    def seed(self) -> int: ...
    @property
    def partial(self) -> bool: ...
    @property
    def scenarios(self) -> list[ScenarioVerdict]: ...
    @property
    def requirements(self) -> dict[str, RequirementVerdict]: ...
    @property
    def exit_code(self) -> int: ...
    def scenario(self, id: str) -> ScenarioVerdict: ...

def data_dir() -> Path: ...
def load_suite() -> list[Scenario]: ...
def load_catalogue() -> dict[str, Requirement]: ...
def load_scenario(file: Union[str, os.PathLike[str]]) -> Scenario: ...
def run(
    select: Sequence[str] = ...,
    *,
    target: str = "embedded",
    out: Optional[Union[str, os.PathLike[str]]] = None,
    seed: Optional[int] = None,
    strict: bool = False,
    keys: bool = True,
    timeout_scale: float = 1.0,
    on_verdict: Optional[Callable[[ScenarioVerdict], None]] = None,
) -> Run: ...
def grade(
    run_dir: Union[str, os.PathLike[str]], *, keys: Sequence[Union[str, os.PathLike[str]]] = ...
) -> Run: ...
