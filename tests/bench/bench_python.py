#!/usr/bin/env python3
"""ikevet beside scapy in one run: parse with every field read, build, and what a lazy parse costs over C++.

Prints both figures and the ratio; with --check it exits with 1 where a ratio is not reached:
parse and read every field at least 100 times, build at least 200 times, a parse at most 300 ns over C++ (the same call in a loop
of the compiled part).
"""

import argparse
import gc
import sys
import time

import ikevet


def sa_init() -> bytes:
    return bytes(build())


TRANSFORMS = [(1, 20, 256), (2, 5, None), (4, 31, None), (4, 19, None)]
KE, NI, COOKIE = bytes(range(32)), bytes(range(32)), b"c" * 20


def build():
    transform, attribute = ikevet.Transform, ikevet.Attribute
    return ikevet.Message(
        exchange=34,
        spi_i=0x0102030405060708,
        payloads=[
            ikevet.SecurityAssociation(
                proposals=[
                    ikevet.Proposal(
                        number=1,
                        protocol=1,
                        transforms=[
                            transform(type=t, id=i, attributes=[attribute(type=14, tv=True, value=k)] if k else [])
                            for t, i, k in TRANSFORMS
                        ],
                    )
                ]
            ),
            ikevet.KeyExchange(group=31, data=KE),
            ikevet.Nonce(data=NI),
            ikevet.Notify(type=16390, data=COOKIE),
        ],
    )


def read_ikevet(octets: bytes) -> int:
    """Every field of header and payloads."""
    m = ikevet.Message.parse(octets)
    total = m.spi_i + m.spi_r + m.version + m.exchange + m.flags + m.message_id
    for payload in m.payloads:
        body = payload.body
        total += payload.critical + payload.reserved + payload.type
        kind = type(body)
        if kind is ikevet.SecurityAssociation:
            for p in body.proposals:
                total += p.number + p.protocol + len(p.spi) + p.reserved
                for t in p.transforms:
                    total += t.type + t.id + t.reserved1 + t.reserved2
                    for a in t.attributes:
                        total += a.type + a.tv + a.value
        elif kind is ikevet.KeyExchange:
            total += body.group + body.reserved + len(body.data)
        elif kind is ikevet.Nonce:
            total += len(body.data)
        elif kind is ikevet.Notify:
            total += body.type + body.protocol + len(body.spi) + len(body.data)
    return total


def per_call(function, seconds: float) -> float:
    """Seconds of CPU for one call, the best of five rounds: what else the machine does counts little."""
    count, took = 1, 0.0
    while True:
        began = time.process_time()
        for _ in range(count):
            function()
        took = time.process_time() - began
        if took > seconds / 10:
            break
        count *= 4
    best = took / count
    for _ in range(4):
        began = time.process_time()
        for _ in range(count):
            function()
        best = min(best, (time.process_time() - began) / count)
    return best


def with_scapy(octets: bytes):
    import logging

    logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
    from scapy.contrib import ikev2

    def read() -> int:
        total, layer = 0, ikev2.IKEv2(octets)
        pending = [layer]
        while pending:
            layer = pending.pop()
            for field in layer.fields_desc:
                value = layer.getfieldval(field.name)
                if hasattr(value, "fields_desc"):
                    pending.append(value)
                total += 1
            if layer.payload and hasattr(layer.payload, "fields_desc"):
                pending.append(layer.payload)
        return total

    def make() -> bytes:
        transforms = None
        for t, i, k in reversed(TRANSFORMS):
            one = ikev2.IKEv2_payload_Transform(
                next_payload=3 if transforms is not None else 0, transform_type=t, transform_id=i,
                **({"key_length": k, "length": 12} if k else {}),
            )  # fmt: skip
            transforms = one if transforms is None else one / transforms
        packet = (
            ikev2.IKEv2(init_SPI=b"\1\2\3\4\5\6\7\x08", next_payload="SA", exch_type="IKE_SA_INIT", flags="Initiator")
            / ikev2.IKEv2_payload_SA(
                next_payload="KE",
                prop=ikev2.IKEv2_payload_Proposal(proposal=1, proto=1, trans_nb=len(TRANSFORMS), trans=transforms),
            )
            / ikev2.IKEv2_payload_KE(next_payload="Nonce", group=31, load=KE)
            / ikev2.IKEv2_payload_Nonce(next_payload="Notify", load=NI)
            / ikev2.IKEv2_payload_Notify(type=16390, load=COOKIE)
        )
        return bytes(packet)

    return read, make


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.5, help="for each measurement")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    octets = sa_init()
    assert ikevet.Message.parse(octets) == build() and not ikevet.Message.parse(octets).faults
    good = True

    def line(name: str, ours: float, theirs: float, wanted: float) -> None:
        nonlocal good
        ratio = theirs / ours
        good = good and ratio >= wanted
        print(f"{name:34} ikevet {ours * 1e6:9.2f} us   scapy {theirs * 1e6:9.1f} us   {ratio:6.0f} times (wanted {wanted:.0f})")

    gc.disable()
    read, make = with_scapy(octets)
    theirs = bytes(make())
    print(f"message of {len(octets)} octets (scapy's: {len(theirs)})")
    line("parse and read every field", per_call(lambda: read_ikevet(octets), given.seconds), per_call(read, given.seconds), 100)
    line("build", per_call(lambda: bytes(build()), given.seconds), per_call(make, given.seconds), 200)

    parse = ikevet.Message.parse
    lazy = per_call(lambda: parse(octets), given.seconds) - per_call(lambda: None, given.seconds)
    cpp = min(ikevet._core._time_parse(octets, 1000) for _ in range(100)) / 1000
    over = (lazy - cpp) * 1e9
    good = good and over <= 300
    print(f"{'parse, nothing read':34} ikevet {lazy * 1e9:9.0f} ns   C++ {cpp * 1e9:9.0f} ns   {over:6.0f} ns over it (at most 300)")
    return 0 if good or not given.check else 1


if __name__ == "__main__":
    sys.exit(main())
