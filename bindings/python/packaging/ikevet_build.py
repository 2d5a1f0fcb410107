"""The build backend of `pip install .` (PEP 517): CMake builds and installs into a scratch folder, which is packed as a wheel.

Settings (`pip install . --config-settings build-dir=build/release`):
  build-dir   a build tree to use; without it one is made in build/wheel and kept, so that the next time is quick
"""

import base64
import hashlib
import os
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def get_requires_for_build_wheel(config_settings=None):
    return []


def get_requires_for_build_sdist(config_settings=None):
    return []


def _call(*command):
    print("+", " ".join(map(str, command)), flush=True)
    subprocess.run([str(part) for part in command], check=True, cwd=ROOT)


def _build(settings):
    given = (settings or {}).get("build-dir")
    build = Path(given) if given else ROOT / "build" / "wheel"
    build = build if build.is_absolute() else ROOT / build
    if not (build / "CMakeCache.txt").exists():
        interpreter = Path(sysconfig.get_config_var("BINDIR") or "/usr/bin") / f"python{sysconfig.get_python_version()}"
        _call(
            "cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DIKEVET_PYTHON=ON",
            "-DIKEVET_TESTS=OFF", "-DIKEVET_BENCH=OFF", f"-DPython_EXECUTABLE={interpreter}",
        )  # fmt: skip
    _call("cmake", "--build", build, "--target", "ikevet", "ikevet_python")
    return build


def _record(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    build = _build(config_settings)
    with tempfile.TemporaryDirectory(prefix="ikevet-wheel-") as scratch:
        installed = Path(scratch)
        _call("cmake", "--install", build, "--prefix", installed)
        (package,) = installed.glob("lib/**/ikevet/__init__.py")
        (info,) = package.parent.parent.glob("ikevet-*.dist-info")
        version = info.name[len("ikevet-") : -len(".dist-info")]
        abi = f"cp{sys.version_info.major}{sys.version_info.minor}"
        tag = f"{abi}-{abi}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
        files = {}
        for folder, where in (
            (package.parent, "ikevet"),
            (installed / "share" / "ikevet", "ikevet/data"),
            (installed / "bin", f"ikevet-{version}.data/scripts"),
            (info, info.name),
        ):
            for file in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
                files[f"{where}/{file.relative_to(folder).as_posix()}"] = (file.read_bytes(), os.access(file, os.X_OK))
        files[f"{info.name}/WHEEL"] = (
            f"Wheel-Version: 1.0\nGenerator: ikevet_build\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(),
            False,
        )
        name = f"ikevet-{version}-{tag}.whl"
        record = f"{info.name}/RECORD"
        lines = [_record(path, data) for path, (data, _) in files.items()] + [f"{record},,"]
        files[record] = ("\n".join(lines).encode() + b"\n", False)
        with zipfile.ZipFile(Path(wheel_directory) / name, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as wheel:
            for path, (data, executable) in files.items():
                entry = zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0))
                entry.external_attr = (0o100755 if executable else 0o100644) << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                wheel.writestr(entry, data)
        return name


def build_sdist(sdist_directory, config_settings=None):
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    version = next(
        line.split("VERSION")[1].split()[0]
        for line in (ROOT / "CMakeLists.txt").read_text().splitlines()
        if line.startswith("project(")
    )
    name = f"ikevet-{version}"
    with tempfile.TemporaryDirectory() as scratch, tarfile.open(Path(sdist_directory) / f"{name}.tar.gz", "w:gz") as out:
        info = (ROOT / "bindings/python/packaging/METADATA.in").read_text()
        info = info.replace("@PROJECT_VERSION@", version).replace("@PROJECT_DESCRIPTION@", "Conformance tests for IKEv2")
        (Path(scratch) / "PKG-INFO").write_text(info)
        out.add(Path(scratch) / "PKG-INFO", f"{name}/PKG-INFO")
        for path in tracked.decode().split("\0"):
            if path and not (ROOT / path).is_symlink():
                out.add(ROOT / path, f"{name}/{path}")
    return f"{name}.tar.gz"
