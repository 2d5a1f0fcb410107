"""The quick profile of the suite in both roles against Debian's charon, in network namespaces of this test's own."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from conftest import IKEVET, ROOT, Outcome, evidence_folders, need_program, read_json, skip

CHARON = Path("/usr/lib/ipsec/charon")
GOOD = {"pass", "pass-lenient"}


def need_everything():
    if os.geteuid() != 0:
        skip("network namespaces need root")
    for program, package in [("ip", "iproute2"), ("swanctl", "strongswan-swanctl"), ("ping", "iputils-ping")]:
        need_program(program, package)
    if not CHARON.exists():
        skip("strongSwan's charon is missing (strongswan-charon): tools/setup.sh --test installs it")
    if not Path("/dev/net/tun").exists():
        skip("/dev/net/tun is missing, which charon's ESP in user space needs: modprobe tun")


@pytest.fixture(scope="module")
def lab():
    """The peer, up in namespaces that nobody else has; gives its environment and its target file."""
    need_everything()
    unique = str(os.getpid())
    with tempfile.TemporaryDirectory(prefix="ikevet-lab-") as state:
        environment = {**os.environ, "IKEVET_LAB_STATE": state, "IKEVET_LAB_HARNESS_NS": "ikv-h-" + unique,
                       "IKEVET_LAB_PEER_NS": "ikv-p-" + unique}
        up = subprocess.run([IKEVET, "lab", "up", "strongswan"], env=environment, text=True, capture_output=True)
        assert up.returncode == 0, up.stdout + up.stderr
        yield environment, Path(state) / "target.json"
        down = subprocess.run([IKEVET, "lab", "down", "strongswan"], env=environment, text=True, capture_output=True)
        assert down.returncode == 0, down.stdout + down.stderr


def call(lab, *arguments, cwd=None, timeout=900):
    environment, _ = lab
    return Outcome(subprocess.run([IKEVET, *map(str, arguments)], env=environment, text=True, capture_output=True,
                                  cwd=cwd, timeout=timeout))


@pytest.fixture(scope="module")
def run(lab, tmp_path_factory):
    """The suite without families and long waits, once."""
    folder = tmp_path_factory.mktemp("strongswan") / "s"
    done = call(lab, "run", "profile:quick", "--target", lab[1], "--out", folder)
    print(done.out)
    return done, folder


def test_the_lab_tells_that_it_is_up(lab):
    assert call(lab, "lab", "status", "strongswan").code == 0


def test_doctor_is_content(lab):
    done = call(lab, "doctor", "--target", lab[1])
    assert done.code == 0, done


def test_the_suite_runs_to_its_end(run):
    done, folder = run
    assert done.code in (0, 1, 6), done  # no harness error, no unreachable device, no failed trigger
    report = read_json(folder / "report.json")
    assert read_json(folder / "run.json")["partial"] is False
    roles = {read_json(folder / verdict["scenario"] / "scenario.json")["harness"]
             for verdict in report["scenarios"] if verdict["status"] in GOOD}
    assert roles == {"initiator", "responder"}
    assert sum(verdict["status"] in GOOD for verdict in report["scenarios"]) >= 20, done


def test_what_does_not_pass_is_explained(run):
    _, folder = run
    findings = ROOT / "docs/findings.md"
    text = findings.read_text() if findings.exists() else ""
    report = read_json(folder / "report.json")
    def lacks_what_the_findings_list(verdict):
        missing = verdict.get("detail", "").partition(" does not have ")[2]
        return verdict["status"] == "unsupported" and missing and all(
            re.search(rf"^\\| (`[^|]*, )?`{capability}`[, |]", text, re.M) for capability in missing.split(", "))

    unexplained = [f'{verdict["scenario"]}: {verdict["status"]}: {verdict.get("detail", "")}'
                   for verdict in report["scenarios"]
                   if verdict["status"] not in GOOD and verdict["scenario"] not in text
                   and not lacks_what_the_findings_list(verdict)]
    unexplained += [f'{verdict["scenario"]}: {rule["requirement"]}: {rule.get("detail", "")}'
                    for verdict in report["scenarios"] for rule in verdict["rules"]
                    if rule["status"] == "fail" and rule["requirement"] not in text]
    assert unexplained == []


def test_the_stored_run_gives_identical_verdicts(lab, run):
    done, folder = run
    again = call(lab, "grade", folder, "--check")
    assert again.code == done.code and "identical to" in again.out, again


def test_packets_were_recorded_and_decrypt(run, tmp_path):
    need_program("tshark", "it judges captures and keys")
    folder = next(f for f in evidence_folders(run[1]) if f.name == "setup-by-harness")
    (tmp_path / ".config/wireshark").mkdir(parents=True)
    table = (folder / "ikev2_decryption_table").read_text()
    (tmp_path / ".config/wireshark/ikev2_decryption_table").write_text(table)
    done = subprocess.run(["tshark", "-r", str(folder / "capture.pcapng"), "-V", "-Y", "isakmp.exchangetype == 35"],
                          env={**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / ".config")},
                          text=True, capture_output=True, timeout=60)
    assert "Payload: Identification - Responder (36)" in done.stdout, done.stdout + done.stderr
    assert "Ethernet II" in done.stdout  # recorded on the wire, not made from what the sockets saw


def test_connect_brings_up_a_tunnel(lab, tmp_path):
    done = call(lab, "connect", "--target", lab[1], "--for", "2", "--out", tmp_path / "tunnel")
    assert done.code == 0, done
    assert re.search(r"established", done.out, re.I)
    decoded = call(lab, "decode", tmp_path / "tunnel/capture.pcapng")
    assert decoded.code == 0 and "SK {IDr" in decoded.out, decoded
