#!/usr/bin/python3
"""Shows that coverage.py --check finds each kind of fault: a small tree is made with one of each."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

TOOL = Path(__file__).with_name("coverage.py")
REQUIREMENT = "rfc1-1-a"
LISTED = [{"id": "A-1", "group": "alpha"}, {"id": "A-2", "group": "alpha"}]
MAPPED = {"A-1": [REQUIREMENT], "A-2": "not in scope"}


def run(root: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, str(TOOL), *arguments, str(root)], capture_output=True, text=True, check=False,
                          env={**os.environ, "IKEVET_PURPOSES": str(root / "purposes.json")})
    assert done.returncode in (0, 1) and not done.stderr, done
    return done.returncode, done.stdout


def make(root: Path, mapped: dict, covers: object, listed: list[dict]) -> None:
    for part in ("scenarios/requirements", "scenarios/suite", "tests/lint", "docs", "reports"):
        (root / part).mkdir(parents=True, exist_ok=True)
    (root / "scenarios/requirements/rfc1.json").write_text(json.dumps({"rfc": 1, "requirements": [{"id": REQUIREMENT}]}))
    (root / "scenarios/suite/one.json").write_text(json.dumps(
        {"covers": covers, "matrix": {"letter": ["a", "b"], "fault": {"from": "../axis.json", "only": ["x"]}}}))
    (root / "scenarios/axis.json").write_text(json.dumps([{"id": "x", "covers": [REQUIREMENT]}, {"id": "y", "covers": ["rfc1-1-z"]}]))
    (root / "tests/lint/purposes.json").write_text(json.dumps({"groups": {"alpha": mapped}}))
    (root / "purposes.json").write_text(json.dumps(listed))


# What is changed once the document was written, and what the check says then.
CASES = [
    ("nothing", MAPPED, [REQUIREMENT], LISTED, ""),
    ("a requirement by an axis of the matrix", MAPPED, ["rfc1-1-${letter}"], LISTED, ""),
    ("requirements by a file of values", MAPPED, "${fault.covers}", LISTED, ""),
    ("another axis", MAPPED, ["rfc1-2-${letter}"], LISTED, "not up to date"),
    ("a scenario that covers less", MAPPED, [], LISTED, "not up to date"),
    ("another reason", {**MAPPED, "A-2": "obsolete"}, [REQUIREMENT], LISTED, "not up to date"),
    ("a requirement that is gone", {**MAPPED, "A-1": ["rfc1-1-b"]}, [REQUIREMENT], LISTED, "no requirement rfc1-1-b"),
    ("a purpose that is not mapped", {"A-1": [REQUIREMENT]}, [REQUIREMENT], LISTED, "A-2 (alpha) is not mapped"),
    ("a purpose that is in no list", MAPPED, [REQUIREMENT], LISTED[:1], "A-2 is in no list"),
    ("neither requirements nor a reason", {**MAPPED, "A-2": []}, [REQUIREMENT], LISTED, "neither requirements nor a reason"),
]


def main() -> int:
    failed = 0
    for name, mapped, covers, listed, expected in CASES:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            make(root, MAPPED, [REQUIREMENT], LISTED)
            assert run(root)[0] == 0
            make(root, mapped, covers, listed)
            status, out = run(root, "--check")
            if status != (1 if expected else 0) or expected not in out:
                print(f"{name}: wanted {expected!r}, found {status} {out}")
                failed += 1
    print(f"{len(CASES) - failed} of {len(CASES)} cases right")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
