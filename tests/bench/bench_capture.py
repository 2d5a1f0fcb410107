#!/usr/bin/python3
"""ikevet decode and grade beside tshark and tcpdump, as ratios of one run.

First it proves that the decoded values are those of tshark, on every capture of a folder; only then is anything
measured. Prints what each program took and the ratio that the project promises; exit code 1 when a value differs or a
promised ratio is missed.

  tests/bench/bench_capture.py --ikevet build/release/bin/ikevet --captures FOLDER [--packets 100000] [--rounds 3]
"""
import argparse
import collections
import json
import os
import pathlib
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time

# What is compared: tshark's field, where it stands in our tree (names of the nodes from the payload down), and how a
# value is written. Of both IKEv1 and IKEv2 where the name is the same in both.
HEX, NUM, ADDR = "hex", "num", "addr"
FIELDS = [
    ("isakmp.ispi", HEX, ["HDR/IKE SA Initiator's SPI", "HDR/Initiator Cookie"]),
    ("isakmp.rspi", HEX, ["HDR/IKE SA Responder's SPI", "HDR/Responder Cookie"]),
    ("isakmp.exchangetype", NUM, ["HDR/Exchange Type"]),
    ("isakmp.messageid", NUM, ["HDR/Message ID"]),
    ("isakmp.length", NUM, ["HDR/Length"]),
    ("isakmp.prop.number", NUM, ["SA/Proposal/Proposal Num", "SA/P/Proposal #"]),
    ("isakmp.prop.protoid", NUM, ["SA/Proposal/Protocol ID", "SA/P/Protocol-Id"]),
    ("isakmp.prop.transforms", NUM, ["SA/Proposal/Num Transforms", "SA/P/# of Transforms"]),
    ("isakmp.tf.type", NUM, ["SA/Proposal/Transform/Transform Type"]),
    ("isakmp.ike2.attr.key_length", NUM, ["SA/Proposal/Transform/Attribute/Attribute Value"]),
    ("isakmp.key_exchange.dh_group", NUM, ["KE/Diffie-Hellman Group Num"]),
    ("isakmp.key_exchange.data", HEX, ["KE/Key Exchange Data"]),
    ("isakmp.nonce", HEX, ["Nonce/Nonce Data", "NONCE/Nonce Data"]),
    ("isakmp.notify.msgtype", NUM, ["Notify/Notify Message Type", "N/Notify Message Type"]),
    ("isakmp.notify.protoid", NUM, ["Notify/Protocol ID", "N/Protocol-ID"]),
    ("isakmp.id.type", NUM, ["IDi/ID Type", "IDr/ID Type", "ID/ID Type"]),
    ("isakmp.auth.method", NUM, ["AUTH/Auth Method"]),
    ("isakmp.auth.data", HEX, ["AUTH/Authentication Data"]),
    ("isakmp.cert.encoding", NUM, ["CERT/Cert Encoding"]),
    ("isakmp.certreq.type", NUM, ["CERTREQ/Cert Encoding", "CR/Cert. Type"]),
    ("isakmp.vid_bytes", HEX, ["VendorId/Vendor ID (VID)", "VID/Vendor ID (VID)"]),
    ("isakmp.ts.number", NUM, ["TSi/Number of TSs", "TSr/Number of TSs"]),
    ("isakmp.ts.type", NUM, ["TSi/Traffic Selector/TS Type", "TSr/Traffic Selector/TS Type"]),
    ("isakmp.ts.protoid", NUM, ["TSi/Traffic Selector/IP Protocol ID", "TSr/Traffic Selector/IP Protocol ID"]),
    ("isakmp.ts.start_port", NUM, ["TSi/Traffic Selector/Start Port", "TSr/Traffic Selector/Start Port"]),
    ("isakmp.ts.end_port", NUM, ["TSi/Traffic Selector/End Port", "TSr/Traffic Selector/End Port"]),
    ("isakmp.delete.protoid", NUM, ["Delete/Protocol ID", "D/Protocol ID", "D/Protocol-Id"]),
    ("isakmp.frag.number", NUM, ["SKF/Fragment Number"]),
    ("isakmp.frag.total", NUM, ["SKF/Total Fragments"]),
    ("eap.code", NUM, ["EAP/Code"]),
    ("eap.id", NUM, ["EAP/Identifier"]),
    ("eap.type", NUM, ["EAP/Type"]),
    ("esp.spi", HEX, None),
    ("esp.sequence", NUM, None),
]

