"""What the tests of the program share: how it is called, and what its folders hold."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

IKEVET = os.environ.get("IKEVET", str(Path(__file__).parents[2] / "build/release/bin/ikevet"))
ROOT = Path(__file__).parents[2]


class Outcome:
    """How a call ended."""

    def __init__(self, done: "subprocess.CompletedProcess[str]"):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __repr__(self) -> str:
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


@pytest.fixture
def ikevet(tmp_path):
    """Calls the program in a folder of its own, its output not a terminal."""

    def call(*arguments, env=None, timeout=120, cwd=tmp_path) -> Outcome:
        return Outcome(subprocess.run([IKEVET, *map(str, arguments)], cwd=cwd, timeout=timeout, text=True,
                                      capture_output=True, env={**os.environ, **(env or {})}))

    return call


#: Both roles, most kinds of step, certificates too: what a test selects that is about the program and not the suite.
SOME = ["rfc7296/1 & not:family", "rfc7296/2.5 & not:family", "rfc7427 & not:family"]


@pytest.fixture(scope="session")
def some_run(tmp_path_factory):
    """SOME against the embedded device, once for all tests that only look at it."""
    folder = tmp_path_factory.mktemp("some") / "a"
    done = subprocess.run([IKEVET, "run", *SOME, "--seed", "7", "--out", str(folder)], text=True,
                          capture_output=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def read_json(file: Path):
    return json.loads(file.read_text())


def shipped_target(ikevet, name: str):
    """A target file of ikevet's own as JSON, under the name "t", to be changed and written elsewhere."""
    a_scenario = json.loads(ikevet("list", "--json").out)[0]["file"]
    data = Path(a_scenario[: a_scenario.rindex("/suite/")])
    target = read_json(data / f"targets/{name}.json")
    target.pop("$schema", None)
    return {**target, "name": "t"}


def evidence_folders(run: Path):
    """The folders of the scenarios of a run that were played."""
    return [run / scenario for scenario in read_json(run / "run.json")["scenarios"]
            if (run / scenario / "trace.jsonl").exists()]


def need_program(name: str, why: str):
    """Skips the test, or fails it where everything is required."""
    if shutil.which(name) is None:
        skip(f"{name} is missing ({why}): tools/setup.sh --test installs it")


def skip(reason: str):
    if os.environ.get("IKEVET_REQUIRE_ALL") == "1":
        pytest.fail(f"IKEVET_REQUIRE_ALL=1 and {reason}")
    pytest.skip(reason)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """A session in which nothing at all ran is a skipped test to ctest."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    stats = reporter.stats if reporter else {}
    if exitstatus == 0 and stats.get("skipped") and not stats.get("passed"):
        session.exitstatus = 77
