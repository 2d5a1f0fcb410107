#!/usr/bin/python3
"""Checks who includes whom.

Reads every #include line, and every use of the real clock and of the system's randomness, in the C++ sources of a tree
and compares them with the table below. Prints one line for each offence and exits with 1 if there is any.

    lint_includes.py [ROOT]        (default: the tree that this script is part of)
"""

import re
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

ENGINE_PURE = ["engine/base", "engine/wire", "engine/crypto", "engine/keys", "engine/eap", "engine/trace", "engine/esp",
               "engine/sa"]
ENGINE = ENGINE_PURE + ["engine/transport"]
EVERYTHING = ENGINE + ["scenarios", "pcap", "reports", "bindings", "tests"]

# ---------------------------------------------------------------------------------------------------------------------
# Folder -> what of ours it may include: folders, or a file without its ending. The longest folder that a file lies in
# counts; its own folder is always allowed.
# CONTRIBUTING.md shows the same table to people.
OURS = {
    "engine/base": [],
    "engine/wire": ["engine/base"],
    # suite.hpp turns transforms into objects: it knows their IANA numbers, and of wire nothing else.
    "engine/crypto": ["engine/base", "engine/wire/constants"],
    "engine/trace": ["engine/base", "engine/wire"],
    "engine/keys": ["engine/base", "engine/wire", "engine/crypto"],
    "engine/eap": ["engine/base", "engine/wire", "engine/crypto"],
    "engine/esp": ["engine/base", "engine/wire", "engine/crypto", "engine/keys", "engine/trace"],
    "engine/sa": ENGINE_PURE,
    "engine/transport": ["engine/base", "engine/esp", "engine/sa"],
    "scenarios": ENGINE,
    "pcap": ["engine/base", "engine/wire", "engine/crypto", "engine/keys", "engine/trace", "engine/esp"],
    "reports": ["engine/base", "engine/wire", "engine/trace", "scenarios/format"],
    "bindings": EVERYTHING,
    "tests": EVERYTHING,
}

# Library -> where it may be included. A place is a folder, or a file without its ending ("pcap/key_files").
LIBRARIES = {
    # The vocabulary types of engine/base, and text: everywhere.
    "absl/container": EVERYTHING,
    "absl/base": EVERYTHING,
    "absl/hash": EVERYTHING,
    "absl/types": EVERYTHING,
    "tl": EVERYTHING,
    "fmt": EVERYTHING,
    "openssl": ["engine/crypto", "engine/eap", "tests"],
    "asio": ["engine/transport", "bindings/cli", "tests"],
    "pcap": ["pcap"],
    "nlohmann": ["scenarios", "pcap/keys_json", "pcap/json_lines", "reports", "bindings", "tests"],
    "valijson": ["scenarios/format", "tests"],
    "pugixml": ["reports", "tests"],
    "kainjow": ["reports"],
    "zlib": ["reports", "pcap/input"],
    "spdlog": ["engine/transport", "scenarios/runner", "pcap", "bindings", "tests"],
    "CLI": ["bindings/cli", "tests"],
    "pybind11": ["bindings/python"],
    "catch2": ["tests"],
    "rapidcheck": ["tests"],
    "benchmark": ["tests/bench"],
}

# The operating system by way of the standard library: pattern of the header -> (where, what it gives).
SYSTEM_HEADERS = [
    (r"sys/socket\.h|sys/un\.h|netinet/.*|netdb\.h|net/if\.h|ifaddrs\.h|sys/epoll\.h|linux/.*",
     ["engine/transport", "bindings", "tests"], "sockets"),
    # A live capture waits on the descriptor that libpcap gives it.
    (r"poll\.h|sys/poll\.h", ["engine/transport", "pcap/live_capture", "pcap/interface_reader", "bindings", "tests"], "descriptors"),
    (r"fstream|filesystem|sys/stat\.h|fcntl\.h|dirent\.h",
     ["scenarios", "pcap", "reports", "bindings", "tests"], "files"),
    (r"thread|mutex|condition_variable|future|semaphore|latch|barrier|stop_token|pthread\.h",
     ["engine/transport", "scenarios/runner", "pcap", "bindings", "tests"], "threads"),
    (r"iostream", ["bindings", "tests"], "the terminal"),
]

# What may be called, not only included: pattern in code -> (where, what it is).
CALLS = [
    (r"\b(?:system_clock|steady_clock|high_resolution_clock|clock_gettime|gettimeofday)\b",
     ["engine/transport", "bindings", "tests"], "the real clock",
     "take an Instant as an argument"),
    (r"\b(?:random_device|getrandom|RAND_(?:priv_)?bytes)\b",
     ["engine/base/random", "tests"], "the system's randomness",
     "take a RandomSource as an argument"),
]
# ---------------------------------------------------------------------------------------------------------------------

