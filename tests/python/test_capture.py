"""Captures from Python: lazy packets, opened messages, columns."""

from array import array

import pytest

import ikevet


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    run = ikevet.run(["rfc7296/1.2"], out=tmp_path_factory.mktemp("runs") / "run", seed=7)
    return run.out / run.scenarios[0].scenario / "capture.pcapng"


def test_packets_come_one_by_one(capture):
    reader = ikevet.open_capture(capture)
    first = next(reader)
    assert first.frame == 1 and first.kind == "IKE" and reader.opened == 0
    assert first.message.exchange is ikevet.ExchangeType.IKE_SA_INIT
    assert "HDR(" in str(first.message) and "SAi1" in str(first.message)
    rest = list(reader)
    assert reader.trouble is None and reader.opened > 0 and reader.closed == 0
    assert [p.frame for p in rest] == list(range(2, len(rest) + 2))
    auth = next(p for p in rest if p.message and p.message.exchange is ikevet.ExchangeType.IKE_AUTH)
    assert auth.message.protection == "opened" and auth.message.find(ikevet.Authentication)
    assert "AUTH" in auth.message.text_tree()
    assert rest[0].answers == 1


def test_columns(capture):
    table = ikevet.columns(ikevet.open_capture(capture))
    assert set(table) == set(ikevet.COLUMNS)
    assert isinstance(table["at"], array) and table["at"].itemsize == 8
    assert len({len(column) for column in table.values()}) == 1
    assert list(table["response"][:2]) == [0, 1]
    with pytest.raises(ValueError, match="frame"):
        ikevet.columns(ikevet.open_capture(capture), ["fame"])
    numpy = pytest.importorskip("numpy")
    assert numpy.asarray(table["at"]).dtype == numpy.uint64


def test_without_keys_and_with_a_broken_file(capture, tmp_path):
    closed = [m for m in ikevet.messages(ikevet.open_capture(capture, search_keys=False)) if m.protection == "no-keys"]
    assert closed and not closed[0].plaintext
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(capture.read_bytes()[:-7])
    reader = ikevet.open_capture(cut)
    assert list(reader) and reader.trouble
    with pytest.raises(ikevet.FormatError):
        ikevet.open_capture(tmp_path / "none.pcap")
    with pytest.raises(ikevet.FormatError):
        ikevet.open_capture(capture, keys=[tmp_path / "none.json"])


def test_what_a_peer_says_need_not_be_utf8(tmp_path):
    config = ikevet.EngineConfig(identity="keyid:fffe80", peer_identity=None, psk="k")
    peer = ikevet.VirtualPeer(
        config=config, dut_config=ikevet.EngineConfig(identity="fqdn:d.test", peer_identity=None, psk="k")
    )
    peer.connect()
    assert all(str(event) and event.fields for _, event in peer.dut_events)
    peer.write_capture(tmp_path / "capture.pcapng")
    peer.engine.write_keys(tmp_path)
    for message in ikevet.messages(ikevet.open_capture(tmp_path / "capture.pcapng")):
        assert message.text_tree() and str(message)
