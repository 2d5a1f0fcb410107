"""The interop matrix as a page, docs/interop.md. Nothing in it depends on when or where it was run."""

from matrix_cells import Cell

TITLES = {"strongswan": "strongSwan", "libreswan": "Libreswan", "openiked": "OpenIKED"}
COLUMNS = [("initiator", "ipv4"), ("initiator", "ipv6"), ("responder", "ipv4"), ("responder", "ipv6")]
HEAD = """# Interop matrix

Written by `ikevet lab matrix --table docs/interop.md`. Each cell is one or more scenarios of `scenarios/suite`, played
against the stock daemon of Debian 12 in a network namespace (docs/lab.md); `scenarios/targets/lab/matrix.json` says which.

`pass`: every scenario of the cell passed. `(n)`: there can be no such cell, for the reason below. `-`: the matrix asks for
none. Anything else is the verdict of the worst scenario. The columns name the part of the harness, as original initiator
or responder; where it is the responder, the peer's trigger `initiate` starts the exchange.
"""


def markdown(cells: "list[Cell]", versions: "dict[str, str]") -> str:
    out = HEAD
    for peer, version in versions.items():
        out += section(f"{TITLES.get(peer, peer)} {version}", [cell for cell in cells if cell.peer == peer])
    return out


def section(title: str, cells: "list[Cell]") -> str:
    out = f"\n## {title}\n\n| | initiator, IPv4 | initiator, IPv6 | responder, IPv4 | responder, IPv6 |\n|---|---|---|---|---|\n"
    reasons: "list[str]" = []
    by_feature: "dict[str, list[Cell]]" = {}
    for cell in cells:
        by_feature.setdefault(cell.feature, []).append(cell)
    for row in by_feature.values():
        texts = {(cell.role, cell.family): text_of(cell, reasons) for cell in row}
        out += f"| {row[0].title} | " + " | ".join(texts.get(column, "-") for column in COLUMNS) + " |\n"
    out += "".join(f"\n({number}) {reason}\n" for number, reason in enumerate(reasons, 1))
    findings = sorted({finding for cell in cells for finding in cell.findings})
    if findings:
        out += "\nOn the way the peer broke these requirements, see [findings](findings.md): "
        out += ", ".join(f"`{finding}`" for finding in findings) + ".\n"
    return out


def text_of(cell: Cell, reasons: "list[str]") -> str:
    if not cell.reason:
        return "pass" if cell.status in ("pass", "pass-lenient", "waived") else f"**{cell.status}**"
    reason = f"{cell.reason} Source: {cell.source}."
    if reason not in reasons:
        reasons.append(reason)
    return f"({reasons.index(reason) + 1})"
