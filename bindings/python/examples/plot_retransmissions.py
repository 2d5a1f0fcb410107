#!/usr/bin/env python3
"""How does a device repeat a request that nobody answers? RFC 7296 §2.4, drawn with matplotlib.

The built-in device is plotted, with two settings; a run of yours can be added: --run out/gateway-1 draws every request that
was repeated in it.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Dict, List, Optional

import ikevet


def silence(first: float, factor: float) -> List[float]:
    """Seconds at which an engine sends its IKE_SA_INIT when nobody answers."""
    config = ikevet.EngineConfig(
        identity="fqdn:a.test", peer_identity="fqdn:b.test", psk="k", retransmit_first=first, retransmit_factor=factor
    )
    network = ikevet.VirtualNetwork()
    network.attach("192.0.2.1", ikevet.Engine(config, random=1))
    network.command("192.0.2.1", ikevet.Initiate("192.0.2.1:500", "192.0.2.2:500"))
    network.run(600)
    began = network.log[0][0]
    return [(at - began) / 1e9 for at, _ in network.log]


def repeated_in(run: ikevet.Run) -> Dict[str, List[float]]:
    """Of each scenario, the device's request that was repeated most."""
    out: Dict[str, List[float]] = {}
    for verdict in run.scenarios:
        try:
            seen = [m for m in run.trace(verdict.scenario).messages if m.sender == "dut" and not m.is_response]
        except KeyError:  # not played
            continue
        by_octets: Dict[bytes, List[int]] = {}
        for message in seen:
            by_octets.setdefault(message.octets, []).append(message.at)
        times: List[int] = max(by_octets.values(), key=len, default=[])
        if len(times) > 2:
            out[verdict.scenario] = [(at - times[0]) / 1e9 for at in times]
    return out


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--run", type=Path, help="folder of a stored run")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "retransmissions.png")
    given = parser.parse_args(arguments)
    curves = {"first 1 s, factor 2": silence(1, 2), "first 0.5 s, factor 1.5": silence(0.5, 1.5)}
    if given.run:
        curves.update(repeated_in(ikevet.grade(given.run)))

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4))
    for name, times in curves.items():
        axes.step(times, range(1, len(times) + 1), where="post", marker="o", label=name)
    axes.set(xlabel="seconds since the first transmission", ylabel="transmissions", title="Requests that nobody answers")
    axes.legend()
    figure.savefig(given.out)
    print("drawn to", given.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
