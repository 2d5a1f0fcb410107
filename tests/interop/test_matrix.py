"""A part of the interop matrix: each peer, in both parts, by the command that plays all of it."""

import os
from pathlib import Path

import pytest

from conftest import need_program, skip

LIBRESWAN = Path("/usr/local/lib/ikevet-lab/libreswan/usr/libexec/ipsec/pluto")
NEEDED = {"strongswan": Path("/usr/lib/ipsec/charon"), "libreswan": LIBRESWAN, "openiked": Path("/usr/sbin/iked")}
# A third of the cells and more: every feature in some family, with every peer that has it, and what all have in both.
CELLS = ["psk/*/ipv4", "psk/responder/ipv6", "rsa/*/ipv6", "ecdsa/*/ipv4", "ed25519/*/ipv6", "eap-mschapv2/*/ipv4",
         "eap-tls/*/ipv6", "eap-ttls/initiator/ipv4", "eap-radius-tls/*/ipv4", "internal-address/*/ipv4", "ppk/*/ipv6",
         "childless/*/ipv4", "redirect/*/ipv6", "cookie/*/ipv4", "invalid-ke/*/ipv6", "ike-rekey/*/ipv4",
         "child-rekey/initiator/ipv6"]


# And of what lies beneath IKE: traffic, moves, fragments.
PATHS = ["esp-echo/*/ipv4", "mobike/*/ipv4", "mobike-responder/responder/ipv6", "transport/*/ipv6",
         "fragmentation/initiator/ipv4", "fragmentation-by-device/responder/ipv6"]


def need_everything(peer):
    if os.geteuid() != 0:
        skip("network namespaces need root")
    need_program("ip", "the lab makes network namespaces")
    need_program("cc", "the lab builds its stand-in for the kernel")
    if not NEEDED[peer].exists():
        skip(f"{NEEDED[peer]} is missing: tools/setup.sh --test installs it")
    if peer == "strongswan" and not Path("/dev/net/tun").exists():
        skip("/dev/net/tun is missing, which charon's ESP in user space needs: modprobe tun")


@pytest.mark.parametrize("peer", NEEDED)
def test_cells_of_a_peer_are_green(ikevet, tmp_path, peer):
    need_everything(peer)
    only = [word for cell in CELLS + PATHS for word in ("--only", f"{peer}/{cell}")]
    done = ikevet("lab", "matrix", *only, "--out", tmp_path / "m", timeout=300)
    assert done.code == 0, done
    assert " 0 not;" in done.out
    assert "**" not in (tmp_path / "m/interop.md").read_text()


def test_the_cells_can_be_listed_and_are_selected_by_part(ikevet):
    done = ikevet("lab", "matrix", "--list", "--only", "openiked/cookie")
    assert done.code == 0 and "openiked/cookie/initiator/ipv4  cannot: " in done.out, done
    assert ikevet("lab", "matrix", "--list", "--only", "no-such-peer").code == 5


def test_a_third_of_the_cells_is_played_here(ikevet):
    def count(*arguments):
        done = ikevet("lab", "matrix", "--list", *arguments)
        return sum("  cannot: " not in line for line in done.out.splitlines())

    only = [word for cell in CELLS + PATHS for word in ("--only", f"*/{cell}")]
    assert count(*only) * 3 >= count()
