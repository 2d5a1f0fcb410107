"""The command line from Python: every verb of the program `ikevet`, and what needs one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Union

from . import _core

PathLike = Union[str, "os.PathLike[str]"]


def program() -> Path:
    """The program `ikevet` that belongs to this package. IkevetError when it is nowhere.

    Looked for: IKEVET_PROGRAM, beside the interpreter (pip), in the build tree that the package is part of, on PATH.
    """
    here = Path(__file__).parent
    places = [
        os.environ.get("IKEVET_PROGRAM", ""),
        str(Path(sys.executable).parent / "ikevet"),
        str(Path(sys.prefix) / "bin" / "ikevet"),
        str(here.parent.parent / "bin" / "ikevet"),
        str(Path(_core.__file__).parent.parent.parent / "bin" / "ikevet"),
        shutil.which("ikevet") or "",
    ]
    for place in places:
        if place and os.access(place, os.X_OK) and Path(place).is_file():
            return Path(place)
    raise _core.IkevetError("the program ikevet is nowhere to be found; set IKEVET_PROGRAM to it, or put it on PATH")


def command_line(*arguments: PathLike, check: bool = False, timeout: Optional[float] = None) -> "subprocess.CompletedProcess[str]":
    """Runs a verb of the program: `command_line("probe", "192.0.2.7").stdout`.

    check: raise RunError, with what the program said, unless the exit code is 0.
    timeout: seconds after which it is ended; subprocess.TimeoutExpired then.

    The result has returncode (`ikevet --help` lists them), stdout and stderr. The GIL is released meanwhile.
    """
    environment = dict(os.environ)
    environment.setdefault("IKEVET_DATA", str(_core.data_dir()))
    done = subprocess.run(
        [str(program()), *(os.fspath(a) for a in arguments)],
        capture_output=True, text=True, errors="replace", timeout=timeout, env=environment, check=False,
    )  # fmt: skip
    if check and done.returncode != 0:
        error = _core.RunError(f"ikevet {arguments[0]}: {(done.stderr or done.stdout).strip()}")
        error.exit_code = done.returncode
        raise error
    return done


@dataclass(frozen=True)
class CaptureVerdict:
    """What a capture shows of one requirement, for one of its sides.

    basis: what the verdict rests on: "observed", or "inferred" where part of the evidence is missing.
    """

    side: str
    requirement: str
    status: str
    basis: str
    detail: str
    frames: Sequence[int]


@dataclass(frozen=True)
class CaptureGrade:
    """A capture, graded: every rule that its evidence allows, for each side that speaks IKE.

    exit_code: as of `ikevet grade`: 0 all required pass, 1 one failed, 5 no IKE in it, 6 nothing to judge.
    report: the whole report.json.
    """

    file: Path
    exit_code: int
    verdicts: Sequence[CaptureVerdict]
    report: Dict[str, Any]

    @property
    def failures(self) -> List[CaptureVerdict]:
        """Those that failed."""
        return [verdict for verdict in self.verdicts if verdict.status == "fail"]


def grade_capture(
    file: PathLike, *, keys: Sequence[PathLike] = (), side: Optional[str] = None, strict: bool = False
) -> CaptureGrade:
    """Grades somebody's capture. Keys are found beside it too.

    side: address, or address:port, of the side to grade; None: each in turn. strict: a SHOULD counts like a MUST.

    Raises FormatError for what is no capture, or a key file or side that cannot be used.
    """
    arguments: List[PathLike] = ["grade", file, "--json"]
    for key in keys:
        arguments += ["--keys", key]
    if side:
        arguments += ["--side", side]
    if strict:
        arguments.append("--strict")
    done = command_line(*arguments)
    if not done.stdout.lstrip().startswith("{"):
        if done.returncode == 5:
            return CaptureGrade(Path(file), 5, (), {})
        raise _core.FormatError(done.stderr.strip() or f"ikevet grade ended with {done.returncode}")
    report = json.loads(done.stdout)
    verdicts = [
        CaptureVerdict(
            side=scenario["scenario"],
            requirement=one["requirement"],
            status=one["status"],
            basis=one.get("reason") or "observed",
            detail=one.get("detail", ""),
            frames=tuple(frame for evidence in one.get("evidence", ()) for frame in evidence.get("frames", ())),
        )
        for scenario in report["scenarios"]
        for one in scenario.get("rules", ())
    ]
    return CaptureGrade(Path(file), done.returncode, verdicts, report)


@dataclass(frozen=True)
class Change:
    """A verdict that differs between two runs."""

    id: str
    is_scenario: bool
    before: Optional[str]
    after: Optional[str]

    @property
    def is_regression(self) -> bool:
        """It passed before and does not now."""
        return self.before in ("pass", "pass-lenient") and self.after not in ("pass", "pass-lenient")


def compare_runs(before: _core.Run, after: _core.Run) -> List[Change]:
    """What differs between two runs, e.g. of two firmware versions: regressions first. `before` or `after` is None where
    that run does not have the scenario, or did not touch the requirement."""
    out: List[Change] = []

    def add(is_scenario: bool, then: Dict[str, str], now: Dict[str, str]) -> None:
        for id in sorted(then.keys() | now.keys()):
            if then.get(id) != now.get(id):
                out.append(Change(id, is_scenario, then.get(id), now.get(id)))

    def touched(run: _core.Run) -> Dict[str, str]:
        return {id: v.status for id, v in run.requirements.items() if v.evidence}

    add(True, {v.scenario: v.status for v in before.scenarios}, {v.scenario: v.status for v in after.scenarios})
    add(False, touched(before), touched(after))
    out.sort(key=lambda change: (not change.is_regression, not change.is_scenario, change.id))
    return out


__all__ = [
    "CaptureGrade",
    "CaptureVerdict",
    "Change",
    "command_line",
    "compare_runs",
    "grade_capture",
    "program",
]
