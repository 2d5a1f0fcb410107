"""The pytest plugin, played by pytest itself."""

import xml.etree.ElementTree as xml

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def play(pytester):
    def run(*arguments: str):
        plugin = () if pytester._request.config.pluginmanager.hasplugin("ikevet") else ("-p", "ikevet.pytest_plugin")
        return pytester.runpytest_subprocess(*plugin, "-p", "no:cacheprovider", *arguments)

    return run


def test_each_scenario_of_a_selection_is_an_item(play, pytester):
    pytester.makepyfile("def test_mine(): pass")
    out = play("--ikevet-select", "rfc7296/1.2", "--junit-xml", "junit.xml", "-v", "-k", "setup-by-harness")
    out.assert_outcomes(passed=1)
    out.stdout.fnmatch_lines(["*setup-by-harness*PASSED*"])
    case = xml.parse(pytester.path / "junit.xml").find(".//testcase")
    properties = [(p.get("name"), p.get("value")) for p in case.iter("property")]
    assert ("verdict", "pass") in properties
    assert any(name == "citation" and value.startswith("RFC 7296 §") for name, value in properties)
    assert any(name == "requirement" for name, _ in properties)


def test_under_xdist(play):
    pytest.importorskip("xdist")
    out = play("--ikevet-select", "rfc7296/1.2", "-n", "2")
    assert out.parseoutcomes()["passed"] >= 1 and "failed" not in out.parseoutcomes()


def test_a_failure_prints_the_ladder(play, pytester):
    pytester.makefile(
        ".json",
        wrong='''{"id": "wrong", "title": "Nothing is answered at all", "description": "It is.",
        "covers": ["rfc7296-1.4-informational-answered"], "harness": "initiator",
        "steps": [{"send": "IKE_SA_INIT"}, {"expect": "IKE_SA_INIT", "absent_for": "1s"}]}''',
    )
    out = play("--ikevet-select", "wrong.json")
    out.assert_outcomes(failed=1)
    out.stdout.fnmatch_lines(["*FAIL*", "*rfc7296-1.4-informational-answered*RFC 7296 §*", "*expected:*", "*◀──*IKE_SA_INIT*", "*again:*ikevet run*"])


def test_the_fixtures(play, pytester):
    pytester.makepyfile(
        """
        import ikevet

        def test_dut(dut):
            assert dut.check("rfc7296/1.2").exit_code == 0

        def test_peer(ike_peer, capture):
            sa = ike_peer.connect()
            assert sa.children
            assert [m.protection for m in capture.messages()][-1] == "opened"
        """
    )
    play().assert_outcomes(passed=2)


def test_what_cannot_be_selected_is_a_usage_error(play):
    out = play("--ikevet-select", "rfc7296/9.9")
    assert out.ret == pytest.ExitCode.USAGE_ERROR
    out.stderr.fnmatch_lines(["*--ikevet-select*"])
