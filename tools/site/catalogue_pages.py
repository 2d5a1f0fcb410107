"""The requirement catalogue, a page for each RFC, from `ikevet list --requirements --json`."""

import json
import re

LEVELS = ["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "stated"]
ON_THE_WIRE = ("wire", "needs-trigger")


def titles(data):
    return {one["rfc"]: one["title"] for one in (json.loads(f.read_text()) for f in data.glob("requirements/rfc*.json"))}


def cell(text):
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


def section_key(section):
    """Appendices behind the numbered sections."""
    return [(part.isdigit() is False, int(part) if part.isdigit() else 0, part) for part in section.split(".")]


def tested_by(one):
    count = len(one["scenarios"])
    words = [f"{count} scenario{'' if count == 1 else 's'}"] if count else []
    if one.get("watched"):
        words.append("watched in every run")
    return ", ".join(words) or ("–" if one["testability"] in ON_THE_WIRE else cell(one.get("why_not") or "–"))


def rfc_page(rfc, title, entries):
    out = [
        f"# RFC {rfc}",
        "",
        f"{cell(title)}. {len(entries)} statements, {sum(e['testability'] in ON_THE_WIRE for e in entries)} of them testable. "
        "The columns are explained in the [overview](index.md).",
        "",
    ]
    for section in sorted({one["section"] for one in entries}, key=section_key):
        out += [f"## §{section} {{#s{section}}}", "", "| id | level | binds | asks | testability | tested by |", "|---|---|---|---|---|---|"]
        for one in sorted((e for e in entries if e["section"] == section), key=lambda e: (e["line"], e["id"])):
            out.append(
                f"| <span id=\"{one['id']}\">`{one['id']}`</span> | {one['level']} | {one['binds']} | {cell(one['text'])} "
                f"| {one['testability']} | {tested_by(one)} |"
            )
        out.append("")
    return "\n".join(out)


def overview(by_rfc, names):
    out = [
        "# Requirement catalogue",
        "",
        "Every normative statement that ikevet knows, by RFC and section. `ikevet show ID` prints one with the scenarios that test it.",
        "",
        "| column | says |",
        "|---|---|",
        "| id | RFC, section and a name; never used again for something else |",
        "| level | the key word of RFC 2119; *stated*: required by the text without one |",
        "| binds | initiator and responder of the exchange, sender and receiver of the thing spoken of, or both |",
        "| asks | the statement in our words; the RFC's are what counts |",
        "| testability | *wire*: seen in packets; *needs-trigger*: seen once the device is made to act; "
        "*needs-admin-view*: seen by its administrator alone; *not-observable*: by nobody outside |",
        "| tested by | scenarios made for it; *watched in every run*: a rule looks at each message; otherwise why it is not tested |",
        "",
        "| RFC | title | statements | testable | with a scenario or a rule | " + " | ".join(LEVELS) + " |",
        "|---|---|---|---|---|" + "---|" * len(LEVELS),
    ]
    for rfc, entries in sorted(by_rfc.items()):
        testable = [e for e in entries if e["testability"] in ON_THE_WIRE]
        tested = sum(bool(e["scenarios"]) or bool(e.get("watched")) for e in testable)
        levels = " | ".join(str(sum(e["level"] == level for e in entries)) for level in LEVELS)
        out.append(f"| [{rfc}](rfc{rfc}.md) | {cell(names[rfc])} | {len(entries)} | {len(testable)} | {tested} | {levels} |")
    return "\n".join(out + [""])


def catalogue_pages(listed, data):
    """{file name: text}, and the lines of the navigation."""
    names = titles(data)
    by_rfc = {}
    for one in listed:
        by_rfc.setdefault(one["rfc"], []).append(one)
    pages = {f"rfc{rfc}.md": rfc_page(rfc, names[rfc], entries) for rfc, entries in by_rfc.items()}
    pages["index.md"] = overview(by_rfc, names)
    order = sorted((name for name in pages if name != "index.md"), key=lambda name: int(re.search(r"\d+", name).group()))
    return pages, [f"requirements/{name}" for name in order]
