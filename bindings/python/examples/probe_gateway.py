#!/usr/bin/env python3
"""Which key exchanges and ciphers does a gateway take? One IKE_SA_INIT for each, and no more than that.

    probe_gateway.py                        the built-in device
    probe_gateway.py --target gateway.json  a device of yours
"""

from __future__ import annotations

import argparse
from typing import List, Optional, Union

import ikevet

GROUPS = ["x25519", "x448", "ecp256", "ecp384", "ecp521", "modp2048", "modp3072", "modp1024"]
CIPHERS = ["aes256gcm16-prfsha256", "aes128gcm16-prfsha256", "chacha20poly1305-prfsha256", "aes256-sha256", "3des-sha1"]


def answer_to(target: str, proposal: str, timeout: float) -> str:
    """What the device says to an IKE_SA_INIT with this proposal alone, RFC 7296 §1.2."""
    options = {"ike_proposals": [proposal]}
    values = ikevet.target_values(target)
    embedded = values["kind"] == "embedded"
    config = ikevet.EngineConfig(
        identity=values["harness"]["identity"],
        peer_identity=values["dut"]["identity"],
        psk="never used: IKE_AUTH is not sent",
        options=options,
        ike_port=500 if embedded else 0,
        nat_t_port=4500 if embedded else 0,
    )
    peer: Union[ikevet.VirtualPeer, ikevet.Peer]
    if embedded:
        peer = ikevet.VirtualPeer(target, config=config)
        remote = peer.dut_endpoint
    else:
        peer = ikevet.Peer(config, local=values["harness"]["address"])
        remote = f"{values['dut']['address']}:{values['dut'].get('ike_port', 500)}"
    try:
        peer.command(ikevet.Initiate(peer.ike_endpoint, remote))
        first_answer(peer, timeout)
        answers = [ikevet.Message.parse(d.payload) for _, d in peer.log if d.source == remote and len(d.payload) >= 28]
        return verdict_of(answers[0]) if answers else "no answer"
    finally:
        for sa in peer.ike_sas:
            peer.command(ikevet.Abandon(sa.spis))
        if isinstance(peer, ikevet.Peer):
            peer.close(timeout=0)


def first_answer(peer: Union[ikevet.VirtualPeer, ikevet.Peer], timeout: float) -> None:
    asked = len(peer.log)
    peer.run(timeout, until=lambda: any(d.source != peer.ike_endpoint for _, d in peer.log[asked - 1 :]))


def verdict_of(answer: ikevet.Message) -> str:
    chosen = answer.find(ikevet.SecurityAssociation)
    if chosen is not None:
        return "accepted"
    refusal: Optional[ikevet.Notify] = answer.find(ikevet.Notify)
    if refusal is None:
        return "an answer without SA and Notify"
    return getattr(refusal.type, "name", str(refusal.type))


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--target", default="embedded")
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds to wait for an answer")
    given = parser.parse_args(arguments)
    print(f"{'proposal':40}  answer")
    for proposal in [f"{CIPHERS[0]}-{group}" for group in GROUPS] + [f"{cipher}-x25519" for cipher in CIPHERS[1:]]:
        print(f"{proposal:40}  {answer_to(given.target, proposal, given.timeout)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
