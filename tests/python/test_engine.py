"""The sans-IO engine and the virtual network from Python."""

import pickle

import pytest

import ikevet

A, B = "192.0.2.1", "192.0.2.2"


def config(us: str, them: str, **more: object) -> ikevet.EngineConfig:
    return ikevet.EngineConfig(
        identity=f"fqdn:{us}.test", peer_identity=f"fqdn:{them}.test", psk="a key for tests", **more
    )


class Pair:
    def __init__(self, tap=None, decisions=None, **more):
        self.network = ikevet.VirtualNetwork()
        ours, theirs = ["10.1.0.0/24"], ["10.2.0.0/24"]
        self.i = ikevet.Engine(
            config("i", "r", local_ts=ours, remote_ts=theirs, **more), random=1, tap=tap, log_keys=True
        )
        self.r = ikevet.Engine(
            config("r", "i", local_ts=theirs, remote_ts=ours, **more), random=2, decisions=decisions
        )
        self.network.attach(A, self.i)
        self.network.attach(B, self.r)

    def initiate(self):
        return self.network.command(A, ikevet.Initiate(A + ":500", B + ":500"))

    def establish(self):
        self.initiate()
        assert self.network.run(10, until=lambda: any(s.stage == "established" for s in self.r.ike_sas))
        assert self.network.run(10, until=lambda: any(s.stage == "established" for s in self.i.ike_sas))


def test_step_by_step_without_a_network():
    initiator = ikevet.Engine(config("i", "r"), random=1)
    responder = ikevet.Engine(config("r", "i"), random=2)
    out = initiator.command(ikevet.Initiate(A + ":500", B + ":500"), now=0)
    request = ikevet.Message.parse(out.datagrams[0].payload)
    assert request.exchange is ikevet.ExchangeType.IKE_SA_INIT
    assert out.wake_at == 1_000_000_000, "RFC 7296 §2.4: a request is repeated"
    again = initiator.tick(out.wake_at)
    assert again.datagrams[0].payload == out.datagrams[0].payload, "RFC 7296 §2.1: bitwise identical"
    answer = responder.handle(out.datagrams[0], now=5)
    event = next(e for e in answer.events if e.name == "ike-sa-keyed")
    assert event.fields["initiator"] is False and str(event) in repr(event)
    assert pickle.loads(pickle.dumps(event)) == event
    assert initiator.handle(answer.datagrams[0], now=6).datagrams


def test_set_up_rekey_and_delete_on_the_virtual_network():
    pair = Pair()
    began = pair.network.now
    pair.establish()
    assert pair.network.now - began < 1_000_000_000
    (sa,) = pair.i.ike_sas
    assert sa.initiator and sa.group is ikevet.DhGroup.CURVE25519 and sa.remote == B + ":500"
    (child,) = sa.children
    pair.network.command(A, ikevet.RekeyChildSa(sa.spis, child.inbound))
    pair.network.run(2)
    (after,) = pair.i.ike_sas[0].children
    assert after.inbound != child.inbound
    names = [e.name for e in pair.network.take_events(B)]
    assert "child-sa-established" in names and "child-sa-closed" in names
    pair.network.command(A, ikevet.DeleteIkeSa(sa.spis))
    pair.network.run(2)
    assert not pair.i.ike_sas and not pair.r.ike_sas


def test_the_same_seeds_give_the_same_octets():
    logs = []
    for _ in range(2):
        pair = Pair()
        pair.establish()
        logs.append([d.payload for _, d in pair.network.log])
    assert logs[0] == logs[1]


def test_faults_of_the_network():
    pair = Pair()
    lost = []

    def lose_the_first_answer(datagram, now):
        if datagram.source == B + ":500" and not lost:
            lost.append(datagram)
            return None
        return True

    pair.network.add_fault(lose_the_first_answer)
    pair.establish()
    requests = [d.payload for _, d in pair.network.log if d.source == A + ":500"]
    assert requests[0] == requests[1], "RFC 7296 §2.1"
    assert lost


def test_a_tap_alters_what_leaves_and_errors_come_through():
    class Append:
        def on_payloads(self, message):
            if message.exchange == ikevet.ExchangeType.IKE_SA_INIT:
                message.payloads = [*message.payloads, ikevet.Unknown(type=200, body=b"\0")]

        def on_message(self, message, octets):
            seen.append((message.exchange, len(octets)))

    seen = []
    pair = Pair(tap=Append())
    pair.establish()
    first = ikevet.Message.parse(pair.network.log[0][1].payload)
    assert first.payloads[-1].type == 200
    assert seen and seen[0][1] == len(bytes(first))

    class Broken:
        def on_message(self, message, octets):
            raise RuntimeError("as planned")

    with pytest.raises(RuntimeError, match="as planned"):
        Pair(tap=Broken()).initiate()


def test_decisions_and_chosen_randomness():
    class Trusting:
        def demand_cookie(self, half_open, threshold):
            return half_open == 0

    pair = Pair(decisions=Trusting())
    pair.initiate()
    pair.network.run(0.0025)
    answer = ikevet.Message.parse(pair.network.log[1][1].payload)
    assert answer.find_notify(ikevet.NotifyType.COOKIE)

    drawn = []

    def random(n):
        drawn.append(n)
        return bytes([0x42]) * n

    engine = ikevet.Engine(config("i", "r"), random=random)
    out = engine.command(ikevet.Initiate(A + ":500", B + ":500"), now=0)
    nonce = ikevet.Message.parse(out.datagrams[0].payload).find(ikevet.Nonce)
    assert set(nonce.data) == {0x42} and drawn


def test_a_host_written_in_python_sees_every_octet():
    class Deaf:
        def __init__(self):
            self.heard = []

        def handle(self, datagram, now):
            self.heard.append(now)

    pair = Pair()
    deaf = Deaf()
    pair.network.attach(B, deaf)
    pair.initiate()
    pair.network.run(200)
    gaps = [b - a for a, b in zip(deaf.heard, deaf.heard[1:])]
    assert len(gaps) >= 3 and gaps == sorted(gaps), "RFC 7296 §2.4: growing gaps"
    assert "ike-sa-closed" in [e.name for e in pair.network.take_events(A)]


def test_the_log_is_a_capture_that_the_keys_open(tmp_path):
    pair = Pair()
    pair.establish()
    pair.network.write_capture(tmp_path / "capture.pcapng")
    pair.i.write_keys(tmp_path)
    seen = [p.message for p in ikevet.open_capture(tmp_path / "capture.pcapng")]
    assert [m.protection for m in seen] == ["clear", "clear", "opened", "opened"]
    assert seen[2].find(ikevet.IDi).data == b"i.test"


def test_mistakes_of_the_caller():
    engine = ikevet.Engine(config("i", "r"))
    with pytest.raises(ValueError):
        engine.command(ikevet.DeleteIkeSa((1, 2)), now=0)
    with pytest.raises(TypeError, match="Initiate or RekeyChildSa"):
        engine.command("initiate", now=0)
    with pytest.raises(ValueError, match="192.0.2.1:500"):
        engine.command(ikevet.Initiate("here", "there"), now=0)
    with pytest.raises(ikevet.FormatError, match="aes255"):
        ikevet.Engine(config("i", "r", ike_proposals=["aes255-sha256-x25519"]))
    with pytest.raises(KeyError):
        ikevet.VirtualNetwork().command(A, ikevet.Initiate(A + ":500", B + ":500"))
