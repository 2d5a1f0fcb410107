"""The verbs on good input: what they print, what they write, how they end."""

import json
import os
import pty
import re
import select
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from conftest import IKEVET, SOME, evidence_folders, need_program, read_json, shipped_target

VERBS = ["doctor", "list", "show", "run", "probe", "grade", "decode", "capture", "to-scenario", "shrink", "report", "diff",
         "matrix", "connect", "serve", "lab", "lint", "selftest", "schema"]
ESCAPE = "\x1b"


# ------------------------------------------------------------------------------------------------------ help and version

@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_an_example(ikevet, verb):
    done = ikevet(verb, "--help")
    assert done.code == 0
    assert re.search(rf"Examples?:\n\s+ikevet {verb}", done.out), done


def test_the_selections_of_the_examples_exist(ikevet):
    for verb in ["run", "list", "show"]:
        for example in re.findall(r"^  ikevet (?:run|list|show) (.*)$", ikevet(verb, "--help").out, re.M):
            words = [word for word in example.split() if word.startswith("rfc")]
            assert not words or ikevet("list", *words).code == 0, example


def test_help_names_every_verb_and_the_exit_codes(ikevet):
    done = ikevet("--help")
    assert done.code == 0
    for verb in VERBS:
        assert re.search(rf"^\s+{verb}\b", done.out, re.M), verb
    assert "Exit codes" in done.out


def test_version(ikevet):
    done = ikevet("--version")
    assert done.code == 0
    assert re.match(r"ikevet \d+\.\d+\.\d+\n", done.out)


# -------------------------------------------------------------------------------------------------------------- catalogue

def test_list_selects_and_gives_json(ikevet):
    rows = json.loads(ikevet("list", "rfc7296/2.6", "--json").out)
    assert rows and all(row["id"].startswith("rfc7296/2.06") for row in rows)
    assert {"title", "harness", "covers", "needs", "control", "steps"} <= set(rows[0])
    requirements = json.loads(ikevet("list", "--requirements", "--json").out)
    assert len(requirements) > 300
    covered = {requirement for row in rows for requirement in row["covers"]}
    assert covered <= {row["id"] for row in requirements if row["scenarios"]}


def test_show_a_scenario_and_a_requirement(ikevet):
    scenario = json.loads(ikevet("list", "rfc7296/2.6", "--json").out)[0]
    text = ikevet("show", scenario["id"])
    assert text.code == 0 and scenario["title"] in text.out and "steps:" in text.out
    for step in scenario["steps"]:
        assert step in text.out
    requirement = scenario["covers"][0]
    text = ikevet("show", requirement)
    assert text.code == 0 and "RFC 7296 §" in text.out and scenario["id"] in text.out


def test_schemas_are_schemas(ikevet):
    names = ikevet("schema").out.split()
    assert {"scenario", "target", "requirement", "report", "event"} <= set(names)
    for name in names:
        assert "$schema" in json.loads(ikevet("schema", name).out)


def test_doctor_is_content_with_the_embedded_target(ikevet):
    done = ikevet("doctor", "--target", "embedded")
    assert done.code == 0 and done.out.startswith("ok ")
    assert ikevet("doctor").code == 0


# -------------------------------------------------------------------------------------------------------------------- run

def test_a_run_leaves_everything(some_run):
    for file in ["run.json", "report.json", "report.html", "report.md", "junit.xml", "target.json"]:
        assert (some_run / file).stat().st_size > 0, file
    folders = evidence_folders(some_run)
    assert len(folders) >= 20
    for folder in folders:
        for file in ["capture.pcapng", "trace.jsonl", "verdict.json", "scenario.json"]:
            assert (folder / file).stat().st_size > 0, folder / file
        for file in ["keys.json", "ikev2_decryption_table", "esp_sa"]:
            assert stat.S_IMODE((folder / file).stat().st_mode) == 0o600, folder / file
    stored = (some_run / "target.json").read_text()
    assert "embedded psk" not in stored and "credentials" not in json.loads(stored)


