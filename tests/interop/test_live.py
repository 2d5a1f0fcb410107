"""Targets on real sockets of the loopback interface: our own device, and `serve` in the part of somebody else's."""

import json
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from conftest import IKEVET, evidence_folders, read_json, shipped_target


def free_ports(count):
    """Ports that nobody has right now."""
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture
def pair(ikevet, tmp_path):
    """Two target files for one pair of peers: "device.json", whose device `serve` plays, and "live.json", which says of
    the same addresses that somebody else is there."""
    ike, nat_t = free_ports(2)
    device = shipped_target(ikevet, "loopback")
    device["dut"].update(ike_port=ike, nat_t_port=nat_t)
    (tmp_path / "device.json").write_text(json.dumps({**device, "name": "device"}))
    live = json.loads(json.dumps(device))
    live.update(name="live", kind="live", triggers={}, timing={"answer": "1s", "give_up": "4s"})
    for member in ["ike_proposals", "child_proposals"]:
        live["dut"].pop(member, None)
    # Nothing makes this device ask: what it does as an initiator cannot be claimed.
    live["capabilities"] = [one for one in live["capabilities"] if one not in ("invalid-ke-initiator", "auth-at-once")]
    (tmp_path / "live.json").write_text(json.dumps(live))
    return live


@pytest.fixture
def served(pair, tmp_path):
    """`ikevet serve` at the pair's addresses."""
    process = subprocess.Popen([IKEVET, "serve", "--target", "device.json", "--out", "served"], cwd=tmp_path, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert "waiting at" in process.stdout.readline()
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


def test_the_suite_over_real_sockets(ikevet, tmp_path, pair):
    done = ikevet("run", "rfc7296/1.2", "rfc7296/1.4", "--target", "device.json", "--out", "a")
    assert done.code == 0, done
    assert ikevet("grade", "a", "--check").code == 0
    assert all(re.match(r"127\.0\.0\.1:\d+$", endpoint) for endpoint in json.loads(
        (evidence_folders(tmp_path / "a")[0] / "trace.jsonl").read_text().splitlines()[0])["harness_endpoints"])


def test_over_ipv6(ikevet, tmp_path):
    if not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("this machine has no IPv6")
    target = shipped_target(ikevet, "loopback6")
    target["dut"].update(ike_port=0, nat_t_port=0)
    (tmp_path / "t.json").write_text(json.dumps(target))
    done = ikevet("run", "rfc7296/1.2/setup-by-harness", "--target", "t.json", "--out", "a")
    assert done.code == 0, done


def test_a_device_of_somebody_else(ikevet, tmp_path, served):
    done = ikevet("run", "rfc7296/1.2/setup-by-harness", "rfc7296/1.4/liveness-check", "--target", "live.json",
                  "--out", "a")
    assert done.code == 0, done
    assert read_json(tmp_path / "a/run.json")["dut_address"] == "127.0.0.1"


def test_connect_and_serve_meet(ikevet, tmp_path, served):
    done = ikevet("connect", "--target", "live.json", "--for", "1", "--out", "tunnel")
    assert done.code == 0, done
    assert "ESTABLISHED" in done.out.upper()
    served.send_signal(signal.SIGINT)
    out = served.communicate(timeout=30)[0]
    assert served.returncode == 0 and "1 IKE SA came up" in out, out
    for folder in ["tunnel", "served"]:
        assert (tmp_path / folder / "keys.json").stat().st_mode & 0o777 == 0o600
        decoded = ikevet("decode", tmp_path / folder / "capture.pcapng")
        assert decoded.code == 0 and "SK {IDi" in decoded.out and "SK {D}" in decoded.out, decoded


def test_ctrl_c_deletes_the_tunnel(tmp_path, served):
    process = subprocess.Popen([IKEVET, "connect", "--target", "live.json"], cwd=tmp_path, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out = process.communicate(timeout=30)[0]
    assert process.returncode == 0, out
    assert "INFORMATIONAL" in out and "deleted" in out.lower()


def test_connect_with_another_key_is_refused(ikevet, tmp_path, served, pair):
    pair["credentials"] = {"psk": "not the one"}
    (tmp_path / "wrong.json").write_text(json.dumps({**pair, "name": "wrong"}))
    done = ikevet("connect", "--target", "wrong.json", "--for", "10")
    assert done.code == 1 and "refused" in done.out, done


def test_nobody_there(ikevet, tmp_path, pair):
    done = ikevet("run", "rfc7296/1.2/setup-by-harness", "--target", "live.json", "--timeout-scale", "0.3", "--out", "a")
    assert done.code == 4, done
    assert "dut-unreachable" in done.out and "fail" not in read_json(tmp_path / "a/report.json")["scenarios"][0]["status"]


def test_a_trigger_that_fails(ikevet, tmp_path, served, pair):
    pair["triggers"] = {"initiate": {"command": ["sh", "-c", "echo out of order; exit 3"]}}
    (tmp_path / "broken.json").write_text(json.dumps({**pair, "name": "broken"}))
    done = ikevet("run", "rfc7296/1.2/setup-by-dut", "--target", "broken.json", "--out", "a")
    assert done.code == 4, done
    assert "trigger-failed" in done.out and "out of order" in done.out


def test_doctor_finds_what_is_missing(ikevet, tmp_path, pair):
    pair["triggers"] = {"initiate": {"command": ["no-such-program"]}}
    (tmp_path / "broken.json").write_text(json.dumps({**pair, "name": "broken"}))
    done = ikevet("doctor", "--target", "broken.json")
    assert done.code == 2, done
    assert re.search(r"FAIL  trigger initiate: .*no-such-program", done.out), done
    assert re.search(r"^ok    ports", done.out, re.M), done


def test_doctor_finds_a_port_in_use(ikevet, tmp_path, pair):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        pair["harness"]["ike_port"] = holder.getsockname()[1]
        (tmp_path / "busy.json").write_text(json.dumps({**pair, "name": "busy"}))
        done = ikevet("doctor", "--target", "busy.json")
    assert done.code == 2 and re.search(r"FAIL  ports: .*in use", done.out), done


SUPERVISOR = """
while true; do
  "$IKEVET" serve --target device.json > served.log &
  echo $! > pid
  wait $!
done
"""
CRASH = {
    "id": "crash", "title": "The device crashes in the middle", "description": "A trigger kills it behind the set-up.",
    "covers": ["rfc7296-1.2-verify-macs"], "harness": "initiator", "needs": ["responder", "trigger:demand_cookie"],
    "steps": [
        {"establish": {}},
        {"trigger": "demand_cookie"},
        {"wait": "1s"},
        {"expect": "any", "payloads": [{"notify": "COOKIE"}], "absent_for": "100ms"},
    ],
}


@pytest.mark.parametrize("how", ["life", "bystander"])
def test_a_restart_is_seen_though_a_supervisor_hides_it(ikevet, tmp_path, pair, how):
    pair["triggers"] = {"demand_cookie": {"command": ["sh", "-c", f"kill -9 $(cat {tmp_path}/pid)"]}}
    pair["concurrency"] = 1 if how == "life" else 10
    if how == "life":
        pair["life"] = {"command": ["cat", str(tmp_path / "pid")]}
    (tmp_path / "live.json").write_text(json.dumps(pair))
    (tmp_path / "crash.json").write_text(json.dumps(CRASH))
    supervisor = subprocess.Popen(["sh", "-c", SUPERVISOR], cwd=tmp_path, env={**os.environ, "IKEVET": IKEVET},
                                  start_new_session=True)
    try:
        deadline = time.monotonic() + 20
        while "waiting at" not in (tmp_path / "served.log").read_text() if (tmp_path / "served.log").exists() else True:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        done = ikevet("run", "crash.json", "--target", "live.json", "--out", "a", "--reruns", "0")
    finally:
        os.killpg(supervisor.pid, signal.SIGKILL)
        supervisor.wait()
    assert done.code == 1, done
    health = read_json(tmp_path / "a/crash/health.json")
    assert health["device"] == "restarted", health
    assert ("`life`" if how == "life" else "nothing to do with the scenario") in health["how"]
    assert ikevet("grade", "a", "--check").code == 1


def test_several_scenarios_at_a_time_and_the_time_they_took(ikevet, tmp_path, pair, served):
    pair["concurrency"] = 4
    (tmp_path / "live.json").write_text(json.dumps(pair))
    done = ikevet("run", "rfc7296/2.5 & role:initiator", "not:family", "--target", "live.json", "--out", "a", "--jobs", "8")
    assert done.code == 0, done
    assert "4 scenarios at a time: that is the concurrency of the target" in done.out
    assert re.search(r"^time: +[0-9.]+ s; the protocol's waits: [0-9.]+ s, 4 at a time", done.out, re.M), done
    assert read_json(tmp_path / "a/timing.json")["concurrency"] == 4
    assert ikevet("grade", "a", "--check").code == 0


def test_a_claim_that_the_wire_contradicts_is_named(ikevet, tmp_path, pair, served):
    pair["capabilities"] = ["responder", "childless"]
    (tmp_path / "live.json").write_text(json.dumps(pair))
    done = ikevet("run", "rfc7296/1.2/setup-by-harness", "--target", "live.json", "--out", "a")
    assert "childless is claimed, but refused" in done.out, done
    assert "nat-traversal is accepted, but not claimed" in done.out
    assert {row["finding"] for row in read_json(tmp_path / "a/claims.json")} == {"claimed-but-refused",
                                                                                "unclaimed-but-accepted"}
    pair["capabilities"] = ["responder", "cookie2"]
    (tmp_path / "live.json").write_text(json.dumps(pair))
    done = ikevet("run", "rfc7296/1.2/setup-by-harness", "--target", "live.json", "--out", "b")
    assert done.code == 2 and '"cookie2" is claimed without mobike' in done.err, done
    assert not (tmp_path / "b").exists()


def test_a_probe_drafts_a_target_that_can_be_run(ikevet, tmp_path, pair, served):
    done = ikevet("probe", "live.json", "--json", "--write", "found.json")
    assert done.code in (0, 1), done
    found = json.loads(done.out)
    assert found["authentication"] == "established"
    assert "ecp256" in found["ike"]["groups"] and "aes256gcm16" in found["child"]["encr"]
    assert ikevet("probe", "live.json", "--write", "found.json").code == 2
    done = ikevet("run", "rfc7296/1.2/setup-by-harness", "--target", "found.json", "--out", "a")
    assert done.code == 0, done


def test_what_differs_when_it_is_played_again_is_unstable(ikevet, tmp_path, pair, served):
    """A trigger that fires only the second time: the device itself is the same."""
    flag = tmp_path / "flag"
    pair["triggers"] = {"demand_cookie": {"command": ["sh", "-c", f"test -e {flag} || {{ touch {flag}; exit 1; }}"]}}
    (tmp_path / "live.json").write_text(json.dumps(pair))
    (tmp_path / "crash.json").write_text(json.dumps(CRASH))
    done = ikevet("run", "crash.json", "--target", "live.json", "--out", "a")
    assert "crash is unstable: inconclusive before, pass when it was played again" in done.out, done
    assert done.code == 6
    assert (tmp_path / "a/again-1/crash/trace.jsonl").exists()
    assert ikevet("grade", "a", "--check").code == 6
