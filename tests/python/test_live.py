"""Engines on real sockets: blocking and asyncio."""

import asyncio
import threading

import pytest

import ikevet


def config(us: str, them: str, **more: object) -> ikevet.EngineConfig:
    return ikevet.EngineConfig(
        identity=f"fqdn:{us}.test", peer_identity=f"fqdn:{them}.test", psk="k", ike_port=0, nat_t_port=0, **more
    )


@pytest.fixture
def responder():
    """A peer on loopback that works in a thread of its own: its waiting holds nobody up."""
    peer = ikevet.Peer(config("r", "i"), random=2)
    done = threading.Event()
    thread = threading.Thread(target=lambda: peer.run(60, until=done.is_set))
    thread.start()
    yield peer
    done.set()
    with ikevet.Peer(config("x", "y")) as other:  # wakes it
        other._sockets[other.ike_endpoint].sendto(b"\0", ("127.0.0.1", int(peer.ike_endpoint.rsplit(":", 1)[1])))
    thread.join()
    peer._close_sockets()


def test_a_blocking_peer(responder):
    peer_nat_t = int(responder.nat_t_endpoint.rsplit(":", 1)[1])
    with ikevet.Peer(config("i", "r", peer_nat_t_port=peer_nat_t), random=1) as peer:
        sa = peer.connect(responder.ike_endpoint, timeout=20)
        assert sa.stage == "established" and sa.children
        peer.command(ikevet.CheckLiveness(sa.spis))
        assert peer.wait("request-answered", timeout=20).fields["message_id"] == 2
    assert not peer.ike_sas
    assert "ike-sa-established" in [event.name for _, event in responder.events]


def test_many_initiators_with_asyncio(responder):
    peer_nat_t = int(responder.nat_t_endpoint.rsplit(":", 1)[1])

    async def main() -> int:
        async with ikevet.AsyncPeer(config("i", "r", peer_nat_t_port=peer_nat_t), random=1) as peer:
            sas = await asyncio.gather(*(peer.connect(responder.ike_endpoint, timeout=30) for _ in range(5)))
            assert len({sa.spis for sa in sas}) == 5
            return len(peer.ike_sas)

    assert asyncio.run(main()) >= 1


def test_nobody_there_is_said():
    with ikevet.Peer(config("i", "r", retransmit_first=0.01, retransmit_attempts=1)) as silent:
        with ikevet.Peer(config("i", "r", retransmit_first=0.01, retransmit_attempts=1)) as peer:
            with pytest.raises(ikevet.NoAnswer):
                peer.connect(silent.ike_endpoint, timeout=20)
            with pytest.raises(ikevet.NoAnswer, match="nothing happened"):
                peer.wait("ike-sa-established", timeout=0)


def test_a_port_that_is_taken_is_named():
    with ikevet.Peer(config("i", "r")) as first:
        port = int(first.ike_endpoint.rsplit(":", 1)[1])
        with pytest.raises(OSError, match=str(port)):
            ikevet.Peer(ikevet.EngineConfig(identity="fqdn:a", peer_identity="fqdn:b", psk="k", ike_port=port, nat_t_port=0))