def test_run_json_has_the_digest_of_every_other_file(some_run):
    listed = {file["path"] for file in read_json(some_run / "run.json")["files"]}
    there = {str(path.relative_to(some_run)) for path in some_run.rglob("*") if path.is_file()}
    assert there - listed == {"run.json"}


def test_both_roles_pass(ikevet, tmp_path):
    done = ikevet("run", "not:family", "--out", tmp_path / "a")
    assert done.code == 0, done
    run = read_json(tmp_path / "a/report.json")
    assert {verdict["status"] for verdict in run["scenarios"]} <= {"pass", "pass-lenient", "unsupported"}


def check_event(event: dict, schema: dict):
    """By the published schema: the members that its kind must have, and no others."""
    kind = next(kind for kind in schema["oneOf"] if kind["properties"]["event"]["const"] == event["event"])
    assert {"time", *kind["required"]} <= set(event) <= {"event", "time", *kind["properties"]}, event
    assert re.fullmatch(schema["properties"]["time"]["pattern"], event["time"])


@pytest.mark.parametrize("to_stdout", [False, True])
def test_events_are_streamed_as_lines_of_json(ikevet, tmp_path, to_stdout):
    file = tmp_path / "new/events.ndjson"
    done = ikevet("run", "rfc7296/2.5", "--out", tmp_path / "a", "--events", "-" if to_stdout else file)
    assert done.code == 0, done
    events = [json.loads(line) for line in (done.out if to_stdout else file.read_text()).splitlines()]
    schema = json.loads(ikevet("schema", "event").out)
    for event in events:
        check_event(event, schema)
    kinds = [event["event"] for event in events]
    assert kinds[0] == "run-started" and kinds[-1] == "run-finished"
    report = read_json(tmp_path / "a/report.json")
    finished = {event["scenario"]: event["status"] for event in events if event["event"] == "scenario-finished"}
    assert finished == {one["scenario"]: one["status"] for one in report["scenarios"]}
    assert len(finished) == events[0]["scenarios"] == kinds.count("scenario-started")
    assert events[-1]["headline"] == report["summary"]["headline"]


def same_files(a: Path, b: Path, pattern: str):
    files = sorted(path.relative_to(a) for path in a.rglob(pattern))
    assert files
    for file in files:
        assert (a / file).read_bytes() == (b / file).read_bytes(), file


@pytest.mark.parametrize("more", [[], ["--jobs", "4"]])
def test_the_same_seed_gives_the_same_octets(ikevet, some_run, tmp_path, more):
    assert ikevet("run", *SOME, "--seed", "7", "--out", tmp_path / "b", *more).code == 0
    for pattern in ["capture.pcapng", "verdict.json", "keys.json", "trace.jsonl"]:
        same_files(some_run, tmp_path / "b", pattern)


def test_another_seed_gives_other_octets(ikevet, some_run, tmp_path):
    assert ikevet("run", "rfc7296/1.2", "--seed", "8", "--out", tmp_path / "b").code == 0
    folder = evidence_folders(tmp_path / "b")[0].relative_to(tmp_path / "b")
    assert (tmp_path / "b" / folder / "capture.pcapng").read_bytes() != (
        some_run / folder / "capture.pcapng").read_bytes()


def test_grading_the_stored_run_gives_identical_verdicts(ikevet, some_run):
    done = ikevet("grade", some_run, "--check")
    assert done.code == 0 and "identical to" in done.out, done
    again = json.loads(ikevet("grade", some_run, "--json").out)
    stored = read_json(some_run / "report.json")
    assert again["scenarios"] == stored["scenarios"]
    assert again["requirements"] == stored["requirements"]


