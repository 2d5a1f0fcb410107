#!/usr/bin/env python3
"""One field of a message, fuzzed with hypothesis: the Nonce Data of IKE_SA_INIT, RFC 7296 §3.9.

Whatever nonce it is sent, the device must live on: an honest set-up after it has to work. What a length outside of 16 to 256
octets is answered with is counted.
"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import List, Optional

from hypothesis import given as for_all
from hypothesis import settings, strategies

import ikevet

answers: Counter[str] = Counter()


class WithNonce:
    """A tap that puts other octets into the first Nonce payload that leaves."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.done = False

    def on_payloads(self, message: ikevet.OutboundMessage) -> None:
        if self.done or message.exchange != ikevet.ExchangeType.IKE_SA_INIT:
            return
        self.done = True
        other = ikevet.Payload(body=ikevet.Nonce(data=self.data))
        message.payloads = tuple(other if isinstance(p.body, ikevet.Nonce) else p for p in message.payloads)


def one_nonce(data: bytes) -> None:
    peer = ikevet.VirtualPeer(tap=WithNonce(data))
    peer.command(ikevet.Initiate(peer.ike_endpoint, peer.dut_endpoint))
    peer.run(0.5)
    came = [ikevet.Message.parse(d.payload) for _, d in peer.log if d.source == peer.dut_endpoint]
    if not came:
        answers["no answer"] += 1
    elif came[0].find(ikevet.SecurityAssociation):
        answers["accepted"] += 1
    else:
        refusal = came[0].find(ikevet.Notify)
        assert refusal is not None
        answers[getattr(refusal.type, "name", str(refusal.type))] += 1
    for sa in peer.ike_sas:
        peer.command(ikevet.Abandon(sa.spis))
    assert peer.connect().stage == "established", "an honest set-up works afterwards"


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--examples", type=int, default=200)
    given = parser.parse_args(arguments)
    run = settings(max_examples=given.examples, deadline=None, derandomize=True, database=None)(
        for_all(strategies.binary(max_size=300) | strategies.binary(min_size=16, max_size=256))(one_nonce)
    )
    run()
    for answer, count in answers.most_common():
        print(f"{count:5}  {answer}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
