"""An engine on real sockets, blocking or with asyncio.

    with ikevet.Peer(config, local="192.0.2.1") as peer:
        sa = peer.connect("192.0.2.2:500", timeout=10)
        peer.command(ikevet.CheckLiveness(sa.spis))
        peer.wait("request-answered", timeout=5)

    async with ikevet.AsyncPeer(config, local="192.0.2.1") as peer:
        sa = await peer.connect("192.0.2.2:500", timeout=10)

Both have two UDP sockets: one for IKE's port 500 and one for port 4500, whose messages carry the non-ESP marker (RFC 7296
§2.23). Ports are those of the configuration; 0 lets the system choose. IKE alone: ESP packets that come are dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import dataclasses
import os
import select
import socket
import threading
import time
from types import TracebackType
from typing import AsyncIterator, Callable, Dict, List, Optional, Tuple, Type, Union

from ._core import Datagram, Engine, Event, IkeSa, IkevetError, Outputs, write_capture
from .engine import Command, DeleteIkeSa, EngineConfig, Initiate, Target, target_values

_LARGEST = 65535
_CLONE_NEWNET = 0x40000000


class NoAnswer(IkevetError):
    """What was waited for did not happen in time; the text says what happened instead."""


def _address(endpoint: str) -> Tuple[str, int]:
    host, port = endpoint.rsplit(":", 1)
    return host.strip("[]"), int(port)


def _endpoint(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _in_namespace(name: str, work: Callable[[], None]) -> None:
    """Does `work` in a thread that has entered a network namespace; the process itself stays where it is."""
    if not name:
        work()
        return
    failure: List[BaseException] = []

    def inside() -> None:
        try:
            with open(f"/run/netns/{name}", "rb") as file:
                if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"network namespace {name} cannot be entered; it takes root")
            work()
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]


class _Base:
    """What both kinds of peer share: sockets, the clock, and what the engine said."""

    def __init__(
        self,
        config: EngineConfig,
        *,
        local: str = "127.0.0.1",
        random: Union[None, int, Callable[[int], bytes]] = None,
        tap: Optional[object] = None,
        decisions: Optional[object] = None,
        log_keys: bool = False,
        namespace: str = "",
    ) -> None:
        """Opens the sockets. OSError where a port is in use, privileged, or the address is not ours."""
        self._sockets: Dict[str, socket.socket] = {}
        try:
            _in_namespace(namespace, lambda: self._open(local, (config.ike_port, config.nat_t_port)))
            ends = list(self._sockets)
            #: Our endpoints: for port 500 and for port 4500, or what stands in for them.
            self.ike_endpoint, self.nat_t_endpoint = ends
            config = dataclasses.replace(config, ike_port=_address(ends[0])[1], nat_t_port=_address(ends[1])[1])
            self.engine = Engine(config, random=random, tap=tap, decisions=decisions, log_keys=log_keys)
        except BaseException:
            self._close_sockets()
            raise
        #: Every event so far, in order, with its time in nanoseconds.
        self.events: List[Tuple[int, Event]] = []
        #: Every datagram so far, in both directions, with its time: for write_capture().
        self.log: List[Tuple[int, Datagram]] = []
        self._offset = time.time_ns() - time.monotonic_ns()
        self._wake_at: Optional[int] = None

    def _open(self, local: str, ports: Tuple[int, int]) -> None:
        family = socket.AF_INET6 if ":" in local else socket.AF_INET
        for port in ports:
            sock = socket.socket(family, socket.SOCK_DGRAM)
            sock.setblocking(False)
            try:
                sock.bind((local, port))
            except OSError as error:
                sock.close()
                raise OSError(
                    error.errno, f"{_endpoint(local, port)}: {error.strerror}; another port, or root for those below 1024"
                ) from None
            self._sockets[_endpoint(local, sock.getsockname()[1])] = sock

    @property
    def now(self) -> int:
        """Nanoseconds since the Unix epoch; steady, whatever happens to the system's clock."""
        return time.monotonic_ns() + self._offset

    @property
    def ike_sas(self) -> List[IkeSa]:
        """The live IKE SAs."""
        return self.engine.ike_sas

    def command(self, command: Command) -> List[Event]:
        """Tells the engine to do something; gives the events of that step. ValueError for an SA that does not exist."""
        return self._take(self.engine.command(command, self.now))

    def write_capture(self, file: Union[str, "os.PathLike[str]"]) -> None:
        """The log as a pcapng file; with log_keys, engine.write_keys() beside it decrypts it."""
        write_capture(os.fspath(file), self.log)

    def _take(self, out: Outputs) -> List[Event]:
        for datagram in out.datagrams:
            self.log.append((self.now, datagram))
            sock = self._sockets.get(datagram.source)
            if sock is not None:
                # What the network refuses is lost, as a datagram may be; the request is repeated (RFC 7296 §2.1).
                with contextlib.suppress(BlockingIOError, ConnectionError, OSError):
                    sock.sendto(datagram.payload, _address(datagram.destination))
        self._wake_at = out.wake_at
        now = self.now
        events = out.events
        self.events.extend((now, event) for event in events)
        return events

    def _receive(self, end: str) -> List[Event]:
        """Takes all that has arrived at one socket."""
        told: List[Event] = []
        while True:
            try:
                payload, source = self._sockets[end].recvfrom(_LARGEST)
            except (BlockingIOError, ConnectionError):
                return told
            datagram = Datagram(source=_endpoint(source[0], source[1]), destination=end, payload=payload)
            self.log.append((self.now, datagram))
            told += self._take(self.engine.handle(datagram, self.now))

    def _tick_if_due(self) -> List[Event]:
        if self._wake_at is not None and self._wake_at <= self.now:
            return self._take(self.engine.tick(self.now))
        return []

    def _seconds_left(self, deadline: Optional[int]) -> Optional[float]:
        times = [t for t in (self._wake_at, deadline) if t is not None]
        return max(0.0, (min(times) - self.now) / 1e9) if times else None

    def _what_happened(self, since: int) -> str:
        return "; ".join(str(event) for _, event in self.events[since:]) or "nothing happened"

    def _sa_of(self, event: Event) -> IkeSa:
        spis = tuple(int(spi, 16) for spi in event.fields["spis"])
        for sa in self.engine.ike_sas:
            if sa.spis == spis:
                return sa
        raise NoAnswer(f"{event}, and gone again")

    def _close_sockets(self) -> None:
        for sock in self._sockets.values():
            sock.close()


