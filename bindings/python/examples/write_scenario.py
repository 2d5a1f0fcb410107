#!/usr/bin/env python3
"""A scenario of your own: built in code, checked, written to a file, played, and its ladder shown.

One of its steps is written in Python, for what the scenario format has no word for.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import List, Optional

import ikevet


def window_is_kept(step: ikevet.StepContext) -> str:
    """Three liveness checks in a row use three Message IDs in a row, RFC 7296 §2.2."""
    (sa,) = step.ike_sas
    first = sa.next_request

    def answers() -> List[ikevet.SeenMessage]:
        since = step.trace.messages[step.first_message :]
        return [m for m in since if m.sender == "dut" and m.is_response]

    for count in range(1, 4):
        step.command(ikevet.CheckLiveness(sa.spis))
        assert step.run(10, until=lambda: len(answers()) == count), f"request {count} was not answered"
    seen = answers()
    assert [m.message_id for m in seen] == [first, first + 1, first + 2], "Message IDs in another order"
    for message in seen:
        step.cite(message)
    return "answered " + ", ".join(str(m.message_id) for m in seen)


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--target", default="embedded")
    parser.add_argument("--out", type=Path, default=Path(tempfile.mkdtemp(prefix="ikevet-example-")))
    given = parser.parse_args(arguments)

    plain = ikevet.ScenarioSpec(
        id="local/minor-version",
        title="A higher minor version is ignored",
        description="IKE_SA_INIT says version 2.7; RFC 7296 §2.5 lets the device ignore the minor version.",
        covers=["rfc7296-2.5-minor-version-ignored"],
        needs=["responder"],
        control="rfc7296/1.02-initial-exchanges/setup-by-harness",
        steps=[
            {"send": "IKE_SA_INIT", "mutate": [{"set": {"field": "HDR/Version/Minor Version", "value": 7}}]},
            {"expect": "IKE_SA_INIT", "payloads": [{"payload": "SA"}, {"payload": "KE"}]},
        ],
    )
    print("written to", plain.save(given.out / "suite"))
    with_code = ikevet.ScenarioSpec(
        id="local/message-ids",
        title="Message IDs rise one by one",
        description="Three requests in a row.",
        covers=["rfc7296-2.5-minor-version-ignored"],
        steps=[{"establish": {}}, window_is_kept],
    )
    run = ikevet.run([plain, with_code], target=given.target, out=given.out / "run")
    for verdict in run.scenarios:
        print(f"{verdict.status:12} {verdict.scenario}  {verdict.detail}")
    print(ikevet.ladder(run.trace(with_code.id)))
    return run.exit_code


if __name__ == "__main__":
    raise SystemExit(main())
