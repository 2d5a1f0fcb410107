"""Scenarios and runs from Python, against the embedded target."""

import json

import pytest

import ikevet


def test_the_suite_and_the_catalogue():
    suite = ikevet.load_suite()
    catalogue = ikevet.load_catalogue()
    assert len(suite) >= 20
    ids = {scenario.id for scenario in suite}
    for scenario in suite:
        assert scenario.title and scenario.steps
        assert scenario.harness in ("initiator", "responder")
        assert set(scenario.covers) <= set(catalogue)
        assert not scenario.control or scenario.control in ids
    assert {"initiator", "responder"} == {scenario.harness for scenario in suite}
    some = catalogue[suite[0].covers[0]]
    assert some.citation.startswith("RFC ") and some.level


def test_a_run_and_its_grading(tmp_path):
    seen = []
    run = ikevet.run(["rfc7296/1.2"], out=tmp_path / "run", seed=7, on_verdict=seen.append)
    assert run.exit_code == 0
    assert run.seed == 7 and not run.partial
    assert seen == run.scenarios and seen
    verdict = run.scenarios[0]
    assert verdict.status == "pass"
    assert run.scenario(verdict.scenario) == verdict
    proved = [v for v in run.requirements.values() if v.status == "pass"]
    assert proved and all(v.evidence for v in proved), "no evidence, no pass"
    assert (run.out / "report.html").exists()
    again = ikevet.grade(run.out)
    assert again.scenarios == run.scenarios
    assert again.requirements == run.requirements
    report = json.loads((run.out / "report.json").read_text())
    assert report


def test_the_same_seed_gives_the_same_octets(tmp_path):
    captures = []
    for name in ("a", "b"):
        run = ikevet.run(["rfc7296/1.2"], out=tmp_path / name, seed=3)
        captures.append({p.relative_to(run.out): p.read_bytes() for p in sorted(run.out.rglob("capture.pcapng"))})
    assert captures[0] and captures[0] == captures[1]


def test_mistakes_of_the_user_are_named(tmp_path):
    with pytest.raises(ikevet.FormatError) as error:
        ikevet.run(["rfc7296/9.9"], out=tmp_path / "x")
    assert "rfc7296" in str(error.value)
    assert not (tmp_path / "x").exists()
    with pytest.raises(ikevet.FormatError):
        ikevet.run(target="embeded", out=tmp_path / "x")
    broken = tmp_path / "broken.json"
    broken.write_text('{"id": "x", "steps": [{"sned": "IKE_AUTH"}]}')
    with pytest.raises(ikevet.FormatError) as error:
        ikevet.load_scenario(broken)
    assert len(error.value.problems) > 1, "every fault at once"
    assert all(p.file and p.what for p in error.value.problems)
    with pytest.raises(ikevet.IkevetError):
        ikevet.grade(tmp_path / "nowhere")
    with pytest.raises(KeyError):
        ikevet.run(["rfc7296/1.2"], out=tmp_path / "y").scenario("none")
