#!/usr/bin/env python3
"""Both sides rekey the same Child SA at once, and who loses is chosen: RFC 7296 §2.8.1.

Of the four nonces the lowest decides; the SA made with it is closed by the side that made it. Randomness is an argument of
the engine, so the nonces can be chosen.
"""

from __future__ import annotations

import argparse
from typing import Callable, List, Optional

import ikevet


def steered(seed: int, first_octet: Callable[[], Optional[int]]) -> Callable[[int], bytes]:
    """Seeded octets, of which draws of 32 (nonces are among them) begin with a chosen one."""
    import random

    source = random.Random(seed)

    def draw(count: int) -> bytes:
        octets = bytearray(source.randbytes(count))
        chosen = first_octet()
        if count == 32 and chosen is not None:
            octets[0] = chosen
        return bytes(octets)

    return draw


def collide(we_lose: bool) -> str:
    """Who closed its redundant Child SA: 'we' or 'the device'."""
    ours: List[Optional[int]] = [None]
    theirs: List[Optional[int]] = [None]
    peer = ikevet.VirtualPeer(random=steered(1, lambda: ours[0]), dut_random=steered(2, lambda: theirs[0]))
    sa = peer.connect()
    (child,) = sa.children
    (dut_sa,) = peer.dut.ike_sas
    ours[0], theirs[0] = (0x00, 0xFF) if we_lose else (0xFF, 0x00)
    # Both requests are on their way before either arrives.
    peer.command(ikevet.RekeyChildSa(sa.spis, child.inbound))
    peer.dut_command(ikevet.RekeyChildSa(dut_sa.spis, dut_sa.children[0].inbound))
    peer.run(30)
    requests = [d for _, d in peer.log if len(d.payload) > 28 and ikevet.Message.parse(d.payload).exchange == 36]
    assert len(requests) >= 4, "two requests and two answers"
    (survivor,) = peer.ike_sas[0].children
    assert survivor.inbound != child.inbound
    assert [c.outbound for c in peer.dut.ike_sas[0].children] == [survivor.inbound], "both keep the same one"

    reasons = {"we": peer.events, "the device": peer.dut_events}
    return " and ".join(
        side for side, events in reasons.items() if any(e.fields.get("reason") == "redundant" for _, e in events)
    )


def main(arguments: Optional[List[str]] = None) -> int:
    argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "").parse_args(arguments)
    for we_lose in (True, False):
        nonce = "lowest" if we_lose else "highest"
        print(f"our nonce is the {nonce}: closed as redundant by {collide(we_lose)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
