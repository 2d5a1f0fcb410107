#!/usr/bin/env python3
"""Two firmware versions, one selection: what got worse, what got better.

    compare_firmware.py out/fw-1.0 out/fw-1.1      two stored runs
    compare_firmware.py --demo                     two runs of the built-in device, the newer one spoilt on purpose
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Iterator, List, Optional, Tuple

import ikevet

SELECTION = ["rfc7296/1.2"]


def demo(folder: Path) -> Tuple[ikevet.Run, ikevet.Run]:
    """A rule of the house is kept by the first and broken by the second, since it is stricter there."""

    def at_most(octets: int) -> ikevet.Rule:
        def look(trace: ikevet.Trace) -> Iterator[ikevet.Finding]:
            for message in trace.messages:
                if message.sender == "dut":
                    size = len(message.octets)
                    yield ikevet.held(message) if size <= octets else ikevet.broken(message, detail=f"{size} octets")

        return ikevet.Rule("rfc7296-2-house-size", 7296, "2", "Messages fit into the house's smallest link.", look)

    before = ikevet.run(SELECTION, out=folder / "1.0", rules=[at_most(1280)])
    after = ikevet.run(SELECTION, out=folder / "1.1", rules=[at_most(100)])
    return before, after


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("runs", type=Path, nargs="*")
    parser.add_argument("--demo", action="store_true")
    given = parser.parse_args(arguments)
    if given.demo:
        before, after = demo(Path(tempfile.mkdtemp(prefix="ikevet-example-")))
    elif len(given.runs) == 2:
        before, after = (ikevet.grade(folder) for folder in given.runs)
    else:
        parser.error("name the folders of two runs, or --demo")
    changes = ikevet.compare_runs(before, after)
    for change in changes:
        kind = "REGRESSION" if change.is_regression else "changed"
        what = "scenario" if change.is_scenario else "requirement"
        print(f"{kind:11} {what:12} {change.id}: {change.before or '(none)'} -> {change.after or '(none)'}")
    if not changes:
        print("no difference")
    return 7 if any(change.is_regression for change in changes) else 0


if __name__ == "__main__":
    raise SystemExit(main())