SUFFIXES = {".hpp", ".cpp", ".h", ".cc", ".ipp"}
TOP_FOLDERS = ["engine", "scenarios", "pcap", "reports", "bindings", "tests"]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)


class Offence(NamedTuple):
    file: str
    line: int
    what: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}; {self.rule}; {self.remedy}"


def lies_in(path: str, place: str) -> bool:
    """Is `path` below the folder `place`, or the file (without its ending) of that name?"""
    return path.startswith(place + "/") or path.rsplit(".", 1)[0] == place


def allowed(path: str, places: list[str]) -> bool:
    return any(lies_in(path, place) for place in places)


def listed(places: list[str]) -> str:
    return ", ".join(places) if places else "nothing of ours"


def folder_of(path: str) -> str | None:
    """The row of the table that speaks for a file."""
    rows = [folder for folder in OURS if lies_in(path, folder)]
    return max(rows, key=len, default=None)


def library_of(header: str) -> str | None:
    names = [name for name in LIBRARIES if header.startswith(name + "/") or header.split(".", 1)[0] == name]
    return max(names, key=len, default=None)


def is_system_header(header: str) -> bool:
    """The standard library, libc and the kernel: <vector>, <unistd.h>, <sys/socket.h>, <linux/if_tun.h>."""
    return "/" not in header or re.match(r"(sys|net|netinet|arpa|linux|asm|bits)/", header) is not None


def check_ours(root: Path, path: str, line: int, header: str) -> Iterator[Offence]:
    row = folder_of(path)
    what = f'includes "{header}"'
    if not (root / header).is_file():
        yield Offence(path, line, what, "no such file from the root of the tree",
                      'write the path from the root, e.g. "engine/wire/message.hpp", and <...> for what is not ours')
    elif not allowed(header, [row, *OURS[row]]):
        yield Offence(path, line, what, f"{row} may include {listed(OURS[row])}",
                      "pass what is needed as an argument, or move the code to a folder that may know both")


def check_outside(path: str, line: int, header: str) -> Iterator[Offence]:
    what = f"includes <{header}>"
    library = library_of(header)
    if library is not None:
        if not allowed(path, LIBRARIES[library]):
            yield Offence(path, line, what, f"{library} is for {listed(LIBRARIES[library])} alone",
                          "go through the interface that one of these offers")
        return
    if header.split("/", 1)[0] in TOP_FOLDERS:
        yield Offence(path, line, what, "a header of ours between angle brackets", f'write #include "{header}"')
        return
    for pattern, places, gives in SYSTEM_HEADERS:
        if re.fullmatch(pattern, header):
            if not allowed(path, places):
                yield Offence(path, line, what, f"{gives} are for {listed(places)} alone" if gives.endswith("s")
                              else f"{gives} is for {listed(places)} alone",
                              "let the caller read or write, and pass the data")
            return
    if not is_system_header(header):
        yield Offence(path, line, what, "the library has no row in the table",
                      "add it to LIBRARIES in tests/lint/lint_includes.py, saying in the commit why it is needed")


def without_comments_and_strings(text: str) -> str:
    """The code alone, every line at its place."""
    return COMMENT_OR_STRING.sub(lambda match: "\n" * match.group().count("\n"), text)


def check_calls(path: str, text: str) -> Iterator[Offence]:
    for number, line in enumerate(without_comments_and_strings(text).splitlines(), 1):
        for pattern, places, what, remedy in CALLS:
            used = re.search(pattern, line)
            if used and not allowed(path, places):
                yield Offence(path, number, f"uses {used.group()}", f"{what} is for {listed(places)} alone", remedy)


def check_file(root: Path, path: str) -> Iterator[Offence]:
    if folder_of(path) is None:
        yield Offence(path, 1, "lies in a folder without a row in the table", "every folder says what it may include",
                      "add the folder to OURS in tests/lint/lint_includes.py and to CONTRIBUTING.md")
        return
    text = (root / path).read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if found and found[1] == '"':
            yield from check_ours(root, path, number, found[2])
        elif found:
            yield from check_outside(path, number, found[2])
    yield from check_calls(path, text)


def sources(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix()
                  for top in TOP_FOLDERS for path in (root / top).rglob("*")
                  if path.suffix in SUFFIXES and path.is_file())


def main(arguments: list[str]) -> int:
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2]
    files = sources(root)
    if not files:
        print(f"lint_includes: no C++ source below {root}", file=sys.stderr)
        return 2
    offences = [offence for path in files for offence in check_file(root, path)]
    for offence in offences:
        print(offence)
    print(f"lint_includes: {len(files)} files, {len(offences)} offences")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
