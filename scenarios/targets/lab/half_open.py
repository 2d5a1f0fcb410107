#!/usr/bin/python3
"""Sends IKE_SA_INIT requests that are never continued: each leaves one half-open IKE SA at the responder.

    half_open.py ADDRESS COUNT

Prints how many were answered with a key exchange and how many with a demand for a cookie.
"""

import secrets
import socket
import struct
import sys

PORT = 500
ANSWER_WITHIN = 1.0  # seconds

# Payload types, RFC 7296 section 3.2
SA, KE, NONCE, NOTIFY, NO_NEXT = 33, 34, 40, 41, 0
COOKIE = 16390
CURVE25519 = 31


def transform(last: bool, kind: int, number: int, attributes: bytes = b"") -> bytes:
    """RFC 7296 section 3.3.2."""
    return struct.pack(">BBHBBH", 0 if last else 3, 0, 8 + len(attributes), kind, 0, number) + attributes


def payload(following: int, body: bytes) -> bytes:
    """RFC 7296 section 3.2."""
    return struct.pack(">BBH", following, 0, 4 + len(body)) + body


def ike_sa_init() -> bytes:
    """HDR, SAi1, KEi, Ni with ENCR_AES_CBC-128, PRF_HMAC_SHA2_256, AUTH_HMAC_SHA2_256_128 and Curve25519."""
    key_length = struct.pack(">HH", 0x8000 | 14, 128)
    transforms = (transform(False, 1, 12, key_length) + transform(False, 2, 5) + transform(False, 3, 12) +
                  transform(True, 4, CURVE25519))
    proposal = struct.pack(">BBHBBBB", 0, 0, 8 + len(transforms), 1, 1, 0, 4) + transforms
    # Any 32 octets are a public value of Curve25519 (RFC 7748), and nobody will compute the shared secret on this side.
    payloads = (payload(KE, proposal) + payload(NONCE, struct.pack(">HH", CURVE25519, 0) + secrets.token_bytes(32)) +
                payload(NO_NEXT, secrets.token_bytes(32)))
    header = struct.pack(">8s8sBBBBII", secrets.token_bytes(8), bytes(8), SA, 0x20, 34, 0x08, 0, 28 + len(payloads))
    return header + payloads


def demands_cookie(answer: bytes) -> bool:
    return len(answer) >= 36 and answer[16] == NOTIFY and struct.unpack(">H", answer[34:36])[0] == COOKIE


def main(address: str, count: int) -> int:
    answered = cookies = 0
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(ANSWER_WITHIN)
        for _ in range(count):
            sock.sendto(ike_sa_init(), (address, PORT))
            try:
                answer = sock.recv(4096)
            except TimeoutError:
                continue
            cookies += demands_cookie(answer)
            answered += len(answer) > 28 and answer[16] == SA
    print(f"{count} requests: {answered} half-open IKE SAs, {cookies} demands for a cookie")
    return 0 if answered + cookies else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
