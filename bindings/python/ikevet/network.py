"""An initiator and the built-in device on a virtual network: no sockets, no waiting, the same octets every time."""

from __future__ import annotations

import os
from typing import Callable, List, Optional, Tuple, Union

from ._core import Datagram, Engine, Event, IkeSa, VirtualNetwork
from .engine import Command, DeleteIkeSa, EngineConfig, Initiate, Target, target_file, target_values
from .live import NoAnswer

PathLike = Union[str, "os.PathLike[str]"]


class VirtualPeer:
    """We and the built-in device of a target, both on a virtual network.

        peer = ikevet.VirtualPeer()
        sa = peer.connect()
        peer.dut_command(ikevet.RekeyIkeSa(peer.dut.ike_sas[0].spis))
        peer.run(5)

    target: the embedded target, or a file of one: whose addresses, identities and proposals are taken.
    config, dut_config: an EngineConfig of your own for either end.
    random, dut_random, tap, decisions, dut_decisions: as for Engine.
    """

    def __init__(
        self,
        target: Target = "embedded",
        *,
        config: Optional[EngineConfig] = None,
        dut_config: Optional[EngineConfig] = None,
        random: Union[None, int, Callable[[int], bytes]] = 1,
        dut_random: Union[None, int, Callable[[int], bytes]] = 2,
        tap: Optional[object] = None,
        decisions: Optional[object] = None,
        dut_decisions: Optional[object] = None,
        latency: float = 0.001,
    ) -> None:
        file = target_file(target)
        values = target_values(file)
        self.network = VirtualNetwork(latency=latency)
        self.addresses: List[str] = [values["harness"]["address"], *values["harness"].get("other_addresses", [])]
        self.dut_addresses: List[str] = [values["dut"]["address"], *values["dut"].get("other_addresses", [])]
        self.ike_endpoint = _endpoint(self.addresses[0], 500)
        self.dut_endpoint = _endpoint(self.dut_addresses[0], 500)
        #: Our engine, and the device's.
        self.engine = Engine(
            config or EngineConfig.of_target(file), random=random, tap=tap, decisions=decisions, log_keys=True
        )
        self.dut = Engine(
            dut_config or EngineConfig.of_target(file, "dut"), random=dut_random, decisions=dut_decisions
        )
        for address in self.addresses:
            self.network.attach(address, self.engine)
        for address in self.dut_addresses:
            self.network.attach(address, self.dut)
        #: Every event of our engine so far, and of the device's, with its time in nanoseconds.
        self.events: List[Tuple[int, Event]] = []
        self.dut_events: List[Tuple[int, Event]] = []

    @property
    def now(self) -> int:
        """The network's time, nanoseconds since the Unix epoch."""
        return self.network.now

    @property
    def log(self) -> List[Tuple[int, Datagram]]:
        """Every datagram so far, with its time."""
        return self.network.log

    @property
    def ike_sas(self) -> List[IkeSa]:
        """Our live IKE SAs."""
        return self.engine.ike_sas

    def command(self, command: Command) -> None:
        """Tells our engine to do something. ValueError for an SA that does not exist."""
        self.events.extend((self.now, e) for e in self.network.command(self.addresses[0], command))

    def dut_command(self, command: Command) -> None:
        """The same for the device."""
        self.dut_events.extend((self.now, e) for e in self.network.command(self.dut_addresses[0], command))

    def _collect(self) -> None:
        now = self.now
        self.events.extend((now, e) for e in self.network.take_events(self.addresses[0]))
        self.dut_events.extend((now, e) for e in self.network.take_events(self.dut_addresses[0]))

    def run(self, seconds: float, *, until: Optional[Callable[[], bool]] = None) -> bool:
        """Lets things happen for so many seconds of the network's time, or until `until()` holds; says whether it does."""
        limit = self.now + int(seconds * 1e9)
        while True:
            self._collect()
            if until is not None and until():
                return True
            left = (limit - self.now) / 1e9
            if left <= 0 or not self.network.step(left):
                if left > 0:
                    self.network.run(left)
                self._collect()
                return until is not None and until()

    def wait(self, *names: str, timeout: float) -> Event:
        """The next event of ours with one of these names. NoAnswer when none comes within `timeout` seconds of the
        network's time."""
        first = len(self.events)

        def found() -> Optional[Event]:
            return next((e for _, e in self.events[first:] if not names or e.name in names), None)

        self.run(timeout, until=lambda: found() is not None)
        event = found()
        if event is None:
            told = "; ".join(str(e) for _, e in self.events[first:]) or "nothing happened"
            raise NoAnswer(f"no {' or '.join(names) or 'event'} in {timeout} s: {told}")
        return event

    def connect(self, remote: Optional[str] = None, *, timeout: float = 60.0) -> IkeSa:
        """Sets up an IKE SA with its first Child SA, RFC 7296 §1.2. NoAnswer when it does not come about."""
        self.command(Initiate(self.ike_endpoint, remote or self.dut_endpoint))
        event = self.wait("ike-sa-established", "ike-sa-closed", timeout=timeout)
        if event.name != "ike-sa-established":
            raise NoAnswer(str(event))
        spis = tuple(int(spi, 16) for spi in event.fields["spis"])
        # The device takes the last message a moment later.
        self.run(1.0, until=lambda: any(s.spis == spis and s.stage == "established" for s in self.dut.ike_sas))
        return next(sa for sa in self.ike_sas if sa.spis == spis)

    def write_capture(self, file: PathLike) -> None:
        """The log as a pcapng file; engine.write_keys() beside it decrypts it."""
        self.network.write_capture(os.fspath(file))

    def close(self, *, timeout: float = 2.0) -> None:
        """Deletes what is established and lets the answers come."""
        for sa in self.ike_sas:
            if sa.stage == "established":
                self.command(DeleteIkeSa(sa.spis))
        self.run(timeout, until=lambda: not self.ike_sas)

    def __enter__(self) -> VirtualPeer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _endpoint(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


__all__ = ["VirtualNetwork", "VirtualPeer"]
