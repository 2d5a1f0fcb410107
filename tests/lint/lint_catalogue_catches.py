#!/usr/bin/python3
"""Shows that lint_catalogue.py finds each kind of offence: a small tree is made with one of each."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LINT = Path(__file__).with_name("lint_catalogue.py")
RFC = """
1.  Alpha

   A sender MUST do the first thing, and it is to do so in the order of the figure and not otherwise.

2.  Beta

   A receiver ignores the second thing.
"""


def requirement(id_: str, section: str, line: int, level: str, text: str = "Something that is asked for.") -> dict:
    return {"id": id_, "section": section, "line": line, "level": level, "text": text}


def run(requirements: list[dict], code: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for part in ("scenarios/requirements", "scenarios/suite", "engine", "rfc"):
            (root / part).mkdir(parents=True)
        (root / "scenarios/requirements/rfc1.json").write_text(json.dumps({"rfc": 1, "requirements": requirements}))
        (root / "engine/a.cpp").write_text(code)
        (root / "rfc/rfc1.txt").write_text(RFC)
        done = subprocess.run([sys.executable, str(LINT), str(root)], capture_output=True, text=True, check=False,
                              env={**os.environ, "IKEVET_RFC_DIR": str(root / "rfc")})
        lines = done.stdout.splitlines()[:-1]
        assert done.returncode == (1 if lines else 0), done
        return lines


CASES = [
    ("nothing", requirement("rfc1-1-a", "1", 4, "MUST"), '"rfc1-1-a"', ""),
    ("an id that is not in the catalogue", requirement("rfc1-1-a", "1", 4, "MUST"), '"rfc1-1-b"', "no requirement rfc1-1-b"),
    ("an empty line", requirement("rfc1-1-a", "1", 5, "MUST"), "", "line 5 of the RFC is empty"),
    ("another section", requirement("rfc1-2-a", "2", 4, "MUST"), "", "line 4 lies in section 1, not 2"),
    ("another level", requirement("rfc1-2-a", "2", 8, "SHOULD"), "", "no SHOULD in what begins on line 8"),
    ("the RFC's own words", requirement("rfc1-2-a", "2", 8, "stated", "Do so in the order of the figure and not otherwise, "
                                        "it is to do so in the order of the figure."), "", "taken from the RFC word for word"),
]


def main() -> int:
    failed = 0
    for name, entry, code, expected in CASES:
        found = run([entry], code)
        if bool(found) != bool(expected) or (expected and expected not in found[0]):
            print(f"{name}: wanted {expected!r}, found {found}")
            failed += 1
    print(f"{len(CASES) - failed} of {len(CASES)} cases right")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