# Differences that are meant, each with the reason: (capture, frame), and None for all of its frames. All of them are in
# captures that are broken on purpose.
ALONE = "the first fragment of an IP packet whose others are missing: tshark takes it for the whole"
BROKEN = "behind a length that cannot be, tshark stops and ikevet shows what is there"
TSHARK_DIFFERS = {
    ("ikev1_id_ipv6_addr_subnet-oobr.pcap", 1): ALONE,
    ("isakmp-ikev1_n_print-oobr.pcap", 1): ALONE,
    ("isakmp-ikev1_n_print-oobr.pcap", 3): ALONE,
    ("isakmp-various-oobr.pcap", 1): ALONE,
    ("isakmpv1-attr-oobr.pcap", 1): ALONE,
    ("ikev2pI2-segfault.pcapng", 1): BROKEN,
    ("isakmp-pointer-loop.pcap", 1): "a header of zeros, which tshark does not take for ISAKMP",
    ("isakmp-delete-segfault.pcap", 1): BROKEN,
}


def leaves(node, octets, path=()):
    """(path, octets, mask) of each leaf, in order; `path` without the root."""
    for child in node.get("fields", []):
        where = path + (child["name"],)
        if child.get("fields"):
            yield from leaves(child, octets, where)
        elif not child.get("fault", "").endswith(" left"):
            yield where, octets[child["offset"]:child["offset"] + child["size"]], child.get("mask", 0)


def our_values(packet):
    """{field: [values in order]} of one packet of `ikevet decode --json --hex`."""
    out = collections.defaultdict(list)
    by_path = {path: (field, kind) for field, kind, paths in FIELDS for path in paths or []}
    for one in (packet.get("message"), packet.get("ikev1")):
        if not one:
            continue
        parts = [(one["tree"], one["octets"])]
        if "inner_tree" in one:
            parts.append((one["inner_tree"], one["inner_octets"]))
        for tree, octets in parts:
            for path, value, mask in leaves(tree, bytes.fromhex(octets)):
                found = by_path.get("/".join(path))
                if found:
                    field, kind = found
                    out[field].append(value.hex() if kind == HEX else int.from_bytes(value, "big"))
    if "esp" in packet:
        out["esp.spi"].append(packet["esp"]["spi"])
        out["esp.sequence"].append(packet["esp"]["sequence_number"])
    return out


def tshark_value(kind, text):
    if kind == HEX:
        return text.replace(":", "").removeprefix("0x").lower()
    return int(text, 16) if text.startswith("0x") else int(text)


def esp_payloads_are_ours(field, ours, theirs):
    """tshark goes into what ESP carries, and shows ESP and UDP inside it once more."""
    return field.startswith("esp.") and theirs[:len(ours)] == ours


def differences(ikevet, capture, profile):
    shown = subprocess.run([ikevet, "decode", "--json", "--hex", str(capture)], stdout=subprocess.PIPE, check=False)
    ours = {}
    for packet in json.loads(shown.stdout)["packets"]:
        ours.setdefault(packet["frame"], collections.defaultdict(list))
        for field, values in our_values(packet).items():
            ours[packet["frame"]][field] += values
    command = ["tshark", "-r", str(capture), "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=;", "-e",
               "frame.number"]
    for field, _, _ in FIELDS:
        command += ["-e", field]
    lines = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True,
                           env=dict(os.environ, XDG_CONFIG_HOME=str(profile))).stdout.splitlines()
    out, compared = [], 0
    for line in lines:
        frame, *columns = line.split("\t")
        for (field, kind, _), text in zip(FIELDS, columns):
            theirs = [tshark_value(kind, one) for one in text.split(";")] if text else []
            mine = ours.get(int(frame), {}).get(field, [])
            compared += len(mine)
            if mine != theirs and not esp_payloads_are_ours(field, mine, theirs):
                out.append((capture.name, int(frame), field, mine, theirs))
    return out, compared


