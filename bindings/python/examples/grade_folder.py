#!/usr/bin/env python3
"""Every capture of a folder, graded: what each shows of each side, failures first.

    grade_folder.py CAPTURES --keys ikev2_decryption_table
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import List, Optional

import ikevet

ENDINGS = {".pcap", ".pcapng", ".cap"}


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keys", action="append", type=Path, default=[])
    given = parser.parse_args(arguments)
    catalogue = ikevet.load_catalogue()
    total: Counter[str] = Counter()
    failed = 0
    for file in sorted(p for p in given.folder.rglob("*") if p.suffix in ENDINGS):
        try:
            grade = ikevet.grade_capture(file, keys=given.keys)
        except ikevet.FormatError as error:
            print(f"{file}: {error}")
            continue
        count = Counter(verdict.status for verdict in grade.verdicts)
        total.update(count)
        print(f"{file}: {', '.join(f'{n} {status}' for status, n in sorted(count.items())) or 'no IKE to judge'}")
        for bad in grade.failures:
            failed += 1
            frames = ", ".join(map(str, bad.frames[:5]))
            known = catalogue[bad.requirement]
            print(f"  {bad.side} {known.level} {known.citation}: {known.paraphrase} ({bad.detail}; frames {frames})")
    print(f"all: {dict(total)}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
