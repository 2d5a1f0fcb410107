"""An RFC's text as the lints read it: its sections, its paragraphs, its sentences and the key words in them."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# RFC 2119 and 8174, and the level of the catalogue that each word stands for.
LEVEL_OF = {"MUST": "MUST", "SHALL": "MUST", "REQUIRED": "MUST", "MUST NOT": "MUST NOT", "SHALL NOT": "MUST NOT",
            "SHOULD": "SHOULD", "RECOMMENDED": "SHOULD", "SHOULD NOT": "SHOULD NOT", "NOT RECOMMENDED": "SHOULD NOT",
            "MAY": "MAY", "OPTIONAL": "MAY"}
KEY_WORD = re.compile(r"\b(MUST|SHALL|SHOULD)(?:\s+(NOT)\b)?|\b(NOT\s+)?(RECOMMENDED)\b|\b(REQUIRED|MAY|OPTIONAL)\b")
# What was published elsewhere than as rfcNNNN.txt in the folder of texts: the last draft stands for the RFC.
DRAFTS = {9370: "draft-ietf-ipsecme-ikev2-multiple-ke-12.txt"}

HEADING = re.compile(r"^(?:([0-9]+(?:\.[0-9]+)*)\.?|Appendix ([A-Z](?:\.[0-9]+)*)[.:]?|([A-Z](?:\.[0-9]+)+)\.?)  ?\S")
PAGE_BREAK = re.compile(r"^(\S.*\[Page \d+\]|RFC \d+ .*\d{4}|\f)\s*$")
# A full stop that ends a sentence: the next one begins with a capital letter, a digit, a quotation mark or a bracket.
END = re.compile(r"[.!?:][\")]*\s+(?=[A-Z0-9\"'(\[])|;\s+(?=[A-Z][a-z])")
NO_END = re.compile(r"(?:\b(?:i\.e|e\.g|etc|vs|cf|No|Sec|Fig)|^\s*\d+(?:\.\d+)*)\.$")


def levels(text: str) -> set[str]:
    """The levels of the catalogue whose key words occur in the text."""
    out = set()
    for found in KEY_WORD.finditer(text):
        verb, verb_not, not_, recommended, other = found.groups()
        if verb:
            out.add(LEVEL_OF[verb + (" NOT" if verb_not else "")])
        elif recommended:
            out.add(LEVEL_OF[("NOT " if not_ else "") + recommended])
        else:
            out.add(LEVEL_OF[other])
    return out


@dataclass(frozen=True)
class Sentence:
    first: int  # line on which it begins
    last: int   # line on which it ends
    section: str
    text: str

    @cached_property
    def levels(self) -> frozenset[str]:
        return frozenset(levels(self.text))


class Rfc:
    def __init__(self, file: Path):
        # Not splitlines(): a form feed ends no line.
        self.lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
        self.sections: list[str] = []
        section = ""
        for number, line in enumerate(self.lines):
            found = HEADING.match(line)
            # A heading stands at the margin; the table of contents is indented.
            if found and number > 0 and not self.lines[number - 1].strip():
                section = found.group(1) or found.group(2) or found.group(3)
            self.sections.append(section)

    def paragraph(self, line: int) -> str:
        """The text from this line on, over page breaks, to the end of its paragraph."""
        out: list[str] = []
        for text in self.lines[line - 1:line + 30]:
            if PAGE_BREAK.match(text):
                continue
            if not text.strip():
                if out and re.search(r"[.:)]\s*$", out[-1]):
                    break
                continue
            out.append(text.strip())
        return " ".join(out)

    def paragraphs(self) -> list[list[tuple[int, str]]]:
        """Lines with their numbers, gathered by paragraph; one that a page break interrupts is one."""
        out: list[list[tuple[int, str]]] = []
        open_ = broken = False
        for number, text in enumerate(self.lines, 1):
            if PAGE_BREAK.match(text) or text.startswith("\f"):
                broken = True
                continue
            if not text.strip():
                open_ = open_ and (broken or self._page_ends_after(number))
                continue
            heading = HEADING.match(text) and not self.lines[number - 2].strip()
            item = re.match(r"^\s*(?:o|\*|-|\+|\d+\.|[a-z]\)|\(\d+\)|\|)\s", text)
            continues = open_ and not heading and not item
            if continues and broken:
                # Over the page break only where the sentence was not at its end.
                before = out[-1][-1][1]
                continues = not re.search(r"[.:]\)?\s*$", before) and (len(before) > 45 or text.strip()[0].islower())
            if continues:
                out[-1].append((number, text))
            else:
                out.append([(number, text)])
            open_, broken = not heading, False
        return out

    def _page_ends_after(self, number: int) -> bool:
        for text in self.lines[number - 1:number + 8]:
            if PAGE_BREAK.match(text):
                return True
            if text.strip():
                return False
        return False

    @cached_property
    def sentences(self) -> list[Sentence]:
        out: list[Sentence] = []
        for paragraph in self.paragraphs():
            text, starts = "", []
            for number, line in paragraph:
                starts.append((len(text), number))
                text += line.strip() + " "

            def line_at(offset: int) -> int:
                return [number for start, number in starts if start <= offset][-1]

            begin = 0
            for found in [*END.finditer(text), None]:
                end = found.end() if found else len(text)
                part = text[begin:end]
                if found and NO_END.search(text[begin:found.start() + 1]):
                    continue
                if part.strip():
                    first = begin + len(part) - len(part.lstrip())
                    last = begin + len(part.rstrip()) - 1
                    line = line_at(first)
                    out.append(Sentence(line, line_at(last), self.sections[line - 1], part.strip()))
                begin = end
        return out


def text_of(texts: Path, number: int) -> Path:
    return texts / DRAFTS.get(number, f"rfc{number}.txt")
