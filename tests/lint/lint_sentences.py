#!/usr/bin/python3
"""Maps every sentence with a key word of RFC 2119 to entries of the requirement catalogue, and prints those that have none.

    lint_sentences.py [ROOT] [--all]    (default: the tree that this script is part of)

A sentence is covered when, for each level that its key words stand for, an entry of that level names one of its lines.
tests/lint/sentences.json holds what the entries alone do not say, for each RFC:

    "also":   entry -> further lines: sentences that ask the same again, each named by the line it begins on
    "exempt": line -> why the sentence that begins there binds no peer: a definition, an example, advice to authors
    "apart":  section -> why none of its sentences counts

An RFC whose texts are at hand (IKEVET_RFC_DIR, else ROOT/../shared/rfc) gets a line with its counts. Uncovered sentences
are printed for all RFCs with --all, and always for those that must have none (COMPLETE); these make the exit status 1, as
does a line of sentences.json that is no longer the beginning of such a sentence. Without the texts it is skipped, and
says so.
"""

import json
import os
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

from rfc_text import Rfc, Sentence, text_of

COMPLETE = {3748, 3948, 4303, 4478, 4555, 4739, 4754, 4806, 4868, 4945, 5216, 5282, 5685, 5723, 5930, 5998, 6023, 6290, 6311, 6989,
            7296, 7383, 7427, 7619, 7670, 8019, 8221, 8247, 8420, 8598, 8784, 9242, 9329, 9370}
BOILERPLATE = "interpreted as described in"


@dataclass
class Mapping:
    """One RFC's sentences with key words, and the entries that belong to each."""

    number: int
    sentences: list[Sentence]
    entries: dict[Sentence, list[str]] = field(default_factory=lambda: defaultdict(list))
    have: dict[Sentence, set[str]] = field(default_factory=lambda: defaultdict(set))
    exempt: set[Sentence] = field(default_factory=set)
    offences: list[str] = field(default_factory=list)

    def uncovered(self) -> Iterator[tuple[Sentence, set[str]]]:
        for sentence in self.sentences:
            if sentence not in self.exempt and (missing := sentence.levels - self.have[sentence]):
                yield sentence, missing


def normative(sentence: Sentence) -> bool:
    return bool(sentence.levels) and BOILERPLATE not in sentence.text


def map_rfc(number: int, rfc: Rfc, entries: list[dict], data: dict) -> Mapping:
    apart = data.get("apart", {})
    out = Mapping(number, [s for s in rfc.sentences if normative(s)
                           and not any(s.section == a or s.section.startswith(a + ".") for a in apart)])
    where = f"tests/lint/sentences.json: RFC {number}"
    beginning: dict[int, list[Sentence]] = defaultdict(list)
    for sentence in out.sentences:
        beginning[sentence.first].append(sentence)

    for entry in entries:
        line, level = entry["line"], entry["level"]
        # The entry's line is where its sentence begins; where another ends on that line, the one that begins there wins.
        here = [s for s in out.sentences if s.first <= line <= s.last and level in s.levels]
        for sentence in [s for s in here if s.first == line] or here[:1]:
            out.entries[sentence].append(entry["id"])
            out.have[sentence].add(level)

    ids = {entry["id"] for entry in entries}
    for id_, lines in data.get("also", {}).items():
        if id_ not in ids:
            out.offences.append(f"{where}: no requirement {id_}")
        for line in lines:
            if line not in beginning:
                out.offences.append(f"{where}: {id_}: no sentence with a key word begins on line {line}")
            for sentence in beginning[line]:
                if id_ in ids:
                    out.entries[sentence].append(id_)
                    out.have[sentence] |= sentence.levels
    for line in map(int, data.get("exempt", {})):
        if line not in beginning:
            out.offences.append(f"{where}: exempt: no sentence with a key word begins on line {line}")
        for sentence in beginning[line]:
            out.exempt.add(sentence)
    return out


def mappings(root: Path, texts: Path) -> Iterator[Mapping]:
    data = json.loads((root / "tests/lint/sentences.json").read_text(encoding="utf-8"))
    for file in sorted((root / "scenarios/requirements").glob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        number = document["rfc"]
        if (source := text_of(texts, number)).exists():
            yield map_rfc(number, Rfc(source), document["requirements"], data.get(str(number), {}))


def main() -> int:
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    show_all = "--all" in sys.argv
    root = Path(arguments[0] if arguments else Path(__file__).parents[2]).resolve()
    texts = Path(os.environ.get("IKEVET_RFC_DIR", root.parent / "shared/rfc"))
    if not texts.is_dir():
        print(f"SKIPPED: sentences are not mapped to requirements, no RFC texts in {texts}")
        return 0
    failed = False
    for mapping in mappings(root, texts):
        uncovered = list(mapping.uncovered())
        complete = mapping.number in COMPLETE
        for offence in mapping.offences:
            print(offence)
        for sentence, missing in uncovered if show_all or complete else []:
            print(f"RFC {mapping.number} §{sentence.section} line {sentence.first}: no {', '.join(sorted(missing))} entry: "
                  f"{sentence.text}")
        print(f"RFC {mapping.number}: {len(mapping.sentences)} sentences with a key word, {len(mapping.exempt)} exempt, "
              f"{len(uncovered)} uncovered")
        failed |= bool(mapping.offences) or (complete and bool(uncovered))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
