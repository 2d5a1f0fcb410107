#!/usr/bin/python3
"""Shows that lint_sentences.py finds each kind of gap in a small tree, and one in the real catalogue."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LINT = Path(__file__).with_name("lint_sentences.py")
ROOT = Path(__file__).parents[2]
RFC = """
1.  Alpha

   A sender MUST do the first thing.  It MAY do
   the second (i.e., another) thing, but a receiver SHOULD
NOT rely on it.  Nothing is asked here.

Author                       Standards Track                    [Page 1]
\f
RFC 7296                        A Small One                     May 2026


2.  Beta

   o  A receiver is REQUIRED to ignore the third thing; The fourth is
      OPTIONAL.

   o  What an author SHOULD write.

3.  Gamma

   It MUST be so.
"""
WHOLE = [(4, "MUST"), (4, "MAY"), (5, "SHOULD NOT"), (15, "MUST"), (15, "MAY")]
DATA = {"apart": {"3": "a reason"}, "exempt": {"18": "a reason"}}


def run(root: Path, texts: Path) -> tuple[int, list[str]]:
    done = subprocess.run([sys.executable, str(LINT), str(root)], capture_output=True, text=True, check=False,
                          env={**os.environ, "IKEVET_RFC_DIR": str(texts)})
    assert done.returncode in (0, 1) and not done.stderr, done
    return done.returncode, done.stdout.splitlines()


def small(entries: list[tuple[int, str]], data: dict) -> tuple[int, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for part in ("scenarios/requirements", "tests/lint", "rfc"):
            (root / part).mkdir(parents=True)
        requirements = [{"id": f"rfc7296-1-{n}", "section": "1", "line": line, "level": level}
                        for n, (line, level) in enumerate(entries)]
        (root / "scenarios/requirements/rfc7296.json").write_text(json.dumps({"rfc": 7296, "requirements": requirements}))
        (root / "tests/lint/sentences.json").write_text(json.dumps({"7296": data}))
        (root / "rfc/rfc7296.txt").write_text(RFC)
        return run(root, root / "rfc")


def without(index: int) -> list[tuple[int, str]]:
    return WHOLE[:index] + WHOLE[index + 1:]


CASES = [
    ("nothing", WHOLE, DATA, ""),
    ("the first sentence", without(0), DATA, "§1 line 4: no MUST entry"),
    ("one of two key words of a sentence", without(1), DATA, "§1 line 4: no MAY entry"),
    ("a key word over a line break", without(2), DATA, "§1 line 4: no SHOULD NOT entry"),
    ("REQUIRED, after a page break", without(3), DATA, "§2 line 15: no MUST entry"),
    ("another level", [*without(3), (15, "SHOULD")], DATA, "§2 line 15: no MUST entry"),
    ("a sentence that is no longer exempt", WHOLE, {"apart": DATA["apart"]}, "§2 line 18: no SHOULD entry"),
    ("a section that is no longer apart", WHOLE, {"exempt": DATA["exempt"]}, "§3 line 22: no MUST entry"),
    ("a sentence that another entry covers too", without(3), {**DATA, "also": {"rfc7296-1-0": [15]}}, ""),
    ("a line that is no sentence", WHOLE, {**DATA, "also": {"rfc7296-1-0": [16]}}, "no sentence with a key word begins on line 16"),
    ("an entry that is gone", WHOLE, {**DATA, "also": {"rfc7296-1-9": [15]}}, "no requirement rfc7296-1-9"),
]


def one_entry_removed() -> str:
    """Takes each of a few entries out of the real catalogue: the lint has to fail every time."""
    texts = Path(os.environ.get("IKEVET_RFC_DIR", ROOT.parent / "shared/rfc"))
    if not texts.is_dir():
        print(f"SKIPPED: no entry is taken out of the real catalogue, no RFC texts in {texts}")
        return ""
    name = Path("scenarios/requirements/rfc7296.json")
    document = json.loads((ROOT / name).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / name).parent.mkdir(parents=True)
        (root / "tests/lint").mkdir(parents=True)
        shutil.copy(ROOT / "tests/lint/sentences.json", root / "tests/lint")
        for gone in ("rfc7296-2.1-retransmission-identical", "rfc7296-3.15.1-cfg-ack-not-accepted"):
            left = [entry for entry in document["requirements"] if entry["id"] != gone]
            assert len(left) == len(document["requirements"]) - 1, gone
            (root / name).write_text(json.dumps({**document, "requirements": left}))
            status, lines = run(root, texts)
            if status != 1 or not any("RFC 7296 §" in line for line in lines):
                return f"nothing is said when {gone} is taken out: {lines}"
    return ""


def main() -> int:
    failed = 0
    for name, entries, data, expected in CASES:
        status, lines = small(entries, data)
        if status != (1 if expected else 0) or (expected and not any(expected in line for line in lines)):
            print(f"{name}: wanted {expected!r}, found {status} {lines}")
            failed += 1
    if problem := one_entry_removed():
        print(problem)
        failed += 1
    print(f"{len(CASES) + 1 - failed} of {len(CASES) + 1} cases right")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
