#!/usr/bin/python3
"""Checks the requirement catalogue and the scenarios against each other, the code, and the RFC texts.

    lint_catalogue.py [ROOT]        (default: the tree that this script is part of)

- Every requirement id written in C++ code is in a file of scenarios/requirements.
- Where the RFC texts are at hand (IKEVET_RFC_DIR, else ROOT/../shared/rfc): a requirement's line is not empty, lies in
  the section that it names, and the sentence that begins there has the key word of its level. "stated" has none to look
  for. Without the texts that part is skipped, and says so.
- No description in the suite, and no paraphrase, repeats ten words of the RFC in a row: they are to be in our own words.

Prints one line for each offence and exits with 1 if there is any.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Iterator

from rfc_text import PAGE_BREAK, Rfc, levels, text_of

ID = re.compile(r'"(rfc[0-9]+-[0-9A-Z]+(?:\.[0-9]+)*-[a-z0-9-]+)"')
CODE = ["engine", "scenarios", "reports", "pcap", "bindings"]
COPIED_WORDS = 10


def requirements(root: Path) -> Iterator[tuple[Path, int, dict]]:
    for file in sorted((root / "scenarios/requirements").glob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        for entry in document["requirements"]:
            yield file, document["rfc"], entry


def unknown_ids(root: Path, known: set[str]) -> Iterator[str]:
    for folder in CODE:
        for file in sorted((root / folder).rglob("*.[ch]pp")):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                for id_ in ID.findall(line.split("///")[0]):
                    if id_ not in known:
                        yield f"{file.relative_to(root)}:{number}: no requirement {id_} in scenarios/requirements"


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9_]+", text.lower())


def against_text(root: Path, texts: Path) -> Iterator[str]:
    loaded: dict[int, Rfc] = {}
    for file, number, entry in requirements(root):
        source = text_of(texts, number)
        if not source.exists():
            continue
        rfc = loaded.setdefault(number, Rfc(source))
        where = f"{file.relative_to(root)}: {entry['id']}"
        line = entry["line"]
        if line > len(rfc.lines) or not rfc.lines[line - 1].strip() or PAGE_BREAK.match(rfc.lines[line - 1]):
            yield f"{where}: line {line} of the RFC is empty"
            continue
        section, wanted = rfc.sections[line - 1], entry["section"]
        if section != wanted and not section.startswith(wanted + "."):
            yield f"{where}: line {line} lies in section {section}, not {wanted}"
        if entry["level"] != "stated" and entry["level"] not in levels(rfc.paragraph(line)):
            yield f"{where}: no {entry['level']} in what begins on line {line}"


def copied(root: Path, texts: Path) -> Iterator[str]:
    runs: dict[int, set[tuple[str, ...]]] = {}
    ours = [(f"{file.relative_to(root)}: {entry['id']}", number, entry["text"])
            for file, number, entry in requirements(root)]
    for file in sorted((root / "scenarios/suite").rglob("*.json")):
        scenario = json.loads(file.read_text(encoding="utf-8"))
        for member in ("title", "description"):
            ours.append((f"{file.relative_to(root)}: {member}", 7296, scenario[member]))
    for where, number, text in ours:
        source = text_of(texts, number)
        if not source.exists():
            continue
        if number not in runs:
            all_words = words(source.read_text(encoding="utf-8", errors="replace"))
            runs[number] = {tuple(all_words[i:i + COPIED_WORDS]) for i in range(len(all_words) - COPIED_WORDS + 1)}
        mine = words(text)
        for i in range(len(mine) - COPIED_WORDS + 1):
            run = tuple(mine[i:i + COPIED_WORDS])
            if run in runs[number]:
                yield f"{where}: taken from the RFC word for word: \"{' '.join(run)}\""
                break


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    known = {entry["id"] for _, _, entry in requirements(root)}
    offences = list(unknown_ids(root, known))
    texts = Path(os.environ.get("IKEVET_RFC_DIR", root.parent / "shared/rfc"))
    if texts.is_dir():
        offences += against_text(root, texts)
        offences += copied(root, texts)
    else:
        print(f"SKIPPED: the lines of the requirements are not checked, no RFC texts in {texts}")
    for offence in offences:
        print(offence)
    print(f"{len(known)} requirements, {len(offences)} offences")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
