"""`pip install .` and `cmake --install`: import ikevet works outside the build tree, with suite, program and plugin."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ikevet

ROOT = Path(__file__).parents[2]
BUILD = Path(os.environ.get("IKEVET_BUILD_DIR", Path(ikevet.__file__).parents[2]))

TRY = """
import ikevet, sys
assert "{place}" in ikevet.__file__, ikevet.__file__
assert "{place}" in str(ikevet.data_dir()), ikevet.data_dir()
assert "{place}" in str(ikevet.program()), ikevet.program()
assert ikevet.VirtualPeer().connect().stage == "established"
assert "0.1" in ikevet.command_line("--version").stdout or ikevet.command_line("--version").stdout
import importlib.metadata as m
assert any(e.name == "ikevet" for e in m.entry_points(group="pytest11"))
print("works")
"""

pytestmark = pytest.mark.skipif(
    not (BUILD / "CMakeCache.txt").exists(), reason="SKIPPED: the package under test lies in no build tree"
)


def clean_environment(**more: str) -> dict:
    """Nothing of this build tree shines through."""
    hidden = ("PYTHONPATH", "IKEVET_DATA", "IKEVET_PROGRAM")
    return {**{k: v for k, v in os.environ.items() if k not in hidden}, **more}


def run(*command: object, **more: object) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=600, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_cmake_install(tmp_path):
    run("cmake", "--install", BUILD, "--prefix", tmp_path / "usr", env=clean_environment())
    (package,) = (tmp_path / "usr" / "lib").glob("**/ikevet/__init__.py")
    environment = clean_environment(
        PYTHONPATH=str(package.parent.parent), PATH=f"{tmp_path}/usr/bin:{os.environ['PATH']}"
    )
    out = run(sys.executable, "-c", TRY.format(place=tmp_path), cwd=tmp_path, env=environment)
    assert out.strip() == "works"


def test_pip_install(tmp_path):
    pytest.importorskip("pip")
    pytest.importorskip("ensurepip")
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv", env=clean_environment())
    python = tmp_path / "venv" / "bin" / "python"
    environment = clean_environment(PIP_NO_INDEX="1", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore")
    run(
        sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", ROOT,
        f"--config-settings=build-dir={BUILD}", env=environment, cwd=tmp_path,
    )  # fmt: skip
    out = run(python, "-c", TRY.format(place=tmp_path), cwd=tmp_path, env=clean_environment())
    assert out.strip() == "works"
