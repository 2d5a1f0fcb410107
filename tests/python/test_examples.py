"""Every example runs, in its short form; and all of them are typed strictly."""

import subprocess
import sys
from pathlib import Path

import pytest

import ikevet

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "bindings" / "python" / "ikevet"
EXAMPLES = ROOT / "bindings" / "python" / "examples"
SHORT = {
    "probe_gateway.py": ([], "modp2048"),
    "write_scenario.py": ([], "answered"),
    "rekey_collision.py": ([], "closed as redundant by we"),
    "mobike_walk.py": ([], "the Child SA is the one of the beginning"),
    "grade_folder.py": (["{captures}"], "all:"),
    "plot_retransmissions.py": (["--out", "{tmp}/plot.png"], "drawn to"),
    "fuzz_one_field.py": (["--examples", "20"], "INVALID_SYNTAX"),
    "compare_firmware.py": (["--demo"], "REGRESSION"),
    "eap_lockout.py": (["--most", "3"], "3 attempts"),
    "async_initiators.py": (["--initiators", "5"], "5 IKE SAs"),
}
NEEDS = {"plot_retransmissions.py": "matplotlib", "fuzz_one_field.py": "hypothesis"}
EXIT = {"compare_firmware.py": 7}  # the demo has a regression


@pytest.fixture(scope="module")
def captures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("captures")
    peer = ikevet.VirtualPeer()
    peer.connect()
    peer.write_capture(folder / "a.pcapng")
    peer.engine.write_keys(folder)
    return folder


def test_none_is_forgotten():
    assert sorted(SHORT) == sorted(file.name for file in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("name", SHORT)
def test_it_runs(name, captures, tmp_path):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    arguments, says = SHORT[name]
    words = [word.format(captures=captures, tmp=tmp_path) for word in arguments]
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *words], capture_output=True, text=True, cwd=tmp_path, timeout=600
    )
    assert done.returncode == EXIT.get(name, 0), done.stdout + done.stderr
    assert says in done.stdout


def test_examples_and_package_are_typed_strictly(tmp_path):
    pytest.importorskip("mypy")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir",
         str(tmp_path), *map(str, sorted(EXAMPLES.glob("*.py"))), str(SOURCE)],
        capture_output=True, text=True, cwd=ROOT, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
