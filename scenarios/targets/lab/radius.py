"""FreeRADIUS on the loopback address of the peer's namespace, as the back end of a peer's EAP."""

import re
import shutil
from pathlib import Path

from daemon import Daemon
from outcome import PEER_FAILED, USAGE, Ended
from settings import Settings

EXECUTABLE = Path("/usr/sbin/freeradius")
SHIPPED = Path("/etc/freeradius/3.0")
CLIENT_SECRET = "ikevet-lab-radius"
USER = "alice Cleartext-Password := \"alice's password\"\n"


def need_package() -> None:
    if not EXECUTABLE.exists() or not SHIPPED.exists():
        raise Ended(USAGE, f"{EXECUTABLE} is missing: apt-get install --no-install-recommends freeradius "
                           "(or tools/setup.sh)")


def _daemon(settings: Settings, state: Path) -> Daemon:
    return Daemon(settings, state, EXECUTABLE, "freeradius.log")


def _change(file: Path, pattern: str, by: str) -> None:
    file.write_text(re.sub(pattern, by, file.read_text(), flags=re.M))


def start(settings: Settings, state: Path) -> None:
    """Debian's configuration with one user, one client, and its EAP methods; runs as root, in the namespace alone."""
    daemon = _daemon(settings, state)
    folder = state / "raddb"
    if not folder.exists():
        shutil.copytree(SHIPPED, folder, symlinks=True)
        (folder / "mods-config/files/authorize").write_text(USER)
        _change(folder / "clients.conf", r"^(\s*)secret = testing123$", rf"\1secret = {CLIENT_SECRET}")
        eap = folder / "mods-enabled/eap"
        _change(eap, r"default_eap_type = md5", "default_eap_type = mschapv2")
        # EAP-TLS and EAP-TTLS with the lab's certificates; its key needs no password.
        pki = state / "pki"
        trusted = pki / "trusted.pem"
        trusted.write_text((pki / "root.pem").read_text() + (pki / "sub.pem").read_text())
        _change(eap, r"^(\s*)private_key_password = .*$", r"\1# no password")
        _change(eap, r"^(\s*)private_key_file = .*$", rf"\1private_key_file = {pki}/dut-rsa.key")
        _change(eap, r"^(\s*)certificate_file = .*$", rf"\1certificate_file = {pki}/dut-rsa-chain.pem")
        _change(eap, r"^(\s*)#?\s*ca_file = .*$", rf"\1ca_file = {trusted}")
        _change(folder / "radiusd.conf", r"^(\s*)(user|group) = freerad$", r"\1# \2 = freerad")
        # It follows no link out of its folder but those that Debian made to /etc/freeradius; ours lead within.
        _change(folder / "radiusd.conf", r"^raddbdir = .*$", f"raddbdir = {folder}")
    daemon.start(["-f", "-xx", "-l", "stdout", "-d", str(folder)], {}, [], None)
    if not daemon.comes_up(lambda: daemon.says("Ready to process requests")):
        raise Ended(PEER_FAILED, f"FreeRADIUS did not come up; its last words:\n{daemon.last_words()}")


def stop(settings: Settings, state: Path) -> None:
    _daemon(settings, state).stop()
