"""The sans-IO engine: configuration and commands.

`EngineConfig` says who an engine is; the command classes say what it is to do. Each is a frozen dataclass: equal by value,
printable, picklable.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple, Union

from . import _core
from ._core import (
    ChildSa,
    Datagram,
    Engine,
    Event,
    IkeSa,
    OutboundMessage,
    Outputs,
    Payload,
    TrafficSelector,
)

Spis = Tuple[int, int]
PathLike = Union[str, "os.PathLike[str]"]
#: A name, a file, or the JSON object of a target file.
Target = Union[PathLike, Mapping[str, Any]]

_scratch: Optional[Path] = None


def scratch_folder() -> Path:
    """A folder for what the compiled part reads from files; it goes when the interpreter ends."""
    global _scratch
    if _scratch is None or not _scratch.is_dir():
        _scratch = Path(tempfile.mkdtemp(prefix="ikevet-"))
        atexit.register(shutil.rmtree, _scratch, ignore_errors=True)
    return _scratch


def target_file(target: Target) -> Path:
    """The file of a target: one that comes with ikevet, by its name; a file of your own; or the JSON object of one, whose
    files are absolute paths. FormatError for a name that nobody has."""
    if isinstance(target, Mapping):
        text = json.dumps(dict(target), indent=1)
        file = scratch_folder() / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}-{target.get('name', 'target')}.json"
        with open(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
            out.write(text)  # it may hold a key
        return file
    text = os.fspath(target)
    if text.endswith(".json") or "/" in text:
        return Path(text)
    folder = _core.data_dir() / "targets"
    for file in (folder / f"{text}.json", folder / text / "target.json"):
        if file.is_file():
            return file
    raise _core.FormatError(f"no target {text!r}; there are {', '.join(_core.load_target_names())}, or name a file")


def target_values(target: Target) -> Dict[str, Any]:
    """The JSON object of a target, as its file has it. FormatError for a file that is none."""
    file = target_file(target)
    try:
        values = json.loads(file.read_text(encoding="utf-8-sig"))
        for member in ("kind", "harness", "dut"):
            values[member]
        return dict(values)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _core.FormatError(f"{file}: no target file: {error}; `ikevet schema target` describes one") from None


@dataclass(frozen=True)
class EngineConfig:
    """Who an engine is, what it offers, how it waits.

    identity, peer_identity: "fqdn:gw.test", "ipv4:192.0.2.1", "ipv6:...", "email:...", "keyid:0a0b"; peer_identity None:
        anybody, and no IDr is sent. RFC 7296 §3.5.
    psk: the pre-shared key, RFC 7296 §2.15; text.
    ike_proposals, child_proposals: "aes256gcm16-prfsha256-x25519", "aes256-sha256-ecp256"; several transforms of one type
        are alternatives, several strings several proposals, RFC 7296 §3.3.
    local_ts, remote_ts: "10.1.0.0/24", RFC 7296 §2.9.
    options: everything else that a scenario's `config` may say (docs/writing-scenarios.md), e.g.
        {"mobike": {"supported": True}, "demand_cookie": True}. Files named in it are absolute paths.
    addresses, peer_addresses: of each end, the first one first: where MOBIKE may move to, RFC 4555. Datagrams carry their
        own; these are needed for MOBIKE alone.
    ike_port, nat_t_port, peer_nat_t_port: datagrams from and to the latter two carry the non-ESP marker, RFC 7296 §2.23.
    retransmit_first, retransmit_factor, retransmit_longest, retransmit_attempts: seconds, a factor, seconds, a count.
        RFC 7296 §2.4.
    liveness_after: seconds of silence after which the peer is asked; None: never. RFC 7296 §2.4.
    half_open_lifetime: seconds until a half-open IKE SA is forgotten.
    cookie_threshold: half-open IKE SAs from which a cookie is asked, 0: always; None: never. RFC 7296 §2.6.
    vendor_ids: Vendor ID payloads to send, RFC 7296 §3.12.
    side, target: see of_target().

    What cannot be used raises FormatError when an Engine is made of it.
    """

    identity: str
    peer_identity: Optional[str]
    psk: str
    ike_proposals: Sequence[str] = ("aes256gcm16-prfsha256-x25519",)
    child_proposals: Sequence[str] = ("aes256gcm16",)
    local_ts: Sequence[str] = ("0.0.0.0/0",)
    remote_ts: Sequence[str] = ("0.0.0.0/0",)
    options: Mapping[str, Any] = field(default_factory=dict)
    addresses: Sequence[str] = ()
    peer_addresses: Sequence[str] = ()
    ike_port: int = 500
    nat_t_port: int = 4500
    peer_nat_t_port: int = 4500
    retransmit_first: Optional[float] = None
    retransmit_factor: Optional[float] = None
    retransmit_longest: Optional[float] = None
    retransmit_attempts: Optional[int] = None
    liveness_after: Optional[float] = None
    half_open_lifetime: Optional[float] = None
    cookie_threshold: Optional[int] = None
    vendor_ids: Sequence[bytes] = ()
    side: str = "harness"
    target: Optional[str] = None

    @classmethod
    def of_target(cls, target: Target, side: str = "harness") -> EngineConfig:
        """One half of a target, by its name, file or JSON object: side is "harness" (us) or "dut" (the device)."""
        if side not in ("harness", "dut"):
            raise ValueError(f"side is 'harness' or 'dut', not {side!r}")
        values = target_values(target)
        us, them = values[side], values["harness" if side == "dut" else "dut"]
        return cls(
            identity=us["identity"],
            peer_identity=them["identity"],
            psk="",  # the compiled part reads credentials, wherever the file says they are
            addresses=[us["address"], *us.get("other_addresses", [])],
            peer_addresses=[them["address"], *them.get("other_addresses", [])],
            ike_port=us.get("ike_port", 500),
            nat_t_port=us.get("nat_t_port", 4500),
            peer_nat_t_port=them.get("nat_t_port", 4500),
            side=side,
            target=str(target_file(target)),
        )

    def target_json(self) -> Dict[str, Any]:
        """The same as a target file: what the compiled part reads."""
        us = list(self.addresses) or ["192.0.2.1"]
        them = list(self.peer_addresses) or ["2001:db8::2" if ":" in us[0] else "192.0.2.2"]
        harness: Dict[str, Any] = {
            "address": us[0],
            "ike_port": self.ike_port,
            "nat_t_port": self.nat_t_port,
            "identity": self.identity,
            "ike_proposals": list(self.ike_proposals),
            "child_proposals": list(self.child_proposals),
            "ts": list(self.local_ts),
        }
        dut: Dict[str, Any] = {
            "address": them[0],
            "nat_t_port": self.peer_nat_t_port,
            "identity": self.peer_identity or "fqdn:anybody",
            "ts": list(self.remote_ts),
        }
        if us[1:]:
            harness["other_addresses"] = us[1:]
        if them[1:]:
            dut["other_addresses"] = them[1:]
        if self.options:
            harness["config"] = dict(self.options)
        return {
            "name": "engine-config",
            "title": "EngineConfig of the Python package",
            "kind": "live",
            "dut": dut,
            "harness": harness,
            "credentials": {"psk": self.psk},
            "capabilities": [],
        }

    def _target_file(self) -> str:
        if self.target is not None:
            return self.target
        text = json.dumps(self.target_json(), indent=1)
        file = scratch_folder() / "EngineConfig.json"
        with open(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
            out.write(text)  # it holds the key
        return str(file)

    def _data_dir(self) -> str:
        return str(_core.data_dir())


@dataclass(frozen=True)
class Initiate:
    """Set up an IKE SA and its first Child SA.  RFC 7296 §1.2."""

    local: str
    remote: str


@dataclass(frozen=True)
class Resume:
    """Set up an IKE SA again from the ticket of one that was lost.  RFC 5723 §4.3."""

    lost: Spis
    local: str
    remote: str


@dataclass(frozen=True)
class RedirectClient:
    """Send the client to the gateway with this address.  RFC 5685 §5."""

    ike: Spis
    to: str


@dataclass(frozen=True)
class RekeyChildSa:
    """Replace a Child SA, named by our inbound SPI, and delete the old one.  RFC 7296 §1.3.3, §2.8."""

    ike: Spis
    inbound: int


@dataclass(frozen=True)
class RekeyIkeSa:
    """Replace the IKE SA and delete the old one.  RFC 7296 §1.3.2, §2.18."""

    ike: Spis


@dataclass(frozen=True)
class CreateChildSa:
    """Set up an additional Child SA; without selectors, as configured.  RFC 7296 §1.3.1."""

    ike: Spis
    local_ts: Sequence[TrafficSelector] = ()
    remote_ts: Sequence[TrafficSelector] = ()


@dataclass(frozen=True)
class DeleteChildSa:
    """Delete a Child SA, named by our inbound SPI.  RFC 7296 §1.4.1."""

    ike: Spis
    inbound: int


@dataclass(frozen=True)
class DeleteIkeSa:
    """Delete the IKE SA.  RFC 7296 §1.4.1."""

    ike: Spis


@dataclass(frozen=True)
class CheckLiveness:
    """An INFORMATIONAL request without payloads: is the peer there?  RFC 7296 §2.4."""

    ike: Spis


@dataclass(frozen=True)
class SendInformational:
    """An INFORMATIONAL request with payloads of the caller's own: Payload objects or bodies.  RFC 7296 §1.4."""

    ike: Spis
    payloads: Sequence[Union[Payload, _core.Body]]


