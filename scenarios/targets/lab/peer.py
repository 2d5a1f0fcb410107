"""A third-party IKE daemon as a device under test: what the labs of all peers have in common.

A peer is a subclass of Peer in its folder's program `lab`, with `target.json` and `profiles.json` beside it:

  "NAME": {"about": "one line", "keys": ["rsa"], "target": {...}, "peer": {...}}

`keys` are the kinds of certificates that are made; `target` is a patch of target.json (see target_files.py); `peer` is
what the subclass makes of it.
"""

import json
import os
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

import pki
import settings as lab_settings
import target_files
from daemon import Daemon
from network import Network, exists, run
from outcome import DONE, NOTHING, PEER_FAILED, UNSUPPORTED, USAGE, Ended, say

HERE = Path(__file__).resolve().parent

TRIGGERS = {
    "initiate": "sets up an IKE SA with the harness; returns without waiting for it",
    "rekey-child": "rekeys the newest Child SA",
    "rekey-ike": "rekeys the newest IKE SA",
    "delete-child": "deletes the newest Child SA",
    "delete-ike": "deletes the newest IKE SA",
    "move": "loses its address and gets another one",
    "redirect": "sends the client of the newest IKE SA to another gateway, which is itself",
    "traffic": "sends three pings into the tunnel",
    "demand-cookie": "answers IKE_SA_INIT requests with N(COOKIE) from now on",
    "reset": "forgets every IKE SA, without a word to the harness; is at its first address again",
}

ENVIRONMENT = """
environment, of `up` only (the other verbs read it back from the state directory):
  IKEVET_LAB_HARNESS_NS, IKEVET_LAB_PEER_NS              names of the namespaces
  IKEVET_LAB_HARNESS_ADDRESS, IKEVET_LAB_PEER_ADDRESS    10.99.0.1, 10.99.0.2; with 6 at the end: fd99::1, fd99::2
  IKEVET_LAB_HARNESS_SECOND, IKEVET_LAB_PEER_SECOND      where they can move to; 10.99.0.11, 10.99.0.12; with 6: fd99::11, fd99::12
  IKEVET_LAB_DPD                                         seconds of silence before the peer asks for a sign of life (5)
  IKEVET_LAB_EXTRA                                       more settings of the daemon, in its own language
of every verb:
  IKEVET_LAB_STATE   directory for configuration, log and control socket
                     (${XDG_RUNTIME_DIR:-/tmp}/ikevet-lab/NAME)

exit: 0 done, 1 nothing to act on, 2 usage, permission or missing package, 4 the daemon failed, 89 it cannot do that
"""


