"""Scenarios built in code, rules written in Python, and runs.

    spec = ikevet.ScenarioSpec(
        id="local/answers-liveness", title="The device answers a liveness check",
        description="An empty INFORMATIONAL request is answered.", covers=["rfc7296-1.4-informational-answered"],
        steps=[{"establish": {}}, {"liveness": {}}, my_step])
    run = ikevet.run([spec, "rfc7296/2.5"], target="embedded")

A step is a JSON object of the scenario format (docs/writing-scenarios.md), or a callable that is given a StepContext.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from . import _core
from ._core import Run, Scenario, ScenarioVerdict, SeenMessage, StepContext, StepResult, Trace
from .engine import Target, scratch_folder, target_file

PathLike = Union[str, "os.PathLike[str]"]
StepFunction = Callable[[StepContext], Optional[str]]
Step = Union[Mapping[str, Any], StepFunction]


def _note_of(step: StepFunction) -> str:
    name = getattr(step, "__name__", type(step).__name__)
    doc = (getattr(step, "__doc__", None) or "").strip().splitlines()
    return f"Python: {doc[0] if doc else name}"


@dataclass
class ScenarioSpec:
    """A scenario built in code. The members are those of the JSON format; see docs/writing-scenarios.md.

    id: "local/my-case"; lower case, digits, '.', '/', '-'.
    covers: ids of the requirements it tests, as in load_catalogue().
    harness: the side that we play: "initiator" or "responder".
    control: id of the positive control, for a scenario that alters something.
    steps: JSON objects, or callables that are given a StepContext: AssertionError fails the step.
    matrix: axes of a family; each combination is an instance with its own id.

    Files that `config` names (certificates, ...) are absolute paths.
    """

    id: str
    title: str
    description: str
    covers: Sequence[str]
    steps: Sequence[Step]
    harness: str = "initiator"
    needs: Sequence[str] = ()
    control: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    matrix: Mapping[str, Any] = field(default_factory=dict)

    def callables(self) -> Dict[int, StepFunction]:
        """The steps that are callables, by index."""
        return {index: step for index, step in enumerate(self.steps) if callable(step)}

    def _dict(self) -> Dict[str, Any]:
        out: Dict[str, Any] = {
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "covers": list(self.covers),
            "harness": self.harness,
        }
        if self.needs:
            out["needs"] = list(self.needs)
        if self.control:
            out["control"] = self.control
        if self.config:
            out["config"] = dict(self.config)
        if self.tags:
            out["tags"] = list(self.tags)
        if self.matrix:
            out["matrix"] = dict(self.matrix)
        # To the runner a step in Python is one that does nothing by itself; the hooks play it.
        out["steps"] = [{"wait": "0s", "note": _note_of(s)} if callable(s) else dict(s) for s in self.steps]
        return out

    def to_dict(self) -> Dict[str, Any]:
        """The JSON object. ValueError when a step is a callable, which JSON cannot hold."""
        if self.callables():
            which = ", ".join(f"/steps/{index}" for index in self.callables())
            raise ValueError(f"{self.id}: {which} is written in Python, which a file cannot hold; play it with ikevet.run()")
        return self._dict()

    def to_json(self) -> str:
        """The text of a scenario file. ValueError as to_dict()."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def save(self, folder: PathLike) -> Path:
        """Writes the file where its id says below `folder`, e.g. a suite. Gives its path."""
        file = Path(folder) / (self.id + ".json")
        text = self.to_json()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ScenarioSpec:
        """The inverse of to_dict(). TypeError for members that no scenario has."""
        return cls(**{name: value for name, value in values.items() if name != "$schema"})

    @classmethod
    def from_json(cls, text: str) -> ScenarioSpec:
        """The inverse of to_json()."""
        return cls.from_dict(json.loads(text))

    @classmethod
    def load(cls, file: PathLike) -> ScenarioSpec:
        """A scenario file, to be changed in code. FormatError when the file is no sound scenario."""
        _core.load_scenarios(os.fspath(file))
        return cls.from_json(Path(file).read_text(encoding="utf-8-sig"))

    def check(self) -> List[Scenario]:
        """The Scenario, or the instances of its matrix. FormatError with every fault at once."""
        return _core.load_scenarios(str(self._file()))

    def _file(self) -> Path:
        if not re.fullmatch(r"[a-z0-9][a-z0-9./-]*", self.id) or ".." in self.id:
            raise ValueError(f"id {self.id!r}: lower case, digits, '.', '/' and '-', such as 'local/my-case'")
        file = scratch_folder() / "scenarios" / (self.id + ".json")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(self._dict(), indent=2, ensure_ascii=False), encoding="utf-8")
        return file


@dataclass(frozen=True)
class Finding:
    """What a rule saw: a message that keeps it or breaks it, or several that do so together."""

    messages: Tuple[SeenMessage, ...]
    holds: bool
    detail: str = ""


def held(*messages: SeenMessage) -> Finding:
    """The situation of the rule occurred, and it was kept."""
    return Finding(messages, True)


def broken(*messages: SeenMessage, detail: str) -> Finding:
    """The rule was broken; `detail` says what was seen, in one sentence."""
    return Finding(messages, False, detail)


_RULE_ID = re.compile(r"rfc[0-9]+-[0-9A-Z]+(\.[0-9]+)*-[a-z0-9-]+")