def key_tables(capture):
    """Wireshark's tables beside a capture: named after it, or for its folder."""
    found = {}
    for kind in ("ikev2_decryption_table", "esp_sa"):
        own = capture.with_suffix("." + kind)
        folder = capture.parent / kind
        if own.exists():
            found[kind] = own.read_text()
        elif folder.exists():
            found[kind] = folder.read_text()
    return found


def write_profile(where, tables):
    folder = pathlib.Path(where) / "wireshark"
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("ikev2_decryption_table", "esp_sa"):
        (folder / kind).write_text(tables.get(kind, ""))
    (folder / "preferences").write_text("esp.enable_encryption_decode: TRUE\nesp.enable_authentication_check: TRUE\n")


def prove_equal(ikevet, folder):
    captures = sorted(path for path in folder.rglob("*") if path.suffix in (".pcap", ".pcapng", ".cap"))
    different, compared = [], 0
    for capture in captures:
        with tempfile.TemporaryDirectory() as profile:
            write_profile(profile, key_tables(capture))
            found, values = differences(ikevet, capture, profile)
        different += found
        compared += values
    excused = [one for one in different if (one[0], one[1]) in TSHARK_DIFFERS or (one[0], None) in TSHARK_DIFFERS]
    different = [one for one in different if one not in excused]
    print(f"values: {compared} of {len(captures)} captures compared with tshark's, {len(different)} differ, "
          f"{len(excused)} for reasons that the program lists")
    for name, frame, field, mine, theirs in different[:20]:
        print(f"  {name} frame {frame} {field}: ikevet {mine}, tshark {theirs}")
    return not different


# ------------------------------------------------------------------------------------------------------- measuring

