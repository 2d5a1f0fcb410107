"""What is made of a run: every kind of report against its schema, comparisons, waivers, and what a link would cost."""

import json
import re
import struct
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, need_program, read_json, skip

JSON_REPORTS = {"report.json": "report", "cost.json": "cost", "audit.json": "audit-report",
                "certification.json": "certification-report"}
A_SCENARIO = "rfc7296/1.02-initial-exchanges/setup-by-harness"


@pytest.fixture(scope="module")
def schema_check():
    try:
        import jsonschema
    except ImportError:
        skip("python3-jsonschema is missing (schemas are checked by somebody else's program): tools/setup.sh --test")
    return lambda value, schema: jsonschema.Draft7Validator(schema).validate(value)


@pytest.fixture
def small_run(ikevet, tmp_path):
    done = ikevet("run", "rfc7296/1.2", "--seed", 3, "--out", tmp_path / "small")
    assert done.code in (0, 6), done
    return tmp_path / "small"


@pytest.mark.parametrize("file", JSON_REPORTS)
def test_json_reports_are_what_their_schemas_say(ikevet, some_run, schema_check, file):
    schema_check(read_json(some_run / file), json.loads(ikevet("schema", JSON_REPORTS[file]).out))


def test_junit_is_accepted(some_run):
    need_program("xmllint", "JUnit is checked against a schema")
    done = subprocess.run(["xmllint", "--noout", "--schema", ROOT / "tests/interop/junit.xsd", some_run / "junit.xml"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_reports_are_the_same_again(ikevet, some_run, tmp_path):
    done = ikevet("report", some_run, "--format", "cost,audit,certification,md", "--out", tmp_path / "again")
    assert done.code == 0, done
    for file in (tmp_path / "again").iterdir():
        assert file.read_text() == (some_run / file.name).read_text(), file.name


def test_the_audit_cites_and_every_kind_of_algorithm_was_seen(some_run):
    audit = read_json(some_run / "audit.json")
    assert {"ENCR", "PRF", "INTEG", "KE", "AUTH"} <= {row["kind"] for row in audit["algorithms"]}
    documents = {baseline["document"] for baseline in audit["baselines"]}
    assert {"RFC 8247", "RFC 8221", "RFC 9206", "NIST SP 800-77 Rev. 1", "BSI TR-02102-3"} <= documents
    for baseline in audit["baselines"]:
        for finding in baseline["findings"]:
            assert finding["clause"].startswith(baseline["document"])
            if finding["result"] in ("failure", "warning") and finding["uses"]:
                assert finding["places"], finding
    assert all(check["status"] != "wrong" for check in audit["behaviour"]), audit["behaviour"]


def test_a_baseline_of_ones_own_needs_no_program(ikevet, small_run, tmp_path):
    baseline = {"id": "mine", "title": "House rules", "document": "HR 1", "edition": "2026", "verified": "ourselves",
                "rules": [{"kind": "ENCR", "grade": "forbidden", "says": "no", "clause": "§1"}]}
    (tmp_path / "mine.json").write_text(json.dumps(baseline))
    done = ikevet("report", small_run, "--format", "audit", "--audit", tmp_path / "mine.json", "--out", tmp_path / "o")
    assert done.code == 0, done
    mine = [one for one in read_json(tmp_path / "o/audit.json")["baselines"] if one["id"] == "mine"]
    assert mine and mine[0]["counts"]["failure"] > 0
    baseline["rules"][0]["kind"] = "ENCRYPTION"
    (tmp_path / "mine.json").write_text(json.dumps(baseline))
    done = ikevet("report", small_run, "--format", "audit", "--audit", tmp_path / "mine.json", "--out", tmp_path / "o")
    assert done.code == 2 and "mine.json" in done.err


def test_the_cost_of_a_link(ikevet, some_run, tmp_path):
    cost = read_json(some_run / "cost.json")
    assert cost["typical_set_up"]["cost"]["messages"] == 4
    assert cost["path"]["source"] == "virtual"
    done = ikevet("report", some_run, "--format", "cost", "--link", "delay=50ms,loss=1%", "--out", tmp_path / "o")
    assert done.code == 0, done
    flows = {flow["flow"]: flow for flow in read_json(tmp_path / "o/cost.json")["projection"]["flows"]}
    assert flows["IKEv2, RFC 7296's ideal"]["without_loss_ns"] == 200_000_000
    assert flows["IKEv1 main mode + quick mode"]["expected_ns"] > flows["IKEv2, RFC 7296's ideal"]["expected_ns"] > 200_000_000
    assert (tmp_path / "o/cost.svg").read_text().startswith("<svg")
    assert ikevet("report", some_run, "--format", "cost", "--link", "loss=1%").code == 2


def ikev1_capture(file: Path):
    """Main mode and quick mode, nine messages 10 ms apart: a pcap file of raw IP packets."""
    records = b""
    for index in range(9):
        exchange, message_id = (2, 0) if index < 6 else (32, 77)
        body = struct.pack(">QQBBBBII", 1, 0 if index == 0 else 2, 1, 0x10, exchange, 0, message_id, 32) + bytes([index] * 4)
        ends = [bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])]
        source, destination = ends if index % 2 == 0 else reversed(ends)
        udp = struct.pack(">HHHH", 500, 500, 8 + len(body), 0) + body
        packet = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + source + destination + udp
        records += struct.pack("<IIII", 1000, index * 10_000, len(packet), len(packet)) + packet
    file.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101) + records)