_ENDS_A_SET_UP = ("ike-sa-established", "ike-sa-closed")


class Peer(_Base):
    """An engine on real sockets; whoever waits lets it work. Not for several threads at a time."""

    @classmethod
    def of_target(
        cls,
        target: Target,
        *,
        random: Union[None, int, Callable[[int], bytes]] = None,
        tap: Optional[object] = None,
        decisions: Optional[object] = None,
        log_keys: bool = False,
    ) -> Peer:
        """The harness's side of a target with sockets, by its name or file: its address, ports, namespace and
        configuration. connect() then takes the target's device unless told otherwise."""
        values = target_values(target)
        if values["kind"] == "embedded":
            raise ValueError(f"the target {values.get('name')} has no sockets: take VirtualPeer")
        peer = cls(
            EngineConfig.of_target(target),
            local=values["harness"]["address"],
            random=random,
            tap=tap,
            decisions=decisions,
            log_keys=log_keys,
            namespace=values.get("namespace", ""),
        )
        peer._remote = _endpoint(values["dut"]["address"], values["dut"].get("ike_port", 500))
        return peer

    _remote: Optional[str] = None

    def run(self, seconds: float, *, until: Optional[Callable[[], bool]] = None) -> bool:
        """Lets things happen for that long, or until `until()` holds; says whether it does. The GIL is released while
        waiting."""
        deadline = self.now + int(seconds * 1e9)
        by_socket = {sock: end for end, sock in self._sockets.items()}
        while True:
            self._tick_if_due()
            if until is not None and until():
                return True
            if self.now >= deadline:
                return False
            ready, _, _ = select.select(list(by_socket), [], [], self._seconds_left(deadline))
            for sock in ready:
                self._receive(by_socket[sock])

    def wait(self, *names: str, timeout: float) -> Event:
        """The next event with one of these names (without any: the next event). NoAnswer when none comes in time."""
        first = len(self.events)

        def found() -> Optional[Event]:
            return next((e for _, e in self.events[first:] if not names or e.name in names), None)

        if not self.run(timeout, until=lambda: found() is not None):
            raise NoAnswer(f"no {' or '.join(names) or 'event'} in {timeout} s: {self._what_happened(first)}")
        event = found()
        assert event is not None
        return event

    def connect(self, remote: Optional[str] = None, *, timeout: float = 30.0) -> IkeSa:
        """Sets up an IKE SA with its first Child SA, RFC 7296 §1.2. NoAnswer when it does not come about."""
        remote = remote or self._remote
        if remote is None:
            raise ValueError("connect() needs the endpoint of the device, e.g. '192.0.2.2:500'")
        first = len(self.events)
        self.command(Initiate(self.ike_endpoint, remote))
        event = self.wait(*_ENDS_A_SET_UP, timeout=timeout)
        if event.name != "ike-sa-established":
            raise NoAnswer(f"{remote}: {self._what_happened(first)}")
        return self._sa_of(event)

    def close(self, *, timeout: float = 2.0) -> None:
        """Deletes what is established (RFC 7296 §1.4.1), waits a little for the answers, and closes the sockets."""
        try:
            for sa in self.ike_sas:
                if sa.stage == "established":
                    self.command(DeleteIkeSa(sa.spis))
            self.run(timeout, until=lambda: not self.ike_sas)
        finally:
            self._close_sockets()

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close(timeout=2.0 if error is None else 0.0)