def pcap_frames(capture):
    """(link type, [records]) of a capture, through editcap where it is no classic pcap."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as plain:
        subprocess.run(["editcap", "-F", "pcap", str(capture), plain.name], check=True, stderr=subprocess.DEVNULL)
        data = pathlib.Path(plain.name).read_bytes()
    end = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    link = struct.unpack(end + "I", data[20:24])[0]
    at, out = 24, []
    while at + 16 <= len(data):
        seconds, fraction, kept, length = struct.unpack(end + "IIII", data[at:at + 16])
        out.append((seconds, fraction, length, data[at + 16:at + 16 + kept]))
        at += 16 + kept
    return link, out


def repeated(captures, packets, path):
    """A pcap of `packets` frames: those of the captures (Ethernet) again and again, each a millisecond later."""
    frames = []
    for capture in captures:
        link, found = pcap_frames(capture)
        if link == 1:
            frames += found
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for i in range(packets):
            _, _, length, octets = frames[i % len(frames)]
            out.write(struct.pack("<IIII", 1700000000 + i // 1000, i % 1000 * 1000, len(octets), length) + octets)
    return path


def measure(command, rounds, env=None):
    """(CPU seconds, the least of the rounds; peak memory in KiB)."""
    best, peak = None, 0
    for _ in range(rounds):
        with open(os.devnull, "w") as nothing:
            pid = subprocess.Popen(command, stdout=nothing, stderr=nothing, env=env).pid
            _, status, used = os.wait4(pid, 0)
        if os.waitstatus_to_exitcode(status) not in (0, 1, 6):  # verdicts have exit codes of their own
            sys.exit(f"{' '.join(map(str, command))} failed")
        seconds = used.ru_utime + used.ru_stime
        best = seconds if best is None else min(best, seconds)
        peak = max(peak, used.ru_maxrss)
    return best, peak


def row(what, ours, theirs, wanted):
    """CPU time beside CPU time: what else runs on the machine does not count."""
    ratio = theirs[0] / ours[0]
    ok = ratio >= wanted
    print(f"{what:34} ikevet {ours[0]:8.3f} s {ours[1] / 1024:7.1f} MiB   anchor {theirs[0]:8.3f} s "
          f"{theirs[1] / 1024:7.1f} MiB   {ratio:6.1f} x (at least {wanted}) {'ok' if ok else 'MISSED'}")
    return ok


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ikevet", default="build/release/bin/ikevet")
    parser.add_argument("--captures", type=pathlib.Path, required=True)
    parser.add_argument("--packets", type=int, default=50000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("values", "speed"))
    options = parser.parse_args()
    for program in ("tshark", "tcpdump", "editcap"):
        if not shutil.which(program):
            sys.exit(f"{program} is not installed; tools/setup.sh installs it")
    good = True
    if options.only != "speed":
        good = prove_equal(options.ikevet, options.captures)
    if options.only == "values":
        return 0 if good else 1

    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        mixed = repeated([options.captures / "wireshark/ipsec.cap", options.captures / "ndpi/ipsec_isakmp_esp.pcap"],
                         options.packets, work / "mixed.pcap")
        keyed_captures = sorted(path for path in (options.captures / "peers").glob("*.pcap") if key_tables(path))
        keyed = repeated(keyed_captures, options.packets, work / "keyed.pcap")
        tables = collections.defaultdict(str)
        for capture in keyed_captures:
            for kind, text in key_tables(capture).items():
                tables[kind] += text
        write_profile(work / "config", tables)
        write_profile(work / "bare", {})
        for kind, text in tables.items():
            (work / kind).write_text(text)
        bare = dict(os.environ, XDG_CONFIG_HOME=str(work / "bare"))
        with_keys = dict(os.environ, XDG_CONFIG_HOME=str(work / "config"))
        decode = [options.ikevet, "decode", "--no-key-search", str(mixed)]
        tshark = ["tshark", "-n", "-r", str(mixed)]
        print(f"{options.packets} packets, CPU seconds (least of {options.rounds} rounds) and peak memory")

        verbose = measure(tshark + ["-V"], 1, bare)
        tree = measure(decode + ["--tree"], options.rounds)
        good &= row("all fields / tshark -V", tree, verbose, 20)
        good &= row("JSON / tshark -T json", measure(decode + ["--json"], options.rounds),
                    measure(tshark + ["-T", "json"], 1, bare), 15)
        good &= row("a line a packet / tcpdump -v", measure(decode, options.rounds),
                    measure(["tcpdump", "-n", "-v", "-r", str(mixed)], options.rounds), 4)
        fields = ["-T", "fields"]
        for field, _, _ in FIELDS:
            fields += ["-e", field]
        grade = [options.ikevet, "grade", str(keyed)]
        for kind in tables:
            grade += ["--keys", str(work / kind)]
        good &= row("decrypt and grade / tshark fields", measure(grade, 1),
                    measure(["tshark", "-n", "-r", str(keyed)] + fields, 1, with_keys), 8)
        small = options.captures / "other/ike-sa-init-req.bin"
        start = []
        for _ in range(20):
            began = time.perf_counter()
            subprocess.run([options.ikevet, "decode", str(small)], stdout=subprocess.DEVNULL, check=True)
            start.append(time.perf_counter() - began)
        print(f"start-up: {min(start) * 1000:.1f} ms (under 20)")
        good &= min(start) < 0.020
        share = verbose[1] / tree[1]
        print(f"memory: {tree[1] / 1024:.1f} MiB, tshark {verbose[1] / 1024:.1f} MiB: 1/{share:.1f} (at most 1/8)")
        good &= share >= 8
    return 0 if good else 1


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
