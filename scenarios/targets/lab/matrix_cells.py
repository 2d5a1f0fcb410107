"""The cells of the interop matrix, and how one is judged.

matrix.json has a list of rows:

  {"feature": "psk", "title": "...", "profile": "psk", "peers": ["strongswan", ...], "families": ["ipv4", "ipv6"],
   "initiator": ["<scenario>", ...], "responder": [...]}

`initiator` and `responder` are the parts of the harness. In place of the scenarios there may be {"cannot": "...",
"source": "..."}: why there can be no such cell. `but` has exceptions: {"peers": [...], ...} replaces members of the row
for these peers.
"""

import dataclasses
import json
from pathlib import Path

ROLES = ["initiator", "responder"]


@dataclasses.dataclass
class Cell:
    feature: str
    title: str
    peer: str
    profile: str
    role: str
    family: str
    scenarios: "list[str]"
    reason: str = ""  # why it cannot be
    source: str = ""  # who says so
    status: str = ""
    blame: str = ""  # harness, device, set-up, inconclusive; for a cell that is not green
    why: "list[str]" = dataclasses.field(default_factory=list)
    findings: "list[str]" = dataclasses.field(default_factory=list)  # requirements that the device broke on the way

    @property
    def id(self) -> str:
        return f"{self.peer}/{self.feature}/{self.role}/{self.family}"


def load(file: Path, targets: Path) -> "list[Cell]":
    out = []
    profiles = {}
    for row in json.loads(file.read_text())["rows"]:
        for peer in row["peers"]:
            if peer not in profiles:
                profiles[peer] = json.loads((targets / peer / "profiles.json").read_text())
            mine = dict(row)
            for exception in row.get("but", []):
                if peer in exception["peers"]:
                    mine.update(exception)
            for role in ROLES:
                for family in mine["families"]:
                    out += cells_of(mine, peer, role, family)
    for cell in out:
        if cell.profile not in profiles[cell.peer]:
            raise SystemExit(f"{file}: {cell.id}: {cell.peer} has no profile {cell.profile}")
    ids = [cell.id for cell in out]
    twice = {one for one in ids if ids.count(one) > 1}
    if twice:
        raise SystemExit(f"{file}: twice: {', '.join(sorted(twice))}")
    return out


def cells_of(row: dict, peer: str, role: str, family: str) -> "list[Cell]":
    what = row.get(role)
    if what is None:
        return []
    profile = row["profile"] if isinstance(row["profile"], str) else row["profile"][role]
    cannot = isinstance(what, dict)
    return [Cell(row["feature"], row["title"], peer, profile, role, family, [] if cannot else what,
                 what["cannot"] if cannot else "", what["source"] if cannot else "")]


def select(cells: "list[Cell]", only: "list[str]") -> "list[Cell]":
    """PEER, PEER/FEATURE, PEER/FEATURE/ROLE and so on; "*" stands for any one of them."""

    def matches(cell: Cell, pattern: str) -> bool:
        parts = zip(pattern.strip("/").split("/"), cell.id.split("/"))
        return all(wanted in ("*", part) for wanted, part in parts)

    return [cell for cell in cells if not only or any(matches(cell, pattern) for pattern in only)]


# From the worst: one scenario's status becomes the cell's.
ORDER = ["error", "fail", "unstable", "inconclusive", "unsupported", "not-applicable", "waived", "pass-lenient", "pass"]
BLAME = {"error": "harness", "fail": "device", "unstable": "device", "inconclusive": "inconclusive",
         "unsupported": "set-up", "not-applicable": "set-up"}
SETUP_REASONS = {"dut-unreachable", "trigger-failed"}


def judge(cells: "list[Cell]", folder: Path, exit_code: int, log: Path) -> None:
    file = folder / "report.json"
    if not file.exists():
        blame = "set-up" if exit_code in (2, 4, 5) else "harness"
        for cell in cells:
            cell.status, cell.blame = blame if blame == "set-up" else "error", blame
            cell.why = [f"ikevet run ended with {exit_code} and left no report: {log}", *log.read_text().splitlines()[-3:]]
        return
    verdicts = {verdict["scenario"]: verdict for verdict in json.loads(file.read_text())["scenarios"]}
    for cell in cells:
        judge_cell(cell, [verdicts[scenario] for scenario in cell.scenarios if scenario in verdicts], folder)
        missing = [scenario for scenario in cell.scenarios if scenario not in verdicts]
        if missing:
            cell.status, cell.blame, cell.why = "error", "harness", [f"no verdict on {', '.join(missing)}: {log}"]


def shortened(text: str, most: int = 400) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most] + " ..."


def judge_cell(cell: Cell, verdicts: "list[dict]", folder: Path) -> None:
    if not verdicts:
        return
    worst = min(verdicts, key=lambda verdict: ORDER.index(verdict["status"]))
    cell.status = worst["status"]
    cell.blame = BLAME.get(cell.status, "")
    if worst.get("reason") in SETUP_REASONS:
        cell.blame = "set-up"
    for verdict in verdicts:
        for rule in verdict.get("rules", []):
            if rule["status"] == "fail" and rule["requirement"] not in cell.findings:
                cell.findings.append(rule["requirement"])
        if verdict["status"] in BLAME:
            words = {"harness": "a fault of ikevet's", "device": "the device is to blame", "set-up": "the set-up is to blame",
                     "inconclusive": "nobody can be blamed yet"}[BLAME[verdict["status"]] if
                                                                verdict.get("reason") not in SETUP_REASONS else "set-up"]
            cell.why += [f"{words}: {verdict['scenario']}: {shortened(verdict.get('detail', ''))}",
                         f"evidence: {folder / verdict['scenario']}; the peer's log: {folder.parent}"]