@dataclass(frozen=True)
class Rule:
    """A rule for every message, written in Python: a function over a Trace that gives Findings.

    id: "rfc7296-2.1-my-rule": RFC, section and a name that the catalogue does not have.
    level: "MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY".
    text: what it asks, in a sentence.

    It passes where it found something and nothing broke it, and says nothing where its situation did not occur.
    """

    id: str
    rfc: int
    section: str
    text: str
    look: Callable[[Trace], Iterable[Finding]]
    level: str = "MUST"

    def __post_init__(self) -> None:
        if not _RULE_ID.fullmatch(self.id):
            raise ValueError(f"rule id {self.id!r}: write 'rfc7296-2.1-my-rule'")

    def judge(self, trace: Trace) -> Optional[Tuple[bool, str, List[Tuple[List[int], str]]]]:
        """(holds, detail, [(frames, what was seen)]), or None where the situation did not occur."""
        findings = list(self.look(trace))
        if not findings:
            return None
        bad = [f for f in findings if not f.holds]
        told = (bad or findings)[:10]
        detail = f"{len(bad)} of {len(findings)} times broken" if bad else f"held {len(findings)} times"
        return not bad, detail, [([m.frame for m in f.messages if m.frame], f.detail) for f in told]


def rule(
    id: str, *, rfc: int, section: str, text: str, level: str = "MUST"
) -> Callable[[Callable[[Trace], Iterable[Finding]]], Rule]:
    """Makes a Rule of the function below it."""

    def make(look: Callable[[Trace], Iterable[Finding]]) -> Rule:
        return Rule(id=id, rfc=rfc, section=section, text=text, look=look, level=level)

    return make


@dataclass
class _Hooks:
    triggers: Dict[str, Callable[[], Optional[bool]]]
    steps: Dict[str, Dict[int, StepFunction]]
    rules: List[Rule]


def run(
    select: Sequence[Union[str, Scenario, ScenarioSpec]] = (),
    *,
    target: Target = "embedded",
    out: Optional[PathLike] = None,
    seed: Optional[int] = None,
    strict: bool = False,
    keys: bool = True,
    timeout_scale: float = 1.0,
    jobs: int = 1,
    on_verdict: Optional[Callable[[ScenarioVerdict], None]] = None,
    triggers: Optional[Mapping[str, Callable[[], Optional[bool]]]] = None,
    rules: Sequence[Rule] = (),
    deviation: str = "",
    waivers: Optional[PathLike] = None,
) -> Run:
    """Plays scenarios against a target, writes the evidence and the reports, and grades from what was written.

    select: selectors as of the command line ("rfc7296/2.5", "level:must", a file's path), Scenarios, ScenarioSpecs;
        nothing: all.
    target: name or file of a target, or the JSON object of one (`ikevet schema target`); "embedded" is the built-in peer
        on a virtual clock.
    out: the run's folder; None: the first free out/TARGET-N.
    seed: decides SPIs, nonces and keys; None: 1 for the embedded target, a fresh one for others.
    strict: a SHOULD counts like a MUST.
    keys: write key files beside the captures.
    timeout_scale: multiplies every time that is waited for the device.
    jobs: scenarios at a time, for the embedded target without anything written in Python.
    on_verdict: called with each ScenarioVerdict as it comes.
    triggers: by name ("initiate", "rekey_child", ...), callables that make the device act, in place of the target's: False
        or an exception says that it did not, NotImplementedError that it cannot.
    rules: Rules that look at every scenario beside the built-in ones.
    deviation: with the embedded target, what the device does wrong: an id that `ikevet selftest` lists.
    waivers: a file of failures that somebody answers for.

    A device that fails gives a failing Run, never an exception. Raises FormatError for files and selectors that cannot be
    used, RunError where this machine does not let us at the device. The GIL is released meanwhile; Ctrl-C ends the run
    between two scenarios.
    """
    words: List[str] = []
    steps: Dict[str, Dict[int, StepFunction]] = {}
    for item in select:
        if isinstance(item, ScenarioSpec):
            words.append(str(item._file()))
            if item.callables():
                for scenario in _core.load_scenarios(words[-1]):
                    steps[scenario.id] = item.callables()
        elif isinstance(item, Scenario):
            words.append(item.id)
        else:
            words.append(os.fspath(item))
    hooks: Optional[_Hooks] = None
    if steps or triggers or rules:
        hooks = _Hooks(dict(triggers or {}), steps, list(rules))
    name = str(target_file(target)) if isinstance(target, Mapping) else os.fspath(target)
    folder = None if out is None else os.fspath(out)
    return _core._run(
        words, name, folder, seed, strict, keys, timeout_scale, jobs, on_verdict, deviation,
        None if waivers is None else os.fspath(waivers), hooks,
    )  # fmt: skip


def ladder(trace: Trace, *, width: int = 110) -> str:
    """The messages and events of a trace as a text ladder: seconds, who sends, the RFC's notation.

    width: columns; longer lines are cut.
    """
    rows: List[Tuple[int, int, str]] = []
    seen = trace.messages
    for index, message in enumerate(seen):
        arrow = "──▶" if message.sender == "harness" else "◀──"
        lost = "  ✗ lost" if trace.was_lost(index) else ""
        again = "  (again)" if message.is_retransmission else ""
        rows.append((message.at, 0, f"{arrow} #{message.frame:<3} {message}{again}{lost}"))
    for at, event in trace.events:
        rows.append((at, 1, f"  ·  {event}"))
    rows.sort(key=lambda row: (row[0], row[1]))
    if not rows:
        return "(nothing was sent)"
    began = rows[0][0]
    lines = ["  seconds  harness ↔ device"]
    for at, _, text in rows:
        line = f"{(at - began) / 1e9:9.3f}  {text}"
        lines.append(line if len(line) <= width else line[: width - 1] + "…")
    return "\n".join(lines)


__all__ = [
    "Finding",
    "Rule",
    "Run",
    "Scenario",
    "ScenarioSpec",
    "StepContext",
    "StepResult",
    "Trace",
    "broken",
    "held",
    "ladder",
    "rule",
    "run",
]
