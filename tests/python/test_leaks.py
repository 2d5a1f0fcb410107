"""Nothing leaks: memory after many messages is what it was. IKEVET_LEAK_MESSAGES=1000000 for the long form."""

import gc
import os
import resource

import ikevet

A, B = "192.0.2.1", "192.0.2.2"
MESSAGES = int(os.environ.get("IKEVET_LEAK_MESSAGES", "30000"))


def resident() -> int:
    """Octets of this process in memory."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def grown(work) -> int:
    """Octets by which memory grows from the first half to the second: what is cached once does not count."""
    work(MESSAGES // 2)
    gc.collect()
    before = resident()
    work(MESSAGES)
    gc.collect()
    return resident() - before


def test_messages_parsed_read_built_and_pickled():
    network = ikevet.VirtualNetwork()
    config = ikevet.EngineConfig(identity="fqdn:a.test", peer_identity="fqdn:b.test", psk="k")
    network.attach(A, ikevet.Engine(config, random=1))
    network.command(A, ikevet.Initiate(A + ":500", B + ":500"))
    octets = network.log[0][1].payload

    def work(count):
        for _ in range(count):
            message = ikevet.Message.parse(octets)
            for payload in message.payloads:
                repr(payload.body)
            message.find(ikevet.KeyExchange).data
            message.payloads = message.payloads[:-1]
            bytes(message)

    assert grown(work) < 2_000_000 + MESSAGES, "less than an octet a message"


def test_engines_and_networks():
    def work(count):
        for seed in range(count // 1000):
            peer = ikevet.VirtualPeer(random=seed, tap=Tap())
            peer.connect()
            peer.close()
            str(peer.events), peer.log

    assert grown(work) < 4_000_000 + MESSAGES


class Tap:
    def on_payloads(self, message):
        message.payloads = message.payloads

    def on_message(self, message, octets):
        return octets
