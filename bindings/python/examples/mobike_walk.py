#!/usr/bin/env python3
"""A client walks through its addresses with MOBIKE, RFC 4555, while its Child SA stays."""

from __future__ import annotations

import argparse
from typing import List, Optional

import ikevet


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args(arguments)
    walk = ["192.0.2.1", "198.51.100.1"]
    gateway = "192.0.2.2"
    mobike = {"mobike": {"supported": True, "announce": True}}
    client = ikevet.EngineConfig(
        identity="fqdn:client.test", peer_identity="fqdn:gw.test", psk="walk", addresses=walk, options=mobike
    )
    server = ikevet.EngineConfig(
        identity="fqdn:gw.test", peer_identity="fqdn:client.test", psk="walk", addresses=[gateway], options=mobike
    )
    peer = ikevet.VirtualPeer(config=client, dut_config=server)
    sa = peer.connect()
    (child,) = sa.children
    assert sa.mobike, "MOBIKE_SUPPORTED on both sides, RFC 4555 §3.2"
    print(f"{'at':>8}  ours            the gateway sends to")
    for _ in range(given.rounds):
        for address in walk[1:] + walk[:1]:
            peer.command(ikevet.Move(sa.spis, local=address, remote=gateway))
            moved = peer.run(60, until=lambda: peer.dut.ike_sas[0].remote.startswith(address + ":"))
            assert moved, f"UPDATE_SA_ADDRESSES from {address} was not followed"
            seconds = (peer.now - peer.log[0][0]) / 1e9
            print(f"{seconds:8.3f}  {peer.ike_sas[0].local:15} {peer.dut.ike_sas[0].remote}")
    peer.run(5)
    assert [c.inbound for c in peer.ike_sas[0].children] == [child.inbound], "the Child SA is the same"
    print("the Child SA is the one of the beginning:", f"{child.inbound:08x}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
