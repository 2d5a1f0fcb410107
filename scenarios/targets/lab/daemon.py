"""A daemon in the foreground, in the peer's namespace, with directories of its own in the place of the host's."""

import os
import signal
import subprocess
import time
from pathlib import Path

from network import exists, run
from settings import Settings

# $1 state directory, $2 executable of the daemon; mounts as "SOURCE:PLACE" in $MOUNTS, one a line.
#
# `ip netns exec` gives a mount namespace of its own. Its /run is empty, so that compiled-in pid files and sockets are
# nobody else's; the state directory, should it lie below, is carried over by the working directory, which still refers
# to it.
ENTER = r"""
mount -t tmpfs -o mode=755 ikevet-lab /run
case $1 in /run/*) mkdir -p "$1"; mount --no-canonicalize --bind . "$1";; esac
printf '%s\n' "$MOUNTS" | while IFS=: read -r source place; do
  [ -n "$source" ] || continue
  if [ ! -d "$place" ]; then mount -t tmpfs -o mode=755 ikevet-lab "${place%/*}"; mkdir "$place"; fi
  mount --bind "$source" "$place"
done
unset MOUNTS
if [ -n "${PRELOAD:-}" ]; then export LD_PRELOAD="$PRELOAD"; unset PRELOAD; fi
shift
exec "$@"
"""


class Daemon:
    def __init__(self, settings: Settings, state: Path, executable: Path, log: str):
        self.settings, self.state, self.executable = settings, state, executable
        self.log = state / log
        self.process: "subprocess.Popen[bytes] | None" = None
        self.began = 0  # where in the log its present life begins

    def start(self, arguments: "list[str]", environment: "dict[str, str]", mounts: "list[tuple[Path, str]]",
              preload: "Path | None") -> None:
        self.began = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.settings.peer_ns, "sh", "-ec", ENTER, "lab", str(self.state),
                 str(self.executable), *arguments],
                cwd=self.state, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, **environment, "PRELOAD": str(preload or ""),
                     "MOUNTS": "\n".join(f"{source}:{place}" for source, place in mounts)})

    def pids(self) -> "list[int]":
        """Its processes in our namespace: the parent first."""
        if not exists(self.settings.peer_ns):
            return []
        out = []
        for pid in map(int, run("ip", "netns", "pids", self.settings.peer_ns, check=False).split()):
            try:
                # By the file, not by its path: in a chroot, another mount namespace shows another path.
                if os.path.samefile(f"/proc/{pid}/exe", self.executable):
                    out.append(pid)
            except OSError:
                continue
        return sorted(out)

    def stop(self, patience: float = 5.0) -> None:
        self._signal(signal.SIGTERM)
        if not self.wait_until(lambda: not self.pids(), patience):
            self.kill()

    def kill(self) -> None:
        """At once, without a word to anybody."""
        self._signal(signal.SIGKILL)
        self.wait_until(lambda: not self.pids(), 2.0)

    def _signal(self, number: int) -> None:
        for pid in self.pids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    def comes_up(self, ready, patience: float = 15.0) -> bool:
        """Waits for that; the end of the daemon is the end of the wait."""
        died = lambda: self.process is not None and self.process.poll() is not None
        return self.wait_until(lambda: ready() or died(), patience) and not died()

    @staticmethod
    def wait_until(condition, patience: float, step: float = 0.05) -> bool:
        end = time.monotonic() + patience
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(step)
        return True

    def says(self, words: str) -> bool:
        return self.log.exists() and words.encode() in self.log.read_bytes()[self.began:]

    def last_words(self, lines: int = 20) -> str:
        if not self.log.exists():
            return "(it wrote nothing)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
