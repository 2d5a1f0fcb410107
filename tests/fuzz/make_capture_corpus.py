#!/usr/bin/python3
"""Writes the seeds of fuzz_capture and fuzz_key_files: make_capture_corpus.py CORPUS_FOLDER"""
import gzip
import pathlib
import struct
import sys


def udp(payload, source=500, destination=500):
    body = struct.pack(">HHHH", source, destination, 8 + len(payload), 0) + payload
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0) + bytes([192, 0, 2, 1, 192, 0, 2, 2]) + body


def fragment(whole, offset, size, more):
    piece = whole[20 + offset:20 + offset + size]
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(piece), 7, offset // 8 | (0x2000 if more else 0), 64, 17,
                       0) + whole[12:20] + piece


def segment(data, sequence):
    body = struct.pack(">HHIIBBHHH", 33000, 4500, sequence, 0, 0x50, 0x18, 1000, 0, 0) + data
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, 6, 0) + bytes([192, 0, 2, 1, 192, 0, 2, 2]) + body


def pcap(frames, link=101):
    out = struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)
    for i, frame in enumerate(frames):
        out += struct.pack(">IIII", i, 0, len(frame), len(frame)) + frame
    return out


def pcapng(frames, link=1):
    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", link, 0, 0))
    for i, frame in enumerate(frames):
        out += block(6, struct.pack("<IIIII", 0, 0, i, len(frame), len(frame)) + frame)
    return out


def main():
    init = struct.pack(">QQBBBBII", 1, 0, 41, 0x20, 34, 8, 0, 40) + bytes.fromhex("0000000c0000400601020304")
    body = bytes.fromhex("0d000034 00000001 00000001 00000028 01010001 00000020 01010000 80010007 800e0100 80020002"
                         "80030001 8004000e 00000014 4a131c81070358455c5728f20e95452f")
    ikev1 = struct.pack(">QQBBBBII", 1, 0, 1, 0x10, 2, 0, 0, 28 + len(body)) + body
    esp = struct.pack(">II", 0xC0FFEE01, 1) + bytes(40)
    whole = udp(init + bytes(80))
    stream = b"IKETCP" + struct.pack(">H", 2 + 4 + len(init)) + bytes(4) + init + struct.pack(">H", 2 + len(esp)) + esp
    frames = [udp(init), udp(bytes(4) + init, 4500, 4500), udp(esp, 4500, 4500), udp(b"\xff", 4500, 4500),
              udp(bytes(4) + init, 10500, 14500), udp(esp, 14500, 10500), udp(ikev1),
              fragment(whole, 0, 64, True), fragment(whole, 64, len(whole), False),
              segment(stream[:20], 1), segment(stream[40:], 41), segment(stream[20:40], 21)]
    ethernet = bytes(12) + bytes.fromhex("88a80064810000050800")
    root = pathlib.Path(sys.argv[1])
    captures = {"raw.pcap": pcap(frames), "ethernet.pcapng": pcapng([ethernet + one for one in frames]),
                "sll.pcap": pcap([bytes(14) + b"\x08\x00" + one for one in frames], 113),
                "sll2.pcap": pcap([b"\x08\x00" + bytes(18) + one for one in frames], 276),
                "null.pcap": pcap([b"\x02\x00\x00\x00" + one for one in frames], 0),
                "packed.pcap.gz": gzip.compress(pcap(frames), mtime=0), "bare.bin": init, "ikev1.bin": ikev1,
                "cut.pcap": pcap(frames)[:-9]}
    key = "00" * 32
    texts = {
        "ikev2_decryption_table": f'0102030405060708,1112131415161718,{key},{key},"AES-CBC-256 [RFC3602]",{key},{key},'
                                  '"HMAC_SHA2_256_128 [RFC4868]"\n',
        "esp_sa": f'"IPv4","192.0.2.1","192.0.2.2","0xc0ffee01","AES-CBC [RFC3602]","0x{key}",'
                  f'"HMAC-SHA-256-128 [RFC4868]","0x{key}"\n',
        "charon.log": "05[IKE] Sk_ei secret => 16 bytes @ 0x7f\n05[IKE]    0: " + "1A " * 16 + " ................\n"
                      "05[IKE] Sk_er secret => 16 bytes @ 0x7f\n05[IKE]    0: " + "2B " * 16 + " ................\n"
                      "05[CHD] encryption initiator key => 4 bytes @ 0x7f\n05[CHD]    0: 01 02 03 04  ....\n",
        "iked.log": "spi=0xd66f: ikev2_sa_keys: DHSECRET with 16 bytes\n01020304 05060708 01020304 05060708\n"
                    "ikev2_sa_keys: SK_ei with 8 bytes\n01020304 05060708\nikev2_sa_keys: SK_er with 8 bytes\n"
                    "01020304 05060708\n",
        "pluto.log": "| our  keymat\n|   01 02 03 04  05 06 07 08   09 0a 0b 0c  0d 0e 0f 10\n| peer keymat\n|   01 02\n",
        "plain.txt": f"SK_ei: {key}\nSK_er={key}\nDH_SECRET: {key}\n",
        "keys.json": '{"format":"ikevet-keys","version":1,"ike_sas":[],"child_sas":[]}\n',
    }
    for folder, files in (("capture", captures), ("key_files", {k: v.encode() for k, v in texts.items()})):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for name, octets in files.items():
            (root / folder / name).write_bytes(octets)


if __name__ == "__main__":
    main()