def test_ikev1_is_measured_from_a_capture(ikevet, small_run, tmp_path):
    ikev1_capture(tmp_path / "v1.pcap")
    done = ikevet("report", small_run, "--format", "cost", "--ikev1", tmp_path / "v1.pcap", "--out", tmp_path / "o")
    assert done.code == 0, done
    flow = read_json(tmp_path / "o/cost.json")["ikev1"]["flows"][0]
    assert (flow["mode"], flow["phase1_messages"], flow["quick_messages"]) == ("main mode", 6, 3)
    assert flow["elapsed_ns"] == 80_000_000
    run_of_ours = next(small_run.rglob("capture.pcapng"))
    done = ikevet("report", small_run, "--format", "cost", "--ikev1", run_of_ours, "--out", tmp_path / "o")
    assert done.code == 2 and "no IKEv1 message" in done.err


def test_a_run_against_itself_and_against_another(ikevet, small_run, schema_check, tmp_path):
    assert ikevet("diff", small_run, small_run).code == 0
    other = tmp_path / "other"
    assert ikevet("run", A_SCENARIO, "--seed", 4, "--out", other).code in (0, 6)
    done = ikevet("diff", small_run, other, "--json")
    assert done.code == 7
    found = json.loads(done.out)
    schema_check(found, json.loads(ikevet("schema", "diff").out))
    assert found["counts"]["gone"] > 0 and found["counts"]["new-fail"] == 0 and found["worse"]
    assert ikevet("diff", other, small_run, "--allow-progress").code == 0
    assert "seed: 3 -> 4" in ikevet("diff", small_run, other).out
    assert ikevet("diff", small_run, tmp_path / "nothing").code == 2


def test_another_seed_is_no_changed_evidence(ikevet, small_run, tmp_path):
    other = tmp_path / "other"
    assert ikevet("run", "rfc7296/1.2", "--seed", 5, "--out", other).code in (0, 6)
    found = json.loads(ikevet("diff", small_run, other, "--json").out)
    assert found["differences"] == [], found["differences"]


def test_the_matrix(ikevet, small_run, schema_check, tmp_path):
    done = ikevet("matrix", f"one={small_run}", f"two={small_run}", "--json")
    assert done.code == 0, done
    matrix = json.loads(done.out)
    schema_check(matrix, json.loads(ikevet("schema", "matrix").out))
    assert [column["label"] for column in matrix["columns"]] == ["one", "two"]
    assert not any(row["differs"] for row in matrix["scenarios"])
    done = ikevet("matrix", small_run, small_run, "--html", tmp_path / "m.html")
    assert done.code == 0
    page = (tmp_path / "m.html").read_text()
    assert A_SCENARIO in page and not re.search(r"https?://|src=", page)
    assert "column 2:" in ikevet("matrix", small_run, small_run).out


def test_waivers_are_kept_with_the_run_and_accounted_for(ikevet, tmp_path):
    waiver = {"scenario": A_SCENARIO, "reason": "ticket 1", "owner": "jo", "expires": "2099-01-31"}
    file = tmp_path / "w.json"
    file.write_text(json.dumps({"format": "ikevet-waivers", "version": 1, "waivers": [waiver]}))
    run = tmp_path / "run"
    done = ikevet("run", A_SCENARIO, "--out", run, "--waivers", file)
    assert done.code in (0, 6), done
    assert "nothing that it covers failed, it can go" in done.out
    assert read_json(run / "report.json")["waivers"][0]["state"] == "not-needed"
    assert ikevet("grade", run, "--check").code in (0, 6)
    waiver["expires"] = "2020-01-01"
    file.write_text(json.dumps({"format": "ikevet-waivers", "version": 1, "waivers": [waiver]}))
    assert ikevet("report", run, "--waivers", file).code == 0
    assert read_json(run / "report.json")["waivers"][0]["state"] == "expired"
    assert ikevet("grade", run, "--check").code in (0, 6)
    waiver["expires"] = "soon"
    file.write_text(json.dumps({"format": "ikevet-waivers", "version": 1, "waivers": [waiver]}))
    done = ikevet("run", A_SCENARIO, "--out", run, "--waivers", file)
    assert done.code == 2 and "w.json" in done.err and "/waivers/0/expires" in done.err
