#!/usr/bin/env python3
"""How many wrong EAP passwords does a gateway take in one IKE_AUTH, and does it lock the user out afterwards?

RFC 7296 §2.16 carries EAP; MSCHAPv2 may let the peer try again (RFC 2759 §6). Here the built-in device is asked, with two
settings; with a client of your own in place of `device` the question is the same.
"""

from __future__ import annotations

import argparse
from typing import Any, Dict, List, Optional

import ikevet

USER, PASSWORD = "alice", "the right one"


def peer_of(attempts: int, passwords: List[str]) -> ikevet.VirtualPeer:
    """A client that says these passwords in order, and a gateway that hears so many in one conversation."""
    pki = ikevet.data_dir() / "targets" / "pki"
    gateway: Dict[str, Any] = {
        "auth": {
            "method": "public-key",
            "certificate": str(pki / "dut.pem"),
            "private_key": str(pki / "dut.key"),
            "accept": ["eap"],
            "eap_server": {
                "users": [{"name": USER, "password": PASSWORD}],
                "methods": ["MSCHAPv2"],
                "attempts": attempts,
            },
        }
    }
    client: Dict[str, Any] = {
        "auth": {
            "method": "eap",
            "accept": ["public-key"],
            "ca": [str(pki / "ca.pem")],
            "eap_peer": {"identity": USER, "passwords": passwords, "methods": ["MSCHAPv2"]},
        }
    }
    us, them = "fqdn:harness.test", "fqdn:dut.test"
    return ikevet.VirtualPeer(
        config=ikevet.EngineConfig(identity=us, peer_identity=them, psk="not used", options=client),
        dut_config=ikevet.EngineConfig(identity=them, peer_identity=us, psk="not used", options=gateway),
    )


def gets_in(attempts: int, wrong: int) -> bool:
    peer = peer_of(attempts, [f"guess {n}" for n in range(wrong)] + [PASSWORD])
    try:
        peer.connect()
        return True
    except ikevet.NoAnswer:
        return False


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--most", type=int, default=4, help="wrong passwords to try before the right one")
    given = parser.parse_args(arguments)
    for attempts in (1, 3):
        heard = [wrong for wrong in range(given.most + 1) if gets_in(attempts, wrong)]
        print(f"a gateway with {attempts} attempts: gets in after {heard} wrong passwords in one conversation")
        assert heard == list(range(attempts)), "as many tries as it is configured to hear"
        # A new conversation starts anew: this device does not lock users out.
        print(f"  afterwards the right password alone: {'accepted' if gets_in(attempts, 0) else 'refused'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
