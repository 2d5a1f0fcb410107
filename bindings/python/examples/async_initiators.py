#!/usr/bin/env python3
"""Many initiators with asyncio, against a gateway in the same event loop, over real sockets on loopback.

    async_initiators.py --initiators 100
"""

from __future__ import annotations

import argparse
import asyncio
import time
from typing import List, Optional

import ikevet


async def main_async(initiators: int) -> None:
    gateway_config = ikevet.EngineConfig(
        identity="fqdn:gw.test", peer_identity=None, psk="many", ike_port=0, nat_t_port=0
    )
    async with ikevet.AsyncPeer(gateway_config) as gateway:
        nat_t = int(gateway.nat_t_endpoint.rsplit(":", 1)[1])

        async def one(number: int) -> float:
            config = ikevet.EngineConfig(
                identity=f"fqdn:client-{number}.test",
                peer_identity="fqdn:gw.test",
                psk="many",
                ike_port=0,
                nat_t_port=0,
                peer_nat_t_port=nat_t,
            )
            async with ikevet.AsyncPeer(config) as peer:
                began = time.monotonic()
                sa = await peer.connect(gateway.ike_endpoint, timeout=60)
                took = time.monotonic() - began
                peer.command(ikevet.CheckLiveness(sa.spis))
                await peer.wait("request-answered", timeout=60)
                return took

        began = time.monotonic()
        times = await asyncio.gather(*(one(number) for number in range(initiators)))
        whole = time.monotonic() - began
    print(f"{initiators} IKE SAs in {whole:.2f} s; one took {min(times):.3f} to {max(times):.3f} s")


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--initiators", type=int, default=20)
    asyncio.run(main_async(parser.parse_args(arguments).initiators))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