@dataclass(frozen=True)
class SynchroniseMessageIds:
    """After a failover: IKEV2_MESSAGE_ID_SYNC.  RFC 6311 §5."""

    ike: Spis
    skip: int = 1


@dataclass(frozen=True)
class Abandon:
    """Forget an IKE SA without a message, as after a crash."""

    ike: Spis


@dataclass(frozen=True)
class Retract:
    """Take back the request that awaits its answer, because a tap damaged it on purpose."""

    ike: Spis


@dataclass(frozen=True)
class Move:
    """Use these addresses for an IKE SA and its Child SAs; the ports stay.  RFC 4555 §3.5."""

    ike: Spis
    local: str
    remote: str


@dataclass(frozen=True)
class AddressesChanged:
    """The addresses of this host are now these: every IKE SA with MOBIKE reacts.  RFC 4555 §3.5, §3.6."""

    local: Sequence[str]


Command = Union[
    Initiate,
    Resume,
    RedirectClient,
    RekeyChildSa,
    RekeyIkeSa,
    CreateChildSa,
    DeleteChildSa,
    DeleteIkeSa,
    CheckLiveness,
    SendInformational,
    SynchroniseMessageIds,
    Abandon,
    Retract,
    Move,
    AddressesChanged,
]

__all__ = [
    "Abandon",
    "AddressesChanged",
    "CheckLiveness",
    "ChildSa",
    "Command",
    "CreateChildSa",
    "Datagram",
    "DeleteChildSa",
    "DeleteIkeSa",
    "Engine",
    "EngineConfig",
    "Event",
    "IkeSa",
    "Initiate",
    "Move",
    "OutboundMessage",
    "Outputs",
    "RedirectClient",
    "RekeyChildSa",
    "RekeyIkeSa",
    "Resume",
    "Retract",
    "SendInformational",
    "Spis",
    "SynchroniseMessageIds",
    "target_file",
    "target_values",
]
