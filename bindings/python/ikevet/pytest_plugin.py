"""The pytest plugin: scenarios as test items, and fixtures for tests of your own.

    pytest --ikevet-select rfc7296/2.8 --ikevet-target gateway.json -n 4 --junit-xml junit.xml

Each scenario of the selection is a test item, with its requirements as keywords (`-k rfc7296-2.8-both-accepted`) and as the
marker `requirement`; what fails prints the verdict with its citation and the ladder of messages. With pytest-xdist they
spread over processes: for the embedded target as many as you like, for a device as many as it has tunnels.

Fixtures: `dut` (plays scenarios), `ike_peer` (an engine beside the device), `capture` (what ike_peer sent and received).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union

import pytest

import ikevet

_GOOD = ("pass", "pass-lenient")
_SKIPPED = ("unsupported", "not-applicable")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ikevet", "IKEv2 conformance scenarios")
    group.addoption(
        "--ikevet-select", action="append", default=[], metavar="SELECTOR",
        help="scenarios as test items: rfc7296/2.8, level:must, a scenario file; may be given again",
    )  # fmt: skip
    group.addoption("--ikevet-target", metavar="T", help="name or file of the target (default: embedded)")
    group.addoption("--ikevet-out", metavar="DIR", help="where the evidence goes (default: pytest's temporary folder)")
    group.addoption("--ikevet-seed", type=int, metavar="N", help="decides SPIs, nonces and keys")
    group.addoption("--ikevet-timeout-scale", type=float, default=1.0, metavar="F", help="multiplies all waiting")
    group.addoption(
        "--ikevet-inconclusive", choices=("fail", "skip"), default="fail",
        help="what an inconclusive scenario is (default: fail, since it proves nothing)",
    )  # fmt: skip
    parser.addini("ikevet_select", "as --ikevet-select", type="linelist", default=[])
    parser.addini("ikevet_target", "as --ikevet-target", default="embedded")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "ikevet: a scenario of ikevet")
    config.addinivalue_line("markers", "requirement(id, citation): a requirement of an RFC that the test bears on")


def _target(config: pytest.Config) -> str:
    return str(config.getoption("--ikevet-target") or config.getini("ikevet_target"))


class ScenarioNotPassed(Exception):
    """A scenario that did not pass, with its run."""

    def __init__(self, run: ikevet.Run, verdict: ikevet.ScenarioVerdict) -> None:
        super().__init__(verdict.detail or verdict.status)
        self.run = run
        self.verdict = verdict


def describe(run: ikevet.Run, verdict: ikevet.ScenarioVerdict, catalogue: Dict[str, ikevet.Requirement]) -> str:
    """What a failure prints: requirement, citation, expected, actual, frames, ladder, and the line that runs it again."""
    lines = [f"{verdict.scenario}: {verdict.status.upper()} {verdict.reason}".rstrip()]
    if verdict.detail:
        lines.append(verdict.detail)
    for part in (*verdict.requirements, *verdict.rules):
        if part.status in _GOOD:
            continue
        known = catalogue.get(part.requirement)
        head = f"{part.requirement}: {part.status} {part.reason}".rstrip()
        lines += ["", f"{head}  ({known.citation}, {known.level})" if known else head]
        if known:
            lines.append(f"  asks:     {known.paraphrase}")
        for evidence in part.evidence:
            lines.append(f"  expected: {evidence.expected}")
            lines.append(f"  actual:   {evidence.actual or part.detail}")
            lines.append(f"  frames:   {', '.join(map(str, evidence.frames)) or 'none'}")
    try:
        lines += ["", ikevet.ladder(run.trace(verdict.scenario))]
    except KeyError:  # it was not played
        pass
    lines += ["", f"evidence: {run.out / verdict.scenario}", f"again:    {run.rerun_line(verdict.scenario)}"]
    return "\n".join(lines)


class ScenarioItem(pytest.Item):
    """One scenario of the selection."""

    def __init__(self, *, scenario: ikevet.Scenario, word: str, catalogue: Dict[str, ikevet.Requirement], **more: Any) -> None:
        super().__init__(**more)
        self.scenario = scenario
        self.word = word
        self.catalogue = catalogue
        self.add_marker(pytest.mark.ikevet)
        for id in scenario.covers:
            known = catalogue.get(id)
            citation = known.citation if known else ""
            self.add_marker(pytest.mark.requirement(id, citation))
            self.extra_keyword_matches.add(id)
            self.user_properties.append(("requirement", id))
            self.user_properties.append(("citation", citation))
        for tag in scenario.tags:
            self.extra_keyword_matches.add(tag)

    def _folder(self) -> Path:
        given = self.config.getoption("--ikevet-out")
        if given:
            return Path(given) / self.scenario.id.replace("/", "_")
        factory: pytest.TempPathFactory = self.config._tmp_path_factory  # type: ignore[attr-defined]
        return factory.mktemp(self.scenario.id.replace("/", "_")[:80]) / "run"

    def runtest(self) -> None:
        run = ikevet.run(
            [self.word],
            target=_target(self.config),
            out=self._folder(),
            seed=self.config.getoption("--ikevet-seed"),
            timeout_scale=self.config.getoption("--ikevet-timeout-scale"),
        )
        verdict = run.scenario(self.scenario.id)
        self.user_properties.append(("verdict", verdict.status))
        if verdict.reason:
            self.user_properties.append(("reason", verdict.reason))
        self.user_properties.append(("evidence", str(run.out / verdict.scenario)))
        broken = [r for r in verdict.rules if r.status == "fail"]
        if verdict.status in _GOOD and not broken:
            return
        if verdict.status in _SKIPPED:
            pytest.skip(f"{verdict.status}: {verdict.detail or verdict.reason}")
        if verdict.status == "waived":
            pytest.xfail(f"waived: {verdict.detail}")
        if verdict.status == "inconclusive" and self.config.getoption("--ikevet-inconclusive") == "skip":
            pytest.skip(f"inconclusive: {verdict.reason} {verdict.detail}")
        raise ScenarioNotPassed(run, verdict)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, ScenarioNotPassed):
            return describe(excinfo.value.run, excinfo.value.verdict, self.catalogue)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> Tuple[Union["os.PathLike[str]", str], Optional[int], str]:
        return self.path, None, self.scenario.id


class Suite(pytest.Collector):
    """The scenarios of the selection."""

    def collect(self) -> Iterator[ScenarioItem]:
        raise NotImplementedError("its items are added once the others are collected")


def _selected(words: Sequence[str]) -> List[Tuple[ikevet.Scenario, str]]:
    out: List[Tuple[ikevet.Scenario, str]] = []
    selectors = [word for word in words if not word.endswith(".json")]
    if selectors:
        out += [(scenario, scenario.id) for scenario in ikevet.select(selectors)]
    for file in words:
        if file.endswith(".json"):
            out += [(scenario, file) for scenario in ikevet.load_scenarios(file)]
    return out


@pytest.hookimpl(tryfirst=True)  # type: ignore[misc]  # before -k and -m choose
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: List[pytest.Item]) -> None:
    words = [*config.getoption("--ikevet-select"), *config.getini("ikevet_select")]
    if not words:
        return
    try:
        chosen = _selected(words)
    except ikevet.IkevetError as error:
        raise pytest.UsageError(f"--ikevet-select: {error}") from None
    catalogue = ikevet.load_catalogue()
    suite = Suite.from_parent(session, name="ikevet", nodeid="ikevet")
    for scenario, word in chosen:
        items.append(
            ScenarioItem.from_parent(suite, name=scenario.id, scenario=scenario, word=word, catalogue=catalogue)
        )


class Dut:
    """The device under test, as the fixture `dut` gives it."""

    def __init__(self, target: str, out: Path, seed: Optional[int], timeout_scale: float) -> None:
        #: Name or file of the target.
        self.target = target
        self._out = out
        self._seed = seed
        self._timeout_scale = timeout_scale
        self._runs = 0

    def run(self, *select: Union[str, ikevet.Scenario, ikevet.ScenarioSpec], **more: Any) -> ikevet.Run:
        """Plays scenarios; arguments by name as for ikevet.run()."""
        self._runs += 1
        more.setdefault("out", self._out / f"run-{self._runs}")
        more.setdefault("seed", self._seed)
        more.setdefault("timeout_scale", self._timeout_scale)
        return ikevet.run(select, target=self.target, **more)

    def check(self, *select: Union[str, ikevet.Scenario, ikevet.ScenarioSpec], **more: Any) -> ikevet.Run:
        """The same, and fails the test with verdict and ladder unless every scenario passes; what the device does not
        support is passed over."""
        run = self.run(*select, **more)
        bad = [v for v in run.scenarios if v.status not in (*_GOOD, *_SKIPPED)]
        if bad:
            catalogue = ikevet.load_catalogue()
            pytest.fail("\n\n".join(describe(run, verdict, catalogue) for verdict in bad), pytrace=False)
        return run


@pytest.fixture
def dut(request: pytest.FixtureRequest, tmp_path: Path) -> Dut:
    """The device of --ikevet-target: dut.check("rfc7296/2.8") plays scenarios and fails with their ladders."""
    config = request.config
    given = config.getoption("--ikevet-out")
    out = Path(given) / request.node.name if given else tmp_path / "ikevet"
    return Dut(
        _target(config), out, config.getoption("--ikevet-seed"), config.getoption("--ikevet-timeout-scale")
    )


@pytest.fixture
def ike_peer(request: pytest.FixtureRequest) -> Iterator[Union[ikevet.VirtualPeer, ikevet.Peer]]:
    """An engine that plays the harness's side of --ikevet-target: a VirtualPeer for the embedded one, else a Peer on
    sockets, which is closed (its IKE SAs deleted) when the test ends. connect() sets up an IKE SA."""
    target = _target(request.config)
    values = ikevet.target_values(target)
    peer: Union[ikevet.VirtualPeer, ikevet.Peer]
    if values["kind"] == "embedded":
        peer = ikevet.VirtualPeer(target)
    else:
        peer = ikevet.Peer.of_target(target, log_keys=True)
    yield peer
    peer.close()


class Capture:
    """What ike_peer has sent and received so far."""

    def __init__(self, peer: Union[ikevet.VirtualPeer, ikevet.Peer], folder: Path) -> None:
        self._peer = peer
        #: Where packets() writes the capture; the keys lie beside it.
        self.file = folder / "capture.pcapng"

    def packets(self) -> ikevet.CaptureReader:
        """Writes the capture and its keys, and gives an iterator over its packets, decrypted."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._peer.write_capture(self.file)
        self._peer.engine.write_keys(self.file.parent)
        return ikevet.open_capture(self.file)

    def messages(self) -> List[ikevet.SeenMessage]:
        """The IKE messages among them."""
        return list(ikevet.messages(self.packets()))


@pytest.fixture
def capture(ike_peer: Union[ikevet.VirtualPeer, ikevet.Peer], tmp_path: Path) -> Capture:
    """What ike_peer sends and receives: capture.messages(), capture.packets(), capture.file."""
    return Capture(ike_peer, tmp_path / "capture")
