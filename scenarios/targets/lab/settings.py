"""What a lab is made with. The verbs after `up` act on what was made then, whatever the environment says now."""

import dataclasses
import json
import os
from pathlib import Path

from outcome import USAGE, Ended

SUN_PATH = 108  # octets of a socket's path, unix(7)


@dataclasses.dataclass
class Settings:
    profile: str
    harness_ns: str
    peer_ns: str
    harness_address: str
    peer_address: str
    harness_address6: str
    peer_address6: str
    # Where either end can move to (MOBIKE).
    harness_second: str
    peer_second: str
    harness_second6: str
    peer_second6: str
    dpd: int  # seconds of silence before the peer asks for a sign of life
    extra: str  # more settings, in the peer's own language
    # Behind the two ends, as the selectors of the Child SAs have it.
    harness_inner: str = "10.1.0.1"
    harness_net: str = "10.1.0.0/24"
    peer_inner: str = "10.2.0.1"
    peer_net: str = "10.2.0.0/24"
    psk: str = "ikevet lab psk"


def from_environment(peer: str, profile: str, harness_ns: str) -> Settings:
    def variable(name: str, otherwise: str) -> str:
        return os.environ.get("IKEVET_LAB_" + name) or otherwise

    dpd = variable("DPD", "5")
    if not dpd.isdigit() or int(dpd) == 0:
        raise Ended(USAGE, f"IKEVET_LAB_DPD={dpd} is no number of seconds")
    return Settings(
        profile=profile,
        harness_ns=variable("HARNESS_NS", harness_ns),
        peer_ns=variable("PEER_NS", f"ikevet-{peer}"),
        harness_address=variable("HARNESS_ADDRESS", "10.99.0.1"),
        peer_address=variable("PEER_ADDRESS", "10.99.0.2"),
        harness_address6=variable("HARNESS_ADDRESS6", "fd99::1"),
        peer_address6=variable("PEER_ADDRESS6", "fd99::2"),
        harness_second=variable("HARNESS_SECOND", "10.99.0.11"),
        peer_second=variable("PEER_SECOND", "10.99.0.12"),
        harness_second6=variable("HARNESS_SECOND6", "fd99::11"),
        peer_second6=variable("PEER_SECOND6", "fd99::12"),
        dpd=int(dpd),
        extra=variable("EXTRA", ""))


def state_directory(peer: str) -> Path:
    chosen = os.environ.get("IKEVET_LAB_STATE")
    if chosen:
        return Path(chosen).absolute()
    return Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp") / "ikevet-lab" / peer


def make_state_directory(state: Path) -> None:
    # The default may lie in /tmp, where anybody can put something in the way.
    if state.is_symlink() or (state.exists() and state.stat().st_uid != os.getuid()):
        raise Ended(USAGE, f"{state} is a link or belongs to somebody else; "
                           "set IKEVET_LAB_STATE to a directory of your own")
    longest = len("/error-notify.socket")
    if len(str(state)) + longest > SUN_PATH:
        raise Ended(USAGE, f"the path {state} is too long for a socket; set IKEVET_LAB_STATE to a shorter one")
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    state.chmod(0o700)


def save(settings: Settings, state: Path) -> None:
    (state / "settings.json").write_text(json.dumps(dataclasses.asdict(settings), indent=2) + "\n")


def load(state: Path) -> "Settings | None":
    file = state / "settings.json"
    if not file.exists() or file.stat().st_uid != os.getuid():
        return None
    return Settings(**json.loads(file.read_text()))
