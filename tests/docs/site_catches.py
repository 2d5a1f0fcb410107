#!/usr/bin/env python3
"""What the makers of reference pages and the check of links have to get right, without mkdocs: site_catches.py"""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/site"))
import build  # noqa: E402
import catalogue_pages  # noqa: E402
import program_pages  # noqa: E402
import python_pages  # noqa: E402
import schema_pages  # noqa: E402


class Verbs(unittest.TestCase):
    def test_verbs_come_from_the_list_alone(self):
        text = "A tool.\n\nSubcommands:\n  run      Plays\n           and grades it\n  to-scenario   Writes\n\nExamples:\n  ikevet run\n"
        self.assertEqual(program_pages.verbs_of(text), ["run", "to-scenario"])
        self.assertEqual(program_pages.verbs_of("Usage: ikevet run\n\nExamples:\n  ikevet run\n"), [])


class Schemas(unittest.TestCase):
    SCHEMA = {
        "description": "A | b",
        "properties": {
            "one": {"$ref": "#/definitions/thing"},
            "many": {"type": "array", "items": {"type": "object", "properties": {"deep": {"type": "string", "pattern": "^(a|b)$"}}}},
        },
        "required": ["one"],
        "definitions": {"thing": {"enum": ["x", "y"], "description": "Which."}},
    }

    def test_every_member_stands_there(self):
        text = schema_pages.schema_page(self.SCHEMA, "scenario", "Format", "Lead.")
        self.assertIn("| `one` (required) | [thing](#thing) |", text)
        self.assertIn("| `many` | array of object, [below](#m-many-item) |", text)
        self.assertIn("### `many[]` {#m-many-item}", text)
        self.assertIn("| `deep` | string | Form: `^(a|b)$`. |", text)
        self.assertIn("## thing {#thing}", text)
        self.assertIn("`x`, `y`", text)
        self.assertIn("A \\| b", text)


class Catalogue(unittest.TestCase):
    ENTRY = {"id": "rfc1-2-a", "rfc": 1, "section": "2", "line": 5, "level": "MUST", "binds": "both", "text": "Does <it>.",
             "testability": "not-observable", "why_not": "Nobody sees it.", "watched": False, "scenarios": []}

    def test_sections_are_numbers_and_appendices_last(self):
        self.assertEqual(sorted(["B", "2.10", "2.9", "1"], key=catalogue_pages.section_key), ["1", "2.9", "2.10", "B"])

    def test_a_row_says_why_not(self):
        text = catalogue_pages.rfc_page(1, "Title", [self.ENTRY])
        self.assertIn('<span id="rfc1-2-a">', text)
        self.assertIn("Does &lt;it>.", text)
        self.assertIn("Nobody sees it.", text)
        self.assertIn("1 statements, 0 of them testable", text)


class Python(unittest.TestCase):
    def test_every_public_name_is_on_the_page(self):
        folder = ROOT / "bindings/python/ikevet"
        text = python_pages.python_page(folder)
        missing = [name for name in python_pages.public_names(folder)
                   if not name.startswith("__") and f"{{#{name}}}" not in text]
        self.assertEqual(missing, [])

    def test_signatures_leave_self_out(self):
        import ast
        node = ast.parse("def f(self, a: int, *, b: str = ...) -> bool: ...").body[0]
        self.assertEqual(python_pages.signature(node, "C"), "C.f(a: int, *, b: str=...) -> bool")


class Links(unittest.TestCase):
    def test_dead_ones_are_found(self):
        with tempfile.TemporaryDirectory() as name:
            site = Path(name)
            (site / "a.html").write_text('<p id="here"></p><a href="b.html#there">1</a><a href="#here">2</a><a href="c.html">3</a>')
            (site / "b.html").write_text('<a href="a.html#here">1</a><a href="https://example.com/">2</a><img src="x.png">')
            self.assertEqual(sorted(build.dead_links(site)), ["a.html: b.html#there", "a.html: c.html", "b.html: x.png"])


if __name__ == "__main__":
    unittest.main()
