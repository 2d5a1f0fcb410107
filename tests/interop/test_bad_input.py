"""What bad input gets: one clear message a fault, with its place and what to do, exit code 2, and nothing written."""

import json
import re
import shutil
import socket

import pytest

from conftest import evidence_folders, shipped_target


def tree(folder):
    """Every file below a folder with its content."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def refused(ikevet, tmp_path):
    """Calls the program, which must end with `code` and say `message`, on stderr alone, without having written anything."""

    def check(code, message, *arguments, env=None):
        before = tree(tmp_path)
        done = ikevet(*arguments, env=env)
        assert done.code == code, done
        assert re.search(message, done.err), done
        assert done.err.startswith("ikevet"), done
        assert tree(tmp_path) == before
        return done

    return check


# --------------------------------------------------------------------------------------------------------- the command line

@pytest.mark.parametrize("arguments, message", [
    ([], r"required"),
    (["rnu"], r'no verb "rnu"; did you mean run'),
    (["run", "--sed", "7"], r"no option --sed; did you mean --seed"),
    (["run", "--seed", "seven"], r"--seed"),
    (["run", "--seed"], r"--seed"),
    (["run", "--timeout-scale", "0"], r"--timeout-scale"),
    (["run", "--jobs", "-1"], r"--jobs"),
    (["run", "rfc7296/2.99"], r'"rfc7296/2.99" selects nothing; did you mean'),
    (["run", "tag:nonsense"], r'"tag:nonsense" selects nothing'),
    (["list", "rfc9999"], r'"rfc9999" selects nothing'),
    (["show", "rfc7296/2.6"], r"names \d+ scenarios.*ikevet list"),
    (["show", "rfc7296-2.5-critical-unknwon"], r"selects nothing"),
    (["schema", "scenaro"], r'no schema "scenaro"; did you mean scenario'),
    (["lab", "up", "strongswam"], r'no lab "strongswam"; did you mean strongswan'),
    (["lab", "jump", "strongswan"], r"jump"),
    (["run", "--target", "strongswam"], r'no target "strongswam"; did you mean'),
    (["doctor", "--no-such"], r"no option --no-such"),
    (["connect", "--target", "embedded"], r"has no sockets"),
    (["serve", "--target", "embedded"], r"has no sockets"),
    (["report", "."], r"no run of ikevet"),
    (["report", ".", "--format", "docx"], r"docx"),
    (["grade", "."], r"no run of ikevet"),
    (["grade", "missing.pcap"], r"missing.pcap: "),
    (["decode", "missing.pcap"], r"missing.pcap: "),
    (["run", "missing.json"], r"missing.json: "),
    (["run", "--target", "missing.json"], r"missing.json: "),
    (["run", "--baseline", "missing.json"], r"missing.json: "),
])
def test_command_line(refused, arguments, message):
    refused(2, message, *arguments)


def test_nothing_selected_has_its_own_code(refused):
    refused(5, r"nothing is selected", "run", "rfc7296", "not:rfc7296")


def test_a_data_folder_that_is_none(refused, tmp_path):
    refused(2, r"IKEVET_DATA", "list", env={"IKEVET_DATA": str(tmp_path)})


# -------------------------------------------------------------------------------------------------------- scenario and target



@pytest.fixture
def a_scenario(ikevet):
    """A scenario of the suite that has no control, as JSON."""
    rows = json.loads(ikevet("list", "--json").out)
    row = next(row for row in rows if not row["control"])
    scenario = json.loads(open(row["file"]).read())
    scenario.pop("$schema", None)
    return scenario


def damaged(scenario, **changes):
    return {**scenario, **changes}


@pytest.mark.parametrize("text, message", [
    ("", r"mine.json"),
    ("{", r"mine.json:1"),
    ("[]", r"mine.json"),
    ("\x00\xff", r"mine.json"),
    ('{"id": "mine"}', r"mine.json:1.*(title|steps|required)"),
])
def test_a_scenario_file_that_is_none(refused, tmp_path, text, message):
    (tmp_path / "mine.json").write_text(text)
    refused(2, message, "run", "mine.json", "--out", "a")


@pytest.mark.parametrize("changes, message", [
    ({"harness": "bystander"}, r"mine.json:\d+:\d+: /harness: "),
    ({"covers": ["rfc7296-9.9-nothing"]}, r"mine.json:\d+:\d+: /covers/0: .*no such requirement"),
    ({"needs": ["telepathy"]}, r"mine.json:\d+:\d+: /needs/0: "),
    ({"steps": [{"expcet": "IKE_SA_INIT"}]}, r"mine.json:\d+:\d+: /steps/0"),
    ({"steps": [{"send": "IKE_SA_INTI"}]}, r"mine.json:\d+:\d+: /steps/0"),
    ({"control": "rfc7296/no/such"}, r"mine.json:\d+:\d+: /control: "),
])
def test_a_scenario_with_a_fault(refused, tmp_path, a_scenario, changes, message):
    (tmp_path / "mine.json").write_text(json.dumps(damaged(a_scenario, **changes), indent=2))
    refused(2, message, "run", "mine.json", "--out", "a")


def test_a_scenario_does_not_write_outside_its_run(refused, tmp_path, a_scenario):
    (tmp_path / "mine.json").write_text(json.dumps(damaged(a_scenario, id="a/../../mine")))
    refused(2, r"leads out of the run's folder", "run", "mine.json", "--out", "b/a")


def test_all_faults_of_a_scenario_at_once(refused, tmp_path, a_scenario):
    faults = damaged(a_scenario, covers=["rfc7296-9.9-a", "rfc7296-9.9-b"], needs=["telepathy"])
    (tmp_path / "mine.json").write_text(json.dumps(faults, indent=2))
    done = refused(2, r"rfc7296-9.9-a", "run", "mine.json")
    assert "rfc7296-9.9-b" in done.err and "telepathy" in done.err
    assert len([line for line in done.err.splitlines() if line.startswith("ikevet: ")]) >= 3


@pytest.fixture
def a_target(ikevet):
    return shipped_target(ikevet, "loopback")


@pytest.mark.parametrize("path, value, message", [
    (["dut", "address"], "10.0.0.0.1", r"t.json:\d+:\d+: /dut/address: "),
    (["harness", "ike_proposals"], ["aes512-nonsense"], r"aes512"),
    (["harness", "identity"], "harness", r"t.json"),
    (["kind"], "remote", r"t.json:\d+:\d+: /kind: "),
    (["credentials"], {"psk_file": "/nonexistent"}, r"/nonexistent"),
    (["credentials"], {"psk_env": "IKEVET_NO_SUCH_VARIABLE"}, r"IKEVET_NO_SUCH_VARIABLE"),
    (["capabilities"], ["telepathy"], r"telepathy"),
])
def test_a_target_with_a_fault(refused, tmp_path, a_target, path, value, message):
    place = a_target
    for member in path[:-1]:
        place = place[member]
    place[path[-1]] = value
    (tmp_path / "t.json").write_text(json.dumps(a_target, indent=2))
    refused(2, message, "run", "--target", "t.json", "--out", "a")


# ----------------------------------------------------------------------------------------------------------------- the folder

def test_a_folder_that_is_no_run_is_left_alone(refused, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/thesis.tex").write_text("years of work")
    refused(2, r"holds something that is no run of ikevet", "run", "--out", "a")


def test_a_folder_with_somebody_elses_run_json_is_left_alone(refused, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/run.json").write_text('{"scenarios": ["../../etc"]}')
    refused(2, r"no run of ikevet", "run", "--out", "a")


def test_a_file_is_no_folder(refused, tmp_path):
    (tmp_path / "a").write_text("")
    refused(2, r"is a file", "run", "--out", "a")


# ------------------------------------------------------------------------------------------------------- captures, keys, runs

def test_a_file_that_is_no_capture(refused, tmp_path):
    (tmp_path / "a.pcap").write_text("this is no capture, it only looks like one from afar")
    refused(2, r"a.pcap: ", "grade", "a.pcap")
    refused(2, r"a.pcap: ", "decode", "a.pcap")


def test_a_capture_without_ike(refused, tmp_path, some_run):
    capture = (evidence_folders(some_run)[0] / "capture.pcapng").read_bytes()
    # Section header and interface description alone.
    first = int.from_bytes(capture[4:8], "little")
    second = int.from_bytes(capture[first + 4:first + 8], "little")
    (tmp_path / "a.pcapng").write_bytes(capture[:first + second])
    refused(5, r"no IKEv2 message", "grade", "a.pcapng")


def test_a_capture_that_breaks_off(refused, tmp_path, some_run):
    capture = (evidence_folders(some_run)[0] / "capture.pcapng").read_bytes()
    (tmp_path / "a.pcapng").write_bytes(capture[:-7])
    refused(2, r"a.pcapng: ", "grade", "a.pcapng")


@pytest.mark.parametrize("text", ["{", "no,key,table\n", "\x00\x01"])
def test_keys_that_are_none(refused, tmp_path, some_run, text):
    (tmp_path / "keys").write_text(text)
    shutil.copy(evidence_folders(some_run)[0] / "capture.pcapng", tmp_path / "a.pcapng")
    refused(2, r"keys(:\d+)?: ", "grade", "a.pcapng", "--keys", "keys")
    refused(2, r"keys(:\d+)?: ", "decode", "a.pcapng", "--keys", "keys")


def test_an_address_that_is_not_in_the_capture(refused, tmp_path, some_run):
    shutil.copy(evidence_folders(some_run)[0] / "capture.pcapng", tmp_path / "a.pcapng")
    refused(2, r"these do: .*192\.0\.2\.", "grade", "a.pcapng", "--side", "192.0.2.99")
    refused(2, r"--check is for runs", "grade", "a.pcapng", "--check")


@pytest.mark.parametrize("file, content, message", [
    ("capture.pcapng", b"", r"capture.pcapng: "),
    ("capture.pcapng", None, r"capture.pcapng: "),
    ("trace.jsonl", b"", r"trace.jsonl: "),
    ("trace.jsonl", b'{"kind": "run"}\n', r"trace.jsonl:1: "),
    ("keys.json", b"[", r"keys.json"),
    ("scenario.json", b"{}", r"scenario.json"),
])
def test_a_run_that_was_damaged(refused, tmp_path, some_run, file, content, message):
    shutil.copytree(some_run, tmp_path / "a")
    damaged_file = evidence_folders(tmp_path / "a")[0] / file
    if content is None:
        damaged_file.unlink()
    else:
        damaged_file.write_bytes(content)
    refused(2, message, "grade", "a")


def test_a_baseline_that_is_none(refused, tmp_path):
    (tmp_path / "b.json").write_text('{"format": "shopping list"}')
    refused(2, r"b.json: ", "run", "--baseline", "b.json", "--out", "a")


def test_an_address_in_use(refused, tmp_path, a_target):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        a_target["dut"]["ike_port"] = holder.getsockname()[1]
        (tmp_path / "t.json").write_text(json.dumps(a_target))
        done = refused(4, r"in use", "run", "--target", "t.json", "--out", "a")
    assert str(a_target["dut"]["ike_port"]) in done.err


def test_an_address_of_another_machine(refused, tmp_path, a_target):
    a_target["kind"] = "live"
    a_target["harness"].update(address="192.0.2.77")
    a_target["dut"] = {"address": "192.0.2.78", "identity": "fqdn:dut.test", "ts": ["10.2.0.0/24"]}
    a_target["triggers"] = {}
    a_target["capabilities"] = ["responder"]
    (tmp_path / "t.json").write_text(json.dumps(a_target))
    refused(4, r"192\.0\.2\.77", "run", "not:family", "--target", "t.json", "--out", "a")


def test_a_network_namespace_that_is_not_there(refused, tmp_path, a_target):
    a_target["namespace"] = "ikevet-no-such-namespace"
    (tmp_path / "t.json").write_text(json.dumps(a_target))
    refused(4, r"ikevet-no-such-namespace", "run", "not:family", "--target", "t.json", "--out", "a")