def test_changed_evidence_is_noticed(ikevet, tmp_path):
    assert ikevet("run", "rfc7296/1.4/liveness-check", "--out", tmp_path / "a").code == 0
    folder = evidence_folders(tmp_path / "a")[-1]
    record = folder / "trace.jsonl"
    record.write_text(record.read_text().replace('"status":"done"', '"status":"unmet"', 1))
    done = ikevet("grade", tmp_path / "a", "--check")
    assert done.code == 7 and "trace.jsonl has changed" in done.out and "differs from" in done.out, done


def test_one_scenario_brings_its_control(ikevet, tmp_path):
    rows = json.loads(ikevet("list", "--json").out)
    with_control = next(row for row in rows if row["control"] and row["needs"] == ["responder"])
    done = ikevet("run", with_control["id"], "--out", tmp_path / "a")
    assert done.code == 0, done
    assert read_json(tmp_path / "a/run.json")["scenarios"] == [with_control["control"], with_control["id"]]


def test_a_scenario_file_can_be_run(ikevet, tmp_path):
    rows = json.loads(ikevet("list", "rfc7296/1.4", "not:family", "--json").out)
    own = tmp_path / "mine.json"
    scenario = read_json(Path(rows[0]["file"]))
    scenario["id"] = "mine"
    scenario.pop("$schema", None)
    own.write_text(json.dumps(scenario))
    done = ikevet("run", own, "--out", tmp_path / "a")
    assert done.code == 0, done
    assert "mine" in read_json(tmp_path / "a/run.json")["scenarios"]


def test_dry_run_writes_nothing(ikevet, tmp_path):
    done = ikevet("run", "--dry-run", "--out", tmp_path / "a")
    assert done.code == 0 and "would play" in done.out
    assert list(tmp_path.iterdir()) == []


def test_the_default_folder_is_the_next_free_one(ikevet, tmp_path):
    for n in [1, 2]:
        assert ikevet("run", "rfc7296/1.2/setup-by-harness").code == 0
        assert (tmp_path / f"out/embedded-{n}/run.json").exists()


def test_an_earlier_run_is_replaced_and_strangers_files_stay(ikevet, tmp_path):
    assert ikevet("run", "rfc7296/1.2", "--out", "a").code == 0
    (tmp_path / "a/notes.txt").write_text("mine")
    done = ikevet("run", "rfc7296/1.4", "--out", "a")
    assert done.code == 0 and "replaced" in done.out
    assert (tmp_path / "a/notes.txt").read_text() == "mine"
    assert not list((tmp_path / "a").rglob("invalid-ke-payload-from-dut"))


def verdicts_of(run: Path):
    """Without the lines that name the run's folder."""
    return [{**verdict, "rerun": ""} for verdict in read_json(run / "report.json")["scenarios"]]


def test_no_keys(ikevet, some_run, tmp_path):
    assert ikevet("run", *SOME, "--seed", "7", "--no-keys", "--out", "a").code == 0
    for name in ["keys.json", "ikev2_decryption_table", "esp_sa"]:
        assert not list((tmp_path / "a").rglob(name))
    assert verdicts_of(tmp_path / "a") == verdicts_of(some_run)
    done = ikevet("grade", "a")
    assert done.code == 2 and "--keys" in done.err
    keys = [argument for file in some_run.rglob("keys.json") for argument in ("--keys", file)]
    assert ikevet("grade", "a", "--check", *keys).code == 0


def test_baseline(ikevet, some_run, tmp_path):
    done = ikevet("run", *SOME, "--seed", "7", "--out", "a", "--baseline", some_run / "report.json")
    assert done.code == 0 and "as the baseline says" in done.out
    report = read_json(some_run / "report.json")
    report["scenarios"][0]["status"] = "fail"
    (tmp_path / "other.json").write_text(json.dumps(report))
    done = ikevet("run", *SOME, "--seed", "7", "--out", "a", "--baseline", "other.json")
    assert done.code == 7 and report["scenarios"][0]["scenario"] in done.out, done


