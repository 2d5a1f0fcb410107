"""Captures: what `decode`, `grade` and `capture` make of files in every form, with keys of every kind."""

import gzip
import json
import os
import re
import struct
import subprocess
import time
from pathlib import Path

import pytest

from conftest import IKEVET, read_json, skip

SHARED = Path(os.environ.get("IKEVET_SHARED", "/work/shared")) / "captures"


def frame_of(payload, source=500, destination=500, protocol=17):
    """An IPv4 packet without link layer from 192.0.2.1 to 192.0.2.2."""
    if protocol == 17:
        payload = struct.pack(">HHHH", source, destination, 8 + len(payload), 0) + payload
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0) + bytes(
        [192, 0, 2, 1, 192, 0, 2, 2]) + payload


def segment(data, sequence, source=33000, destination=4500, flags=0x18):
    return frame_of(struct.pack(">HHIIBBHHH", source, destination, sequence, 0, 0x50, flags, 1000, 0, 0) + data,
                    protocol=6)


def capture(path, frames, link=101, magic=0xA1B2C3D4):
    """Writes a pcap file whose frames are a second apart."""
    out = struct.pack(">IHHiIII", magic, 2, 4, 0, 0, 262144, link)
    for i, frame in enumerate(frames):
        kept, length = frame if isinstance(frame, tuple) else (frame, len(frame))
        out += struct.pack(">IIII", 1700000000 + i, 0, len(kept), length) + kept
    path.write_bytes(out)
    return path


def message(spi_i, spi_r, exchange, flags, message_id, body=b"", first=0):
    return struct.pack(">QQBBBBII", spi_i, spi_r, first, 0x20, exchange, flags, message_id, 28 + len(body)) + body


INIT = message(0x0102030405060708, 0, 34, 0x08, 0)
COOKIE = message(0x0102030405060708, 0, 34, 0x20, 0, bytes.fromhex("0000000c 0000 4006 01020304"), 41)
LIVENESS = message(0x0102030405060708, 0x1112131415161718, 37, 0x08, 7)


