"""Two network namespaces and one wire between them, all that a peer sees of the world.

  harness namespace                            peer namespace
  wire0 10.99.0.1/24, fd99::1/64   <------->   wire0 10.99.0.2/24, fd99::2/64
        10.99.0.11,   fd99::11                 the daemon; 10.2.0.1 behind it
  (ikevet's sockets)
"""

import subprocess
from pathlib import Path

from outcome import USAGE, Ended, say
from settings import Settings


def run(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and done.returncode != 0:
        raise Ended(USAGE, f"{' '.join(command)}: {done.stdout.strip()}")
    return done.stdout


def exists(namespace: str) -> bool:
    return Path("/run/netns", namespace).exists()


class Network:
    def __init__(self, settings: Settings, mark: str):
        self.settings = settings
        self.mark = mark  # alias of "lo" in namespaces that this lab made, and may therefore remove
        self.made: list[str] = []

    @property
    def namespaces(self) -> "list[str]":
        return [self.settings.harness_ns, self.settings.peer_ns]

    def is_ours(self, namespace: str) -> bool:
        """Not by its name: somebody else may have made a namespace of that name."""
        return f"alias {self.mark}\n" in run("ip", "-n", namespace, "link", "show", "lo", check=False) + "\n"

    def need_room(self, name: str) -> None:
        for namespace in filter(exists, self.namespaces):
            if self.is_ours(namespace):
                raise Ended(USAGE, f"the namespace {namespace} exists: the lab is up already (ikevet lab down {name})")
            raise Ended(USAGE, f"a namespace {namespace} exists that this lab did not make; "
                               "set IKEVET_LAB_HARNESS_NS and IKEVET_LAB_PEER_NS")

    def make(self) -> None:
        s = self.settings
        for namespace in self.namespaces:
            run("ip", "netns", "add", namespace)
            self.made.append(namespace)
            run("ip", "-n", namespace, "link", "set", "lo", "alias", self.mark)
        run("ip", "-n", s.harness_ns, "link", "add", "wire0", "type", "veth", "peer", "name", "wire0", "netns", s.peer_ns)
        # The harness has both of its addresses at all times; the peer moves by losing one and getting the other.
        self._make_side(s.harness_ns, s.harness_inner, [s.harness_address, s.harness_second],
                        [s.harness_address6, s.harness_second6])
        self._make_side(s.peer_ns, s.peer_inner, [s.peer_address], [s.peer_address6])

    @staticmethod
    def _make_side(namespace: str, inner: str, addresses: "list[str]", addresses6: "list[str]") -> None:
        # Answers to 10.1.0.1 may leave by a tunnel device while they arrived on the wire; the default filter would drop
        # them. SPIs that were asked for and not used yet live 30 seconds by default, less than some scenarios take.
        run("ip", "netns", "exec", namespace, "sh", "-ec",
            "for f in all default wire0; do echo 0 >/proc/sys/net/ipv4/conf/$f/rp_filter; done\n"
            "for f in /proc/sys/net/core/xfrm_acq_expires; do [ ! -w $f ] || echo 86400 >$f; done")
        run("ip", "-n", namespace, "link", "set", "lo", "up")
        run("ip", "-n", namespace, "address", "add", inner + "/32", "dev", "lo")
        for address in addresses:
            run("ip", "-n", namespace, "address", "add", address + "/24", "dev", "wire0")
        for address in addresses6:
            run("ip", "-n", namespace, "address", "add", address + "/64", "dev", "wire0", "nodad")
        run("ip", "-n", namespace, "link", "set", "wire0", "up")

    def remove(self) -> None:
        for namespace in filter(exists, self.namespaces):
            if self.is_ours(namespace):
                run("ip", "netns", "delete", namespace)
            else:
                say(f"the namespace {namespace} was not made by this lab and stays")

    def undo(self) -> None:
        for namespace in self.made:
            run("ip", "netns", "delete", namespace, check=False)

    def addresses(self, namespace: str) -> "list[str]":
        words = run("ip", "-n", namespace, "-brief", "address", "show", "wire0", check=False).split()[2:]
        return [word for word in words if not word.startswith("fe80")]

    def move_peer(self, v6: bool) -> str:
        """The peer's wire gets its other address and loses the one it has; prints where it is then."""
        s = self.settings
        pair = [s.peer_address6, s.peer_second6] if v6 else [s.peer_address, s.peer_second]
        length = "/64" if v6 else "/24"
        here = {address.split("/")[0] for address in self.addresses(s.peer_ns)}
        old, new = (pair[0], pair[1]) if pair[0] in here else (pair[1], pair[0])
        nodad = ["nodad"] if v6 else []
        run("ip", "-n", s.peer_ns, "address", "add", new + length, "dev", "wire0", *nodad)
        run("ip", "-n", s.peer_ns, "address", "delete", old + length, "dev", "wire0")
        if new not in {address.split("/")[0] for address in self.addresses(s.peer_ns)}:
            # With its first address an interface loses those of the same net that came after it.
            run("ip", "-n", s.peer_ns, "address", "add", new + length, "dev", "wire0", *nodad)
        return new

    def move_home(self) -> None:
        s = self.settings
        here = {address.split("/")[0] for address in self.addresses(s.peer_ns)}
        if s.peer_address not in here:
            self.move_peer(v6=False)
        if s.peer_address6 not in here:
            self.move_peer(v6=True)