def test_report_again(ikevet, tmp_path):
    assert ikevet("run", "rfc7296/1.2", "--out", "a").code == 0
    before = (tmp_path / "a/report.html").read_bytes()
    (tmp_path / "a/report.html").unlink()
    assert ikevet("report", "a", "--format", "html").code == 0
    assert (tmp_path / "a/report.html").read_bytes() == before
    assert ikevet("report", "a", "--out", "published").code == 0
    assert {path.name for path in (tmp_path / "published").iterdir()} == {
        "report.html", "report.json", "report.md", "junit.xml", "cost.json", "cost.md", "cost.svg", "audit.json", "audit.md",
        "certification.json", "certification.md"}


# ------------------------------------------------------------------------------------------------------------- the capture

def test_wireshark_decrypts_the_captures(some_run, tmp_path):
    need_program("tshark", "it judges captures and keys")
    folder = next(f for f in evidence_folders(some_run) if f.name == "setup-by-harness")
    home = tmp_path / "home"
    (home / ".config/wireshark").mkdir(parents=True)
    table = (folder / "ikev2_decryption_table").read_text()
    (home / ".config/wireshark/ikev2_decryption_table").write_text(table)
    done = subprocess.run(["tshark", "-r", str(folder / "capture.pcapng"), "-V", "-Y", "isakmp.exchangetype == 35"],
                          env={**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}, text=True,
                          capture_output=True, timeout=60)
    assert "Payload: Identification - Initiator (35)" in done.stdout, done.stdout + done.stderr
    assert "Payload: Traffic Selector - Responder (45)" in done.stdout


def test_decode_reads_the_captures(ikevet, some_run):
    folder = next(f for f in evidence_folders(some_run) if f.name == "setup-by-harness")
    done = ikevet("decode", folder / "capture.pcapng")
    assert done.code == 0 and "SK {IDi" in done.out, done


def test_grading_a_capture_by_itself(ikevet, some_run):
    folder = next(f for f in evidence_folders(some_run) if f.name == "setup-by-harness")
    done = ikevet("grade", folder / "capture.pcapng")
    assert done.code == 0 and "192.0.2.1" in done.out and "192.0.2.2" in done.out, done
    one = json.loads(ikevet("grade", folder / "capture.pcapng", "--side", "192.0.2.2", "--json").out)
    assert [side["scenario"] for side in one["scenarios"]] == ["192.0.2.2"]


# ------------------------------------------------------------------------------------------------- terminals, pipes, signals

