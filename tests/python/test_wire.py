"""Messages from Python: parse, build, compare, show."""

import copy
import pickle

import pytest

import ikevet
from ikevet import DhGroup, ExchangeType, NotifyType, PayloadType


def sa_init() -> ikevet.Message:
    proposal = ikevet.Proposal(
        number=1,
        protocol=ikevet.ProtocolId.IKE,
        transforms=[
            ikevet.Transform(
                type=ikevet.TransformType.ENCR,
                id=ikevet.EncrId.ENCR_AES_GCM_16,
                attributes=[ikevet.Attribute(type=ikevet.AttributeType.KeyLength, tv=True, value=256)],
            ),
            ikevet.Transform(type=ikevet.TransformType.KE, id=DhGroup.CURVE25519),
        ],
    )
    return ikevet.Message(
        exchange=ExchangeType.IKE_SA_INIT,
        spi_i=0x0102030405060708,
        payloads=[
            ikevet.SecurityAssociation(proposals=[proposal]),
            ikevet.KeyExchange(group=DhGroup.CURVE25519, data=bytes(32)),
            ikevet.Nonce(data=b"n" * 32),
            ikevet.Notify(type=NotifyType.COOKIE, data=b"cookie"),
        ],
    )


def test_build_parse_build():
    octets = bytes(sa_init())
    again = ikevet.Message.parse(octets)
    assert bytes(again) == octets
    assert again == sa_init()
    assert not again.faults
    assert [p.type for p in again.payloads] == [PayloadType.SA, PayloadType.KE, PayloadType.Nonce, PayloadType.Notify]


def test_fields():
    m = ikevet.Message.parse(bytes(sa_init()))
    assert m.exchange is ExchangeType.IKE_SA_INIT
    assert m.spi_i == 0x0102030405060708
    assert m.is_from_original_initiator and not m.is_response
    assert m.find(ikevet.KeyExchange).group is DhGroup.CURVE25519
    assert m.find_notify(NotifyType.COOKIE).data == b"cookie"
    assert m.find_notify(NotifyType.REKEY_SA) is None
    assert m.find(ikevet.IDi) is None
    transform = m.find(ikevet.SecurityAssociation).proposals[0].transforms[0]
    assert transform.key_length == 256


def test_numbers_without_a_name_are_plain_ints():
    m = ikevet.Message(exchange=250, payloads=[ikevet.Unknown(type=200, body=b"x")])
    again = ikevet.Message.parse(bytes(m))
    assert again.exchange == 250 and type(again.exchange) is int
    assert again.payloads[0].type == 200


def test_critical_and_reserved_bits_survive():
    m = sa_init()
    m.payloads = [*m.payloads, ikevet.Payload(body=ikevet.Unknown(type=200), critical=True, reserved=0x55)]
    last = ikevet.Message.parse(bytes(m)).payloads[-1]
    assert last.critical and last.reserved == 0x55


def test_faults_are_described_not_raised():
    octets = bytearray(bytes(sa_init()))
    octets[30:32] = b"\xff\xff"  # Payload Length of SA
    m = ikevet.Message.parse(bytes(octets))
    assert m.faults and "Payload Length" in m.faults[0]


def test_too_short_is_a_value_error():
    with pytest.raises(ValueError, match="octet"):
        ikevet.Message.parse(b"\x00" * 27)


def test_wrong_use_says_what_is_wanted():
    with pytest.raises(TypeError, match="group, data, reserved"):
        ikevet.KeyExchange(grup=19)
    with pytest.raises(TypeError, match="does not take"):
        ikevet.KeyExchange(group="ECP_256")
    with pytest.raises(TypeError, match="payload bodies"):
        ikevet.Message(exchange=34, payloads=["KE"])
    with pytest.raises(ValueError, match="no IPv4 or IPv6 address"):
        ikevet.TrafficSelector.prefix("10.0.0", 8)


def test_repr_eq_copy_pickle():
    m = sa_init()
    assert "IKE_SA_INIT" in repr(m) and "SAi1" in str(m)
    ke = m.find(ikevet.KeyExchange)
    assert repr(ke).startswith("KeyExchange(group=<DhGroup.CURVE25519: 31>")
    assert copy.deepcopy(ke) == ke and ke != ikevet.Nonce()
    for thing in (m, ke, m.payloads[0]):
        assert pickle.loads(pickle.dumps(thing)) == thing


def test_tree_covers_the_message():
    octets = bytes(sa_init())
    leaves = []

    def walk(node):
        if node["children"]:
            for child in node["children"]:
                walk(child)
        else:
            leaves.append(node)

    walk(ikevet.Message.parse(octets).tree())
    covered = set()
    for leaf in leaves:
        covered.update(range(leaf["offset"], leaf["offset"] + leaf["size"]))
    assert covered == set(range(len(octets)))