class AsyncPeer(_Base):
    """The same for asyncio: it works whenever the event loop runs. Use it in one loop, as an async context manager."""

    _timer: Optional[asyncio.TimerHandle] = None

    async def __aenter__(self) -> AsyncPeer:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Condition()
        for end, sock in self._sockets.items():
            self._loop.add_reader(sock, self._readable, end)
        return self

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        try:
            if error is None:
                for sa in self.ike_sas:
                    if sa.stage == "established":
                        self.command(DeleteIkeSa(sa.spis))
                with contextlib.suppress(NoAnswer):
                    while self.ike_sas:
                        await self.wait("ike-sa-closed", timeout=2.0)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            for sock in self._sockets.values():
                self._loop.remove_reader(sock)
            self._close_sockets()

    def _take(self, out: Outputs) -> List[Event]:
        events = super()._take(out)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        left = self._seconds_left(None)
        if left is not None:
            self._timer = self._loop.call_later(left, self._due)
        if events:
            self._loop.create_task(self._tell())
        return events

    def _due(self) -> None:
        self._timer = None
        if not self._tick_if_due():
            left = self._seconds_left(None)
            if left is not None and self._timer is None:
                self._timer = self._loop.call_later(left, self._due)

    def _readable(self, end: str) -> None:
        self._receive(end)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def stream(self, *, since: int = 0) -> AsyncIterator[Event]:
        """The events, from number `since` of `events` on, for as long as somebody listens."""
        while True:
            while since < len(self.events):
                yield self.events[since][1]
                since += 1
            async with self._news:
                if since >= len(self.events):
                    await self._news.wait()

    async def wait(
        self, *names: str, timeout: float, where: Optional[Callable[[Event], bool]] = None, since: Optional[int] = None
    ) -> Event:
        """The next event with one of these names for which `where` holds. NoAnswer when none comes in time."""
        first = len(self.events) if since is None else since

        async def search() -> Event:
            async for event in self.stream(since=first):
                if (not names or event.name in names) and (where is None or where(event)):
                    return event
            raise AssertionError("stream() does not end")

        try:
            return await asyncio.wait_for(search(), timeout)
        except asyncio.TimeoutError:
            raise NoAnswer(f"no {' or '.join(names) or 'event'} in {timeout} s: {self._what_happened(first)}") from None

    async def connect(self, remote: str, *, timeout: float = 30.0) -> IkeSa:
        """Sets up an IKE SA with its first Child SA, RFC 7296 §1.2. NoAnswer when it does not come about. Any number may
        be on their way at once."""
        first = len(self.events)
        before = {sa.spis[0] for sa in self.ike_sas}
        self.command(Initiate(self.ike_endpoint, remote))
        (spi_i,) = {sa.spis[0] for sa in self.ike_sas} - before

        def ours(event: Event) -> bool:
            return int(event.fields["spis"][0], 16) == spi_i

        event = await self.wait(*_ENDS_A_SET_UP, timeout=timeout, where=ours, since=first)
        if event.name != "ike-sa-established":
            raise NoAnswer(f"{remote}: {event}")
        return self._sa_of(event)


__all__ = ["AsyncPeer", "NoAnswer", "Peer"]