def on_a_terminal(arguments, cwd, env=None):
    """What the program writes to a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen([IKEVET, *arguments], cwd=cwd, stdout=slave, stderr=slave, stdin=subprocess.DEVNULL,
                               env={**os.environ, "TERM": "xterm", **(env or {})})
    os.close(slave)
    text = b""
    while select.select([master], [], [], 60)[0]:
        try:
            chunk = os.read(master, 65536)
        except OSError:  # the other side was closed
            break
        if not chunk:
            break
        text += chunk
    os.close(master)
    process.wait(timeout=60)
    return text.decode()


def test_colour_and_live_progress_on_a_terminal_only(ikevet, tmp_path):
    environment = {"NO_COLOR": ""}
    shown = on_a_terminal(["run", "rfc7296/1.2", "--out", "a"], tmp_path, environment)
    assert ESCAPE + "[32mpass" in shown and "\r" + ESCAPE + "[2K" in shown
    piped = ikevet("run", "rfc7296/1.2", "--out", "b", env=environment).out
    assert ESCAPE not in piped and "\r" not in piped
    assert re.search(r"^ ?1/\d+ pass +rfc7296/", piped, re.M)


def test_no_color(tmp_path):
    shown = on_a_terminal(["run", "rfc7296/1.2", "--out", "a"], tmp_path, {"NO_COLOR": "1"})
    assert ESCAPE + "[3" not in shown and ESCAPE + "[1m" not in shown


def test_a_reader_that_goes_away_does_not_break_the_run(tmp_path):
    done = subprocess.run(f"{IKEVET} run not:family --out a | head -n 1", shell=True, cwd=tmp_path, timeout=120,
                          capture_output=True, text=True)
    assert done.stdout.startswith("ikevet run")
    deadline = time.monotonic() + 60
    while read_json(tmp_path / "a/run.json")["partial"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert read_json(tmp_path / "a/run.json")["partial"] is False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_valid_and_marked(ikevet, tmp_path, how):
    # The silent peer of this scenario costs real time on real sockets.
    target = shipped_target(ikevet, "loopback")
    target["dut"].update(ike_port=0, nat_t_port=0)
    (tmp_path / "t.json").write_text(json.dumps(target))
    process = subprocess.Popen([IKEVET, "run", "rfc7296/2.4", "--target", "t.json", "--out", "a"], cwd=tmp_path,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = [process.stdout.readline()]
    time.sleep(1)
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    out = "".join(lines) + out
    assert process.returncode == 6, out + err
    assert "interrupted" in out
    assert read_json(tmp_path / "a/run.json")["partial"] is True
    report = read_json(tmp_path / "a/report.json")
    assert report["scenarios"] and not any(v["status"] == "fail" for v in report["scenarios"])
    assert (tmp_path / "a/report.html").exists()
    again = ikevet("grade", "a", "--check")
    assert again.code == 6 and "identical" in again.out, again


def test_a_run_that_was_killed_can_still_be_graded(ikevet, tmp_path):
    assert ikevet("run", "rfc7296/1.4", "--out", "a").code == 0
    folders = evidence_folders(tmp_path / "a")
    # As if the program had ended while it wrote the evidence of the last scenario but one.
    for folder, kept in [(folders[-2], ["scenario.json", "capture.pcapng"]), (folders[-1], [])]:
        for file in list(folder.iterdir()):
            if file.name not in kept:
                file.unlink()
    info = read_json(tmp_path / "a/run.json")
    (tmp_path / "a/run.json").write_text(json.dumps({**info, "partial": True, "files": []}))
    for report in ["report.json", "report.html", "report.md", "junit.xml"]:
        (tmp_path / "a" / report).unlink()
    done = ikevet("grade", "a")
    assert done.code == 6 and "2 inconclusive" in done.out, done
    assert ikevet("report", "a").code == 0
    assert read_json(tmp_path / "a/report.json")["scenarios"][-1]["reason"] == "interrupted"


def test_a_full_disk_is_named_and_what_was_written_stays(ikevet, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("a small file system to fill needs root")
    (tmp_path / "small").mkdir()
    script = "mount -t tmpfs -o size=400k none small && { %s run not:family --out small/a; code=$?; cp -r small/a kept; exit $code; }"
    done = subprocess.run(["unshare", "-m", "sh", "-c", script % IKEVET], cwd=tmp_path, text=True, capture_output=True,
                          timeout=60)
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("this machine lets nobody mount: " + done.stderr.strip())
    assert done.returncode == 2 and "No space left" in done.stderr and "free some space" in done.stderr, done
    assert read_json(tmp_path / "kept/run.json")["partial"] is True
    again = ikevet("grade", "kept")
    assert again.code == 6 and "interrupted" in again.out, again


# ------------------------------------------------------------------------------------------------------------- installation

def test_an_installed_tree_stands_alone(tmp_path):
    build = os.environ.get("IKEVET_BUILD")
    if not build:
        pytest.skip("IKEVET_BUILD does not name a build tree")
    done = subprocess.run(["cmake", "--install", build, "--prefix", str(tmp_path / "usr")], text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    program = tmp_path / "usr/bin/ikevet"
    listed = json.loads(subprocess.run([program, "list", "--json"], text=True, capture_output=True, check=True).stdout)
    assert listed and all(row["file"].startswith(str(tmp_path / "usr/share/ikevet/")) for row in listed)
    assert os.access(tmp_path / "usr/share/ikevet/targets/strongswan/lab", os.X_OK)
    done = subprocess.run([program, "run", "rfc7296/1.2", "--out", str(tmp_path / "a")], text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