class Peer:
    name = ""
    title = ""
    executable = Path()
    harness_ns = ""  # unless the environment says otherwise
    log = "daemon.log"
    needed: "list[tuple[str, str]]" = []  # program or file, package
    cannot: "dict[str, str]" = {}  # trigger, and why the peer has no way to do it

    def __init__(self, folder: Path):
        self.folder = folder
        self.state = lab_settings.state_directory(self.name)
        self.profiles = json.loads((folder / "profiles.json").read_text())
        self.settings: lab_settings.Settings
        self.network: Network
        self.daemon: Daemon

    # What a subclass is.

    def version(self) -> str:
        raise NotImplementedError

    def write_configuration(self) -> None:
        raise NotImplementedError

    def start(self) -> bool:
        """Starts the daemon with what was configured; False when it did not come up."""
        raise NotImplementedError

    def stop(self) -> None:
        self.daemon.stop()

    def list_sas(self) -> str:
        raise NotImplementedError

    def check_profile(self) -> None:
        """Raises Ended where this machine lacks what the profile needs."""

    def traffic(self, v6: bool) -> None:
        raise Ended(UNSUPPORTED, f"{self.name} has no data plane here: this kernel has no ESP")

    def redirect(self, v6: bool) -> None:
        raise Ended(UNSUPPORTED, f"the lab knows no way to make {self.name} redirect a client")

    def move(self, v6: bool) -> None:
        say(f"{self.name} is at {self.network.move_peer(v6)} now")

    def reset(self, v6: bool) -> None:
        self.daemon.kill()
        self.network.move_home()
        self.start_or_explain()
        say(f"{self.name} was started afresh")

    # Common verbs.

    @property
    def profile(self) -> dict:
        return self.profiles[self.settings.profile]

    def enter(self, settings: lab_settings.Settings) -> None:
        self.settings = settings
        self.network = Network(settings, f"ikevet-lab:{self.name}")
        self.daemon = Daemon(settings, self.state, self.executable, self.log)

    def need_packages(self) -> None:
        for thing, package in [("ip", "iproute2"), *self.needed]:
            if not (Path(thing).exists() if "/" in thing else shutil.which(thing)):
                raise Ended(USAGE, f"{thing} is missing: apt-get install --no-install-recommends {package} "
                                   "(or tools/setup.sh)")

    def stand_in(self) -> Path:
        """Built anew for every lab: a second of work, and nothing to be out of date."""
        out = self.state / "kernel_stand_in.so"
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise Ended(USAGE, "a C compiler is missing: apt-get install gcc libc6-dev (or tools/setup.sh)")
        if not out.exists():
            run(compiler, "-shared", "-fPIC", "-O2", "-o", str(out), str(HERE / "kernel_stand_in.c"), "-lpthread", "-ldl")
        return out

    def make_room(self) -> None:
        """A fresh state directory, except for what is not the lab's."""
        lab_settings.make_state_directory(self.state)
        for old in self.state.iterdir():
            if old.is_dir() and not old.is_symlink():
                shutil.rmtree(old)
            else:
                old.unlink()

    def up(self, profile: str) -> None:
        if profile not in self.profiles:
            raise Ended(USAGE, f"{self.name} has no profile \"{profile}\"; there are: {', '.join(self.profiles)}")
        self.enter(lab_settings.from_environment(self.name, profile, self.harness_ns))
        self.need_packages()
        self.check_profile()
        self.network.need_room(self.name)
        self.make_room()
        try:
            self.network.make()
            pki.make(self.state / "pki", self.profile.get("keys", []))
            self.write_configuration()
            target_files.write(self.folder / "target.json", self.profile.get("target", {}), self.settings, self.state,
                               self.folder / "lab")
            lab_settings.save(self.settings, self.state)
            self.start_or_explain()
        except BaseException:
            self.stop()
            self.network.undo()
            for made in ("settings.json", "target.json", "target6.json"):
                (self.state / made).unlink(missing_ok=True)
            print("lab: could not be brought up; what was made is removed again", file=sys.stderr)
            raise
        s = self.settings
        say(f"network namespace {s.harness_ns}: {s.harness_address}, {s.harness_address6} (where ikevet's sockets will be)")
        say(f"network namespace {s.peer_ns}: {s.peer_address}, {s.peer_address6}, with {self.title} {self.version()}, "
            f"profile {profile}, pid {self.daemon.pids()[0]}")
        say(f"target files: {self.state}/target.json, {self.state}/target6.json")
        say(f"next: ikevet run --target {self.target_to_name()}    and afterwards: ikevet lab down {self.name}")

    def target_to_name(self) -> str:
        """The plain name says it all as long as nothing was changed through the environment."""
        plain = lab_settings.Settings(**{**self.settings.__dict__})
        shipped = json.loads((self.folder / "target.json").read_text())
        same = (plain.profile == "psk" and plain.harness_ns == shipped["namespace"] and
                plain.harness_address == shipped["harness"]["address"] and
                plain.peer_address == shipped["dut"]["address"] and "IKEVET_LAB_STATE" not in os.environ)
        return self.name if same else f"{self.state}/target.json"

    def start_or_explain(self) -> None:
        if not self.start():
            raise Ended(PEER_FAILED, f"{self.name} did not come up; its last words ({self.daemon.log}):\n"
                                     f"{self.daemon.last_words()}")

    def load(self) -> bool:
        settings = lab_settings.load(self.state)
        if settings is None:
            return False
        self.enter(settings)
        return True

    def down(self) -> None:
        if not self.load():
            return say("nothing is up")
        self.stop()
        self.network.remove()
        for made in ("settings.json", "target.json", "target6.json"):
            (self.state / made).unlink(missing_ok=True)
        say(f"down (the log stays: {self.daemon.log})")

    def status(self) -> None:
        if not self.load():
            raise Ended(NOTHING, "nothing is up")
        for namespace in self.network.namespaces:
            if not exists(namespace):
                raise Ended(NOTHING, f"the namespace {namespace} does not exist: nothing is up")
            say(f"namespace {namespace}: {' '.join(self.network.addresses(namespace))}")
        pids = self.daemon.pids()
        if not pids:
            raise Ended(NOTHING, f"{self.name} is not running (log: {self.daemon.log})")
        say(f"{self.title} {self.version()}, profile {self.settings.profile}, pid {pids[0]}; state in {self.state}")
        print(self.list_sas(), end="")

    def show_log(self) -> None:
        if not (self.state / self.log).exists():
            raise Ended(NOTHING, f"there is no log yet: {self.state / self.log}")
        print((self.state / self.log).read_text(errors="replace"), end="")

    def trigger(self, verb: str, v6: bool) -> None:
        if verb in self.cannot:
            raise Ended(UNSUPPORTED, f"{self.name} cannot do that: {self.cannot[verb]}")
        # A daemon that has died, of what a scenario sent to it, comes back by a reset.
        if not self.load() or (verb != "reset" and not self.daemon.pids()):
            raise Ended(PEER_FAILED, f"{self.name} is not running: ikevet lab up {self.name}")
        getattr(self, verb.replace("-", "_"))(v6)

    def ping(self) -> None:
        """Whether answers come back is for the harness to judge; fired means that the packets left."""
        out = run("ip", "netns", "exec", self.settings.peer_ns, "ping", "-n", "-c", "3", "-i", "0.2", "-W", "1", "-I",
                  self.settings.peer_inner, self.settings.harness_inner, check=False)
        sent = [line for line in out.splitlines() if line.startswith("3 packets transmitted")]
        if not sent:
            raise Ended(PEER_FAILED, f"ping did not send: {out}")
        say(sent[0])

    def usage(self) -> str:
        out = f"{self.title} as a device under test, in a network of its own.\n\nusage: lab VERB\n\n"
        out += "  up [PROFILE]    make the two network namespaces, start the daemon, write the target files\n"
        out += "  down            stop it and remove the namespaces; may be said twice\n"
        out += "  status          what is up, and the daemon's IKE SAs; exit 1 when nothing is\n"
        out += "  log             the daemon's log\n"
        out += "  version         the daemon's version, whether or not it is up\n\n"
        out += "triggers, each with \"ipv6\" behind it for the target of that family:\n"
        for name, does in TRIGGERS.items():
            out += f"  {name:14}  {does if name not in self.cannot else 'not possible: ' + self.cannot[name]}\n"
        out += "\nprofiles:\n"
        for name, profile in self.profiles.items():
            out += f"  {name:14}  {profile['about']}\n"
        return out + ENVIRONMENT

    def do(self, arguments: "list[str]") -> None:
        verb, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
        if verb in ("-h", "--help", "help"):
            print(self.usage(), end="")
            return
        plain = {"down": self.down, "status": self.status, "log": self.show_log,
                 "version": lambda: print(self.version())}
        known = ((verb == "up" and len(rest) <= 1) or (verb in plain and not rest) or
                 (verb in TRIGGERS and rest in ([], ["ipv6"])))
        if not known:
            raise Ended(USAGE, f"what is \"{' '.join(arguments)}\"? (lab help)")
        if verb not in ("log", "version") and os.geteuid() != 0:
            raise Ended(USAGE, "network namespaces need root: say it again with sudo")
        if verb == "up":
            self.up(rest[0] if rest else "psk")
        elif verb in plain:
            plain[verb]()
        else:
            self.trigger(verb, rest == ["ipv6"])


def main(peer: Peer) -> int:
    try:
        peer.do(sys.argv[1:])
    except Ended as end:
        print(f"lab: {end}", file=sys.stderr)
        return end.code
    except subprocess.TimeoutExpired as late:
        print(f"lab: {' '.join(map(str, late.cmd))} did not end in time", file=sys.stderr)
        return PEER_FAILED
    except Exception:  # a fault of the lab, not of the peer
        traceback.print_exc()
        return 3
    return DONE