def packets(ikevet, *arguments):
    done = ikevet("decode", "--json", *arguments)
    assert done.code == 0, done
    return json.loads(done.out)["packets"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run with a rekeyed Child SA, an IKE SA after a rekey, and ESP through both."""
    folder = tmp_path_factory.mktemp("run") / "a"
    subprocess.run([IKEVET, "run", "rfc7296/1.3", "rfc7296/2.8/child-rekey-without-loss", "not:family", "--seed", "3", "--out",
                    str(folder)],
                   capture_output=True, timeout=120, check=False)
    return folder


def evidence(run, wanted):
    """A scenario's folder whose keys satisfy `wanted`."""
    for keys in sorted(run.rglob("keys.json")):
        if wanted(read_json(keys)):
            return keys.parent
    pytest.fail("no scenario of the run has such keys")


# ----------------------------------------------------------------------------------------------------------------- readers

def test_gzip_pipes_and_standard_input_give_what_the_file_gives(ikevet, tmp_path):
    plain = capture(tmp_path / "a.pcap", [frame_of(INIT), frame_of(LIVENESS)])
    wanted = ikevet("decode", plain).out
    packed = tmp_path / "a.pcap.gz"
    octets = plain.read_bytes()
    packed.write_bytes(gzip.compress(octets[:50]) + gzip.compress(octets[50:]))  # two members, RFC 1952 §2.2
    assert ikevet("decode", packed).out == wanted
    for source in (plain, packed):
        piped = subprocess.run(f"cat {source} | {IKEVET} decode -", shell=True, text=True, capture_output=True,
                               timeout=60, check=True)
        assert piped.stdout == wanted
    packed.write_bytes(gzip.compress(octets)[:-20])
    cut = ikevet("decode", packed)
    assert cut.code == 2 and "the gzip data end in the middle" in cut.err
    graded = subprocess.run(f"cat {plain} | {IKEVET} grade -", shell=True, text=True, capture_output=True, timeout=60,
                            check=False)
    assert "192.0.2.1" in graded.stdout and "standard input" not in graded.stderr


def test_a_pipe_is_shown_as_it_comes(tmp_path):
    whole = capture(tmp_path / "a.pcap", [frame_of(INIT), frame_of(LIVENESS)]).read_bytes()
    first = 24 + 16 + len(frame_of(INIT))
    with subprocess.Popen([IKEVET, "decode", "-", "--flush"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shown:
        shown.stdin.write(whole[:first])
        shown.stdin.flush()
        assert b"IKE_SA_INIT" in shown.stdout.readline()  # before the rest is written
        shown.stdin.write(whole[first:])
        shown.stdin.close()
        assert b"INFORMATIONAL" in shown.stdout.read()


def test_ike_and_esp_in_tcp_are_put_together(ikevet, tmp_path):
    def framed(payload):
        return struct.pack(">H", 2 + len(payload)) + payload

    stream = b"IKETCP" + framed(bytes(4) + INIT) + framed(bytes(4) + LIVENESS) + framed(
        struct.pack(">II", 0xC0FFEE01, 5) + bytes(40))
    answer = framed(bytes(4) + COOKIE)
    pieces = [(stream[a:b], 1000 + a) for a, b in ((0, 20), (20, 60), (60, len(stream)))]
    frames = [segment(b"", 999, flags=0x02)]
    frames += [segment(*pieces[0]), segment(*pieces[2]), segment(*pieces[1]), segment(*pieces[1])]
    frames += [segment(answer, 5000, source=4500, destination=33000)]
    shown = packets(ikevet, capture(tmp_path / "a.pcap", frames))
    inside = [one for one in shown if one.get("tcp")]
    assert [one["kind"] for one in inside] == ["IKE", "IKE", "ESP in TCP", "IKE"]
    assert [one["frame"] for one in inside] == [4, 4, 4, 6]  # where the missing piece came
    assert inside[2]["esp"]["spi"] == "c0ffee01"
    assert inside[3]["message"]["answers"] == 4
    # The stream without its beginning, and on another port.
    late = [segment(framed(bytes(4) + LIVENESS), 9000, destination=443)]
    assert packets(ikevet, capture(tmp_path / "b.pcap", late))[0]["message"]["message_id"] == 7
    web = [segment(b"GET / HTTP/1.1\r\n", 1, destination=443), segment(framed(bytes(4) + INIT), 17, destination=443)]
    assert {one["kind"] for one in packets(ikevet, capture(tmp_path / "c.pcap", web))} == {"TCP"}


def test_translated_ports_are_recognised_by_content(ikevet, tmp_path):
    esp = struct.pack(">II", 0xC0FFEE02, 1) + bytes(40)
    frames = [frame_of(bytes(4) + INIT, 10500, 14500), frame_of(esp, 10500, 14500), frame_of(b"\xff", 10500, 14500),
              frame_of(esp, 1, 2)]
    assert [one["kind"] for one in packets(ikevet, capture(tmp_path / "a.pcap", frames))] == [
        "IKE", "ESP in UDP", "NAT keepalive", "other UDP"]


def test_ikev1_is_shown_to_its_payloads_and_counted(ikevet, tmp_path):
    transform = bytes.fromhex("00000010 01010000 80010007 80020002")
    proposal = bytes.fromhex("00000018 01010001") + transform
    sa = struct.pack(">BBHII", 13, 0, 12 + len(proposal), 1, 1) + proposal
    vid = bytes.fromhex("00000014 4a131c81070358455c5728f20e95452f")
    body = sa + vid
    main_mode = struct.pack(">QQBBBBII", 1, 0, 1, 0x10, 2, 0, 0, 28 + len(body)) + body
    quick_mode = struct.pack(">QQBBBBII", 1, 2, 8, 0x10, 32, 1, 0x7A1C0E55, 60) + bytes(32)
    shown = packets(ikevet, capture(tmp_path / "a.pcap", [frame_of(main_mode), frame_of(quick_mode)]))
    assert shown[0]["ikev1"]["text"] == ("Identity Protection (main mode) HDR(0000000000000001, 0000000000000000, "
                                         "ID=00000000), SA, VID")
    assert shown[1]["ikev1"]["text"].endswith("ID=7a1c0e55) {32 octets}") and "HDR*(" in shown[1]["ikev1"]["text"]
    tree = ikevet("decode", "--tree", tmp_path / "a.pcap").out
    assert "Encryption Algorithm (1)" in tree and "not IKE: 2 IKEv1" in tree


def test_a_snapshot_length_that_cuts_is_said(ikevet, tmp_path):
    whole = frame_of(LIVENESS + bytes(100))
    cut = capture(tmp_path / "a.pcap", [(whole[:60], len(whole)), (whole[:24], len(whole))])
    shown = ikevet("decode", cut)
    assert shown.code == 0 and "cut off in the capture" in shown.out and "UDP header cut off" in shown.out


# ------------------------------------------------------------------------------------------------------------------ views

def test_filters_show_what_was_asked_for(ikevet, tmp_path):
    file = capture(tmp_path / "a.pcap", [frame_of(INIT), frame_of(COOKIE), frame_of(LIVENESS), frame_of(b"x")])

    def frames(*arguments):
        return [one["frame"] for one in packets(ikevet, file, *arguments)]

    assert frames("--sa", "1112131415161718") == [3]
    assert frames("--sa", "0102030405060708") == [1, 2, 3]
    assert frames("--exchange", "informational") == [3]
    assert frames("--exchange", "IKE_SA_INIT", "--exchange", "37") == [1, 2, 3]
    assert frames("--notify", "COOKIE") == [2]
    assert frames("--from", "1", "--to", "2") == [2, 3]
    assert frames("--from", "2023-11-14T22:13:22") == [3, 4]
    assert frames("--ike-only") == [1, 2, 3]
    for wrong, what in (("--sa=12", "no SPI"), ("--exchange=IKE_AUT", "IKE_AUTH"), ("--from=noon", "no time")):
        done = ikevet("decode", file, wrong)
        assert done.code == 2 and what in done.err


def test_json_is_as_its_schema_says(ikevet, run):
    try:
        import jsonschema
    except ImportError:
        skip("python3-jsonschema is missing: tools/setup.sh --test installs it")
    schema = json.loads(ikevet("schema", "decode").out)
    folder = evidence(run, lambda keys: keys["child_sas"])
    shown = json.loads(ikevet("decode", folder / "capture.pcapng", "--json", "--hex").out)
    jsonschema.validate(shown, schema)
    if SHARED.exists():
        for file in ("tcpdump/isakmp4500.pcap", "ndpi/esp.pcapng"):
            jsonschema.validate(json.loads(ikevet("decode", SHARED / file, "--json").out), schema)


def test_memory_does_not_grow_with_the_capture(tmp_path):
    def peak(count):
        file = tmp_path / "big.pcap"
        with open(file, "wb") as out:
            out.write(struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
            for i in range(count):  # each of an SA of its own: nothing may be kept for all of them
                frame = frame_of(message(1 + i // 2, i // 2 if i % 2 else 0, 34, 0x20 if i % 2 else 8, 0))
                out.write(struct.pack(">IIII", i, 0, len(frame), len(frame)) + frame)
        with open(os.devnull, "w") as nothing:
            pid = subprocess.Popen([IKEVET, "decode", str(file)], stdout=nothing).pid
            return os.wait4(pid, 0)[2].ru_maxrss

    assert peak(100_000) < peak(10_000) + 2048  # KiB


# ------------------------------------------------------------------------------------------------------------------- keys

def closed(ikevet, folder, *arguments):
    shown = json.loads(ikevet("decode", "--json", "--no-key-search", folder / "capture.pcapng", *arguments).out)
    esp = [one["esp"] for one in shown["packets"] if "esp" in one]
    return shown["summary"]["not_decrypted"], sum("not_decrypted" in one for one in esp), len(esp)


def test_child_keys_are_derived_where_sk_d_is_known(ikevet, run, tmp_path):
    folder = evidence(run, lambda keys: keys["ike_sas"] and keys["child_sas"])
    keys = read_json(folder / "keys.json")
    assert closed(ikevet, folder, "--keys", folder / "keys.json")[:2] == (0, 0)
    keys["child_sas"] = []
    (tmp_path / "k.json").write_text(json.dumps(keys))
    messages, packets_closed, _ = closed(ikevet, folder, "--keys", tmp_path / "k.json")
    assert messages == 0
    groups = json.dumps(read_json(folder / "keys.json")["child_sas"])
    if '"ke": "NONE"' in groups or '"group"' not in groups:
        assert packets_closed == 0


def strongswan_log(keys):
    """The same secrets as charon writes them with ike = 4: no SPI beside them."""
    out = ["00[DMN] Starting IKE charon daemon"]
    for sa in keys["ike_sas"]:
        for name in ("d", "ai", "ar", "ei", "er", "pi", "pr"):
            octets = bytes.fromhex(secret(sa, name))
            if not octets:
                continue
            out.append(f"05[IKE] Sk_{name} secret => {len(octets)} bytes @ 0x7f2b44004b90")
            for at in range(0, len(octets), 16):
                row = octets[at:at + 16]
                text = "".join(chr(c) if 32 <= c < 127 else "." for c in row)
                out.append(f"05[IKE] {at:4}: " + "".join(f"{c:02X} " for c in row) + " " * (3 * (16 - len(row))) + " " + text)
    return "\n".join(out) + "\n"


def openiked_log(keys):
    out = []
    for sa in keys["ike_sas"]:
        for name in ("d", "ai", "ar", "ei", "er", "pi", "pr"):
            text = secret(sa, name)
            out.append(f"ikev2_sa_keys: SK_{name} with {len(text) // 2} bytes")
            out += [" ".join(text[i:i + 8] for i in range(at, min(at + 64, len(text)), 8)) for at in range(0, len(text), 64)]
    return "\n".join(out) + "\n"


def secret(sa, name):
    for holder in (sa, sa.get("keys", {})):
        for key in (name, f"sk_{name}", f"SK_{name}"):
            if key in holder:
                return holder[key]
    return ""


@pytest.mark.parametrize("log", [strongswan_log, openiked_log])
def test_a_daemons_debug_log_opens_the_capture(ikevet, run, tmp_path, log):
    folder = evidence(run, lambda keys: len(keys["ike_sas"]) >= 1)
    file = tmp_path / "daemon.log"
    file.write_text(log(read_json(folder / "keys.json")))
    assert closed(ikevet, folder)[0] > 0
    assert closed(ikevet, folder, "--keys", file)[0] == 0


def test_keys_that_do_not_fit_are_named_by_sa(ikevet, run, tmp_path):
    one, other = sorted(run.rglob("keys.json"))[:2]
    done = ikevet("decode", "--no-key-search", one.parent / "capture.pcapng", "--keys", other)
    spi = read_json(one)["ike_sas"][0]["spi_i"]
    assert re.search(rf"IKE SA {spi}/[0-9a-f]{{16}}: (no SK_ei|the keys do not fit)", done.err), done.err


# ------------------------------------------------------------------------------------------------------------------ grade

def test_grade_says_what_each_verdict_rests_on(ikevet, run):
    folder = evidence(run, lambda keys: keys["ike_sas"])
    open_ = ikevet("grade", folder / "capture.pcapng", "--all")
    assert re.search(r"(\d+) rules observed, \d+ inferred, \d+ not observable", open_.out), open_
    assert re.search(r"^  pass +observed +\S+  frames \d+", open_.out, re.M)
    bare = folder.parent / "bare.pcapng"
    bare.write_bytes((folder / "capture.pcapng").read_bytes())
    # Beside it no keys lie, so that what needs them is not observable and nothing of it passes.
    target = Path(str(folder) + "-bare.pcapng")
    target.write_bytes(bare.read_bytes())
    closed_ = ikevet("grade", target, "--all", "--json")
    rules = json.loads(closed_.out)
    text = json.dumps(rules)
    assert "not-observable" in text and "inferred" in text
    observed = int(re.search(r"(\d+) rules observed", open_.out).group(1))
    fewer = int(re.search(r"(\d+) rules observed", ikevet("grade", target).out).group(1))
    assert fewer < observed


def test_each_side_of_a_capture_is_graded_and_one_may_be_picked(ikevet, run):
    folder = evidence(run, lambda keys: keys["ike_sas"])
    both = json.loads(ikevet("grade", folder / "capture.pcapng", "--json").out)["scenarios"]
    assert len(both) == 2
    one = json.loads(ikevet("grade", folder / "capture.pcapng", "--json", "--side", both[1]["scenario"]).out)["scenarios"]
    assert [side["scenario"] for side in one] == [both[1]["scenario"]]


# --------------------------------------------------------------------------------------------------------- an interface

def test_capture_shows_and_keeps_what_passes(ikevet, tmp_path):
    if os.geteuid() != 0:
        skip("capturing takes root")
    import socket
    with subprocess.Popen([IKEVET, "capture", "lo", "--filter", "udp port 45017", "--count", "2", "--out",
                           str(tmp_path / "a.pcapng")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as shown:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            end = time.monotonic() + 60
            while shown.poll() is None and time.monotonic() < end:  # until the capture has begun
                sender.sendto(INIT, ("127.0.0.1", 45017))
                try:
                    shown.wait(0.2)
                except subprocess.TimeoutExpired:
                    continue
        out = shown.stdout.read()
        assert shown.returncode == 0, shown.stderr.read()
    assert out.count("IKE_SA_INIT HDR(0102030405060708") == 2 and "2 frames: 2 with IKE" in out
    assert len(packets(ikevet, tmp_path / "a.pcapng")) == 2
    wrong = ikevet("capture", "no-such-interface")
    assert wrong.code == 2 and "no such interface" in wrong.err.lower()


# ------------------------------------------------------------------------------------------- what others say of captures

def tcpdump_exchanges(text):
    """[(frame, initiator or responder, exchange)] of lines such as "phase 1 I ident[E]", "parent_sa ikev2_init[I]"."""
    out, frame = [], 0
    names = {"ident": "Identity Protection (main mode)", "oakley-quick": "Quick Mode", "inf": "Informational",
             "agg": "Aggressive", "ikev2_init": "IKE_SA_INIT", "ikev2_auth": "IKE_AUTH", "inf2": "INFORMATIONAL",
             "child_sa": "CREATE_CHILD_SA"}
    for line in text.splitlines():
        begins = re.match(r" *(\d+)  \d{4}-", line)
        frame = int(begins.group(1)) if begins else frame
        found = re.search(r"isakmp.*?: (?:phase \S+ [IR]|parent_sa|child_sa)  ?(\w[\w-]*)", line)
        if found and found.group(1) in names:
            out.append((frame, names[found.group(1)]))
    return out


@pytest.mark.parametrize("name,capture_name", [("isakmp4", "isakmp4500.pcap"), ("ikev2four", "ikev2four.pcap"),
                                               ("ikev2pI2", "ikev2pI2.pcap"), ("isakmp5-v", "ISAKMP_sa_setup.pcap")])
def test_exchanges_are_those_that_tcpdump_names(ikevet, name, capture_name):
    folder = SHARED / "tcpdump"
    if not folder.exists():
        pytest.skip(f"SKIPPED: {folder} is not here")
    wanted = tcpdump_exchanges((folder / f"{name}.out").read_text(errors="replace"))
    assert wanted
    shown = {one["frame"]: (one.get("message") or one.get("ikev1") or {}).get("exchange")
             for one in packets(ikevet, folder / capture_name)}
    assert [(frame, shown.get(frame)) for frame, _ in wanted] == wanted


def test_values_are_those_of_tshark():
    """A part of what the benchmark proves over all captures."""
    from conftest import ROOT, need_program
    need_program("tshark", "it is what values are compared with")
    if not SHARED.exists():
        pytest.skip(f"SKIPPED: {SHARED} is not here")
    done = subprocess.run([str(ROOT / "tests/bench/bench_capture.py"), "--ikevet", IKEVET, "--captures",
                           str(SHARED / "wireshark"), "--only", "values"], text=True, capture_output=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# ------------------------------------------------------------------------------------------- from a capture to a scenario

def test_a_capture_becomes_a_scenario_that_plays(ikevet, run, tmp_path):
    folder = evidence(run, lambda keys: len(keys["ike_sas"]) >= 2)  # an IKE SA that was rekeyed
    done = ikevet("to-scenario", folder / "capture.pcapng", "--out", tmp_path / "again.json")
    assert done.code == 0, done
    written = read_json(tmp_path / "again.json")
    steps = [next(iter(step)) for step in written["steps"]]
    assert "establish" in steps and "rekey_ike" in steps
    played = ikevet("run", tmp_path / "again.json", "--out", tmp_path / "out")
    assert played.code == 0, played
    # Without keys what is inside cannot be known, and that is said.
    bare = tmp_path / "bare.pcapng"
    bare.write_bytes((folder / "capture.pcapng").read_bytes())
    closed_ = ikevet("to-scenario", bare)
    assert "is closed" in closed_.err and json.loads(closed_.out)["steps"]


def test_every_capture_of_a_peer_becomes_a_scenario(ikevet, tmp_path):
    folder = SHARED / "peers"
    if not folder.exists():
        pytest.skip(f"SKIPPED: {folder} is not here")
    for name in ("ss-ss-rekey", "ss-ss-dpd", "oi-ss-psk", "ss-ss-badpsk"):
        done = ikevet("to-scenario", folder / f"{name}.pcap", "--out", tmp_path / f"{name}.json")
        assert done.code == 0, done
    played = ikevet("run", *sorted(tmp_path.glob("*.json")), "--out", tmp_path / "out")
    assert played.code == 0, played


def test_shrink_leaves_the_least_that_fails(ikevet, tmp_path):
    scenario = {
        "id": "too-much", "title": "Asks for what the device does not do", "description": "Fails at one step of many.",
        "covers": ["rfc7296-1.2-responder-chooses"], "harness": "initiator", "needs": ["responder"],
        "steps": [{"establish": {}}, {"liveness": {}}, {"wait": "1s"}, {"liveness": {}},
                  {"check": "child_sas", "count": 3, "proves": "rfc7296-1.2-responder-chooses"}, {"liveness": {}}]}
    (tmp_path / "too-much.json").write_text(json.dumps(scenario))
    done = ikevet("shrink", tmp_path / "too-much.json", "--out", tmp_path / "small.json", timeout=300)
    assert done.code == 0, done
    steps = [next(iter(step)) for step in read_json(tmp_path / "small.json")["steps"]]
    assert "check" in steps and len(steps) <= 2
    # An expectation alone fails with every device: what the device answers belongs to the failure.
    scenario["control"] = "rfc7296/1.04-informational/liveness-check"
    unknown = [{"append": {"type": number, "body": "00"}} for number in (200, 201)]
    scenario["steps"][3:] = [{"send": "INFORMATIONAL", "what": "liveness", "mutate": unknown},
                             {"expect": "INFORMATIONAL", "payloads": [{"notify": "INVALID_SYNTAX"}]}]
    (tmp_path / "too-much.json").write_text(json.dumps(scenario))
    done = ikevet("shrink", tmp_path / "too-much.json", "--out", tmp_path / "small.json", timeout=300)
    assert done.code == 0, done
    left = read_json(tmp_path / "small.json")["steps"]
    assert [next(iter(step)) for step in left] == ["establish", "send", "expect"] and "mutate" not in left[1]
    scenario["steps"][3:] = [{"liveness": {}}]
    (tmp_path / "too-much.json").write_text(json.dumps(scenario))
    assert ikevet("shrink", tmp_path / "too-much.json", timeout=300).code == 5
