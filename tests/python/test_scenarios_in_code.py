"""Scenarios built in code, steps, rules and triggers as Python callables, traces."""

import json

import pytest

import ikevet

SETUP = "rfc7296/1.02-initial-exchanges/setup-by-harness"


def spec(**more: object) -> ikevet.ScenarioSpec:
    values = dict(
        id="local/liveness",
        title="A liveness check is answered",
        description="An empty INFORMATIONAL request is answered.",
        covers=["rfc7296-1.4-informational-answered"],
        steps=[{"establish": {}}, {"liveness": {}}],
    )
    values.update(more)
    return ikevet.ScenarioSpec(**values)


@pytest.fixture(scope="module")
def requirement():
    return next(iter(ikevet.select(["rfc7296/1.2"]))).covers[0]


def test_built_checked_written_and_read_back(tmp_path, requirement):
    built = spec(covers=[requirement], tags=["mine"])
    (checked,) = built.check()
    assert checked.id == "local/liveness" and len(checked.steps) == 2
    file = built.save(tmp_path)
    assert file == tmp_path / "local/liveness.json"
    again = ikevet.ScenarioSpec.load(file)
    assert again.to_dict() == built.to_dict() == json.loads(checked.text)
    assert ikevet.ScenarioSpec.from_json(built.to_json()).to_dict() == built.to_dict()


def test_every_fault_at_once(requirement):
    with pytest.raises(ikevet.FormatError) as error:
        spec(covers=["rfc7296-9.9-none"], steps=[{"sned": "IKE_AUTH"}, {"liveness": 3}]).check()
    assert len(error.value.problems) >= 3
    with pytest.raises(ValueError, match="local/my-case"):
        spec(id="../up").check()


def test_a_step_in_python(tmp_path, requirement):
    seen = {}

    def rekeys_twice(step: ikevet.StepContext) -> str:
        """The Child SA is rekeyed twice in a row."""
        for _ in range(2):
            (sa,) = step.ike_sas
            before = sa.children[0].inbound
            step.command(ikevet.RekeyChildSa(sa.spis, before))
            assert step.run(10, until=lambda: step.ike_sas[0].children and step.ike_sas[0].children[0].inbound != before)
            step.run(1)
        seen["step"] = step
        return "rekeyed twice"

    built = spec(id="local/twice", covers=[requirement], steps=[{"establish": {}}, rekeys_twice])
    run = ikevet.run([built], out=tmp_path / "run")
    verdict = run.scenario("local/twice")
    assert verdict.status == "pass", verdict.detail
    step = run.steps("local/twice")[1]
    assert step.status == "done" and step.detail == "rekeyed twice" and len(step.frames) >= 8
    text = ikevet.ladder(run.trace("local/twice"))
    assert "CREATE_CHILD_SA" in text and "harness" in text
    assert "The Child SA is rekeyed twice" in run.report("md") or "Python:" in (run.out / "local/twice/scenario.json").read_text()
    assert ikevet.grade(run.out).scenarios == run.scenarios, "a stored run gives the same verdict, without the code"
    with pytest.raises(ValueError, match="/steps/1"):
        built.to_json()
    with pytest.raises(RuntimeError, match="over"):
        seen["step"].now


def test_an_assertion_fails_the_device_and_an_error_the_harness(tmp_path, requirement):
    def wants_the_moon(step):
        assert not step.ike_sas, "there is an IKE SA"

    def breaks(step):
        raise ZeroDivisionError("mine")

    for name, function, status in (("moon", wants_the_moon, "fail"), ("breaks", breaks, "error")):
        built = spec(id=f"local/{name}", covers=[requirement], steps=[{"establish": {}}, function])
        verdict = ikevet.run([built], out=tmp_path / name).scenario(f"local/{name}")
        assert verdict.status == status
        if status == "fail":
            assert "there is an IKE SA" in verdict.requirements[0].evidence[0].actual
        else:
            assert "ZeroDivisionError" in verdict.detail


def test_rules_in_python(tmp_path):
    @ikevet.rule("rfc7296-2.1-python-answers", rfc=7296, section="2.1", text="Answers come from whom they were asked.")
    def answers(trace: ikevet.Trace):
        for message in trace.messages:
            if message.sender == "dut" and message.is_response:
                yield ikevet.held(message)

    @ikevet.rule("rfc7296-3.1-python-short", rfc=7296, section="3.1", level="SHOULD", text="No message is long.")
    def short(trace):
        for message in trace.messages:
            if message.sender == "dut":
                yield ikevet.broken(message, detail=f"{len(message.octets)} octets") if len(
                    message.octets
                ) > 200 else ikevet.held(message)

    run = ikevet.run([SETUP], out=tmp_path / "run", rules=[answers, short])
    verdicts = {v.requirement: v for v in run.scenario(SETUP).rules}
    assert verdicts[answers.id].status == "pass" and verdicts[answers.id].evidence[0].frames
    broken = verdicts[short.id]
    assert broken.status == "fail" and "octets" in broken.evidence[0].actual
    assert run.requirements[short.id].status == "fail"
    assert short.id in run.report("json")
    assert run.exit_code == 0, "a SHOULD does not decide"
    with pytest.raises(ValueError, match="rule id"):
        ikevet.Rule(id="mine", rfc=1, section="1", text="t", look=lambda trace: [])


def test_triggers_in_python(tmp_path, requirement):
    fired = []

    def status() -> None:
        fired.append("status")

    def reset() -> bool:
        return False

    built = spec(
        id="local/triggers",
        covers=[requirement],
        needs=["trigger:status", "trigger:reset"],
        steps=[{"establish": {}}, {"trigger": "status"}, {"trigger": "reset"}],
    )
    run = ikevet.run([built], out=tmp_path / "run", triggers={"status": status, "reset": reset})
    assert fired == ["status"]
    assert [s.status for s in run.steps("local/triggers")] == ["done", "done", "trigger-failed"]


def test_reports_and_the_ladder(tmp_path):
    run = ikevet.run([SETUP], out=tmp_path / "run")
    assert run.report("junit").startswith("<?xml")
    assert "ikevet run " + SETUP in run.rerun_line(SETUP)
    with pytest.raises(ValueError, match="junit"):
        run.report("docx")
    with pytest.raises(KeyError):
        run.trace("none")


def test_a_target_in_code(tmp_path):
    target = ikevet.target_values("embedded")
    target.update(name="in-code", credentials={"psk": "another key"})
    target["dut"] = {k: v for k, v in target["dut"].items() if k != "config"}
    target["capabilities"] = ["responder"]
    run = ikevet.run([SETUP], target=target, out=tmp_path / "run")
    assert run.scenario(SETUP).status == "pass"
    assert "another key" not in (run.out / "target.json").read_text()
    with pytest.raises(ikevet.FormatError, match="responder"):
        ikevet.run([SETUP], target={**target, "capabilities": ["respondre"]}, out=tmp_path / "x")
