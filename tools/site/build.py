#!/usr/bin/env python3
"""Builds the site of docs/: build.py --ikevet PROGRAM --out FOLDER [--data FOLDER] [--python FOLDER [--interpreter PYTHON]]

FOLDER/pages gets the pages of docs/ and those made from the program, the schemas, the catalogue and the Python package;
FOLDER/site is the site. --python is the built package (build/release/python), for the docstrings of its compiled part.
exit: 0 built without a warning, 1 a warning, a dead link or a file that does not fit, 77 mkdocs is not installed
"""

import argparse
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

sys.dont_write_bytecode = True
from catalogue_pages import catalogue_pages  # noqa: E402
from program_pages import commands_page  # noqa: E402
from python_pages import python_page  # noqa: E402
from schema_pages import schema_page  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = {
    "scenario": ("Scenario format", "A scenario file, member by member. How one is written: [Writing scenarios](../writing-scenarios.md)."),
    "family": ("Family format", "A scenario file with a matrix: one file, many scenarios. The other members are those of a [scenario](scenario.md)."),
    "target": ("Target format", "A device under test. How one is connected: [Connecting a device](../connecting-a-device.md)."),
}
LINK = re.compile(r"(\]\()([^)#\s]+)((?:#[^)\s]*)?\))")


def mkdocs():
    """The command, or None. Debian's lives with Debian's interpreter, whatever other Pythons there are."""
    for command in ("/usr/bin/mkdocs", shutil.which("mkdocs")):
        if command and Path(command).is_file():
            return command
    return None


def why_not():
    """Why no site can be built here; "" where it can."""
    command = mkdocs()
    if not command:
        return "mkdocs is not installed (tools/setup.sh --test installs it)"
    interpreter = Path(command).read_text(errors="replace").partition("\n")[0].removeprefix("#!").split()
    asked = subprocess.run([*interpreter, "-c", "import pymdownx, mkdocs; from mkdocs.utils import get_themes; get_themes()['material']"],
                           capture_output=True, text=True)
    if asked.returncode:
        return "mkdocs-material is not installed (tools/setup.sh --test installs it): " + asked.stderr.strip().rpartition("\n")[2]
    return ""


def program_json(program, words, data):
    answer = subprocess.run([program, *words], capture_output=True, text=True, env=dict(os.environ, IKEVET_DATA=str(data)), timeout=120)
    if answer.returncode:
        raise SystemExit(f"site: ikevet {' '.join(words)}: exit code {answer.returncode}: {answer.stderr.strip()}")
    return json.loads(answer.stdout)


def outside_links(text, file, pages):
    """Links that lead out of docs/: to pages that the site has under another name, or to files, which come along."""

    def moved(match):
        target = match.group(2)
        if "://" in target or target.startswith("mailto:"):
            return match.group(0)
        place = (file.parent / urllib.parse.unquote(target)).resolve()
        if place.is_relative_to(ROOT / "docs") or not place.is_file():
            return match.group(0)  # mkdocs says what is not there
        known = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
        inside = known.get(str(place.relative_to(ROOT)))
        if not inside:
            inside = f"files/{place.relative_to(ROOT)}"
            if not place.suffix:
                inside += ".txt"
            (pages / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place, pages / inside)
        here = (pages / file.relative_to(ROOT / "docs")).parent if file.is_relative_to(ROOT / "docs") else pages
        return match.group(1) + os.path.relpath(pages / inside, here) + match.group(3)

    return LINK.sub(moved, text)


def lay_out(pages):
    """docs/ as it stands, and the two files of the top level that belong to it."""
    for file in sorted((ROOT / "docs").rglob("*")):
        place = pages / file.relative_to(ROOT / "docs")
        if file.is_dir() or file.name == "mkdocs.yml":
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".md":
            place.write_text(outside_links(file.read_text(), file, pages))
        else:
            shutil.copyfile(file, place)
    for name in ("CONTRIBUTING.md", "CHANGELOG.md"):
        text = outside_links((ROOT / name).read_text(), ROOT / name, pages)
        (pages / name.lower()).write_text(text.replace("](docs/", "]("))


def generate(pages, arguments):
    (pages / "reference").mkdir()
    (pages / "requirements").mkdir()
    (pages / "reference/commands.md").write_text(commands_page(arguments.ikevet))
    for name, (heading, lead) in SCHEMAS.items():
        schema = program_json(arguments.ikevet, ["schema", name], arguments.data)
        (pages / f"reference/{name}.md").write_text(schema_page(schema, name, heading, lead))
    package = ROOT / "bindings/python/ikevet"
    (pages / "reference/python.md").write_text(python_page(package, arguments.interpreter, arguments.python))
    listed = program_json(arguments.ikevet, ["list", "--requirements", "--json"], arguments.data)
    catalogue, order = catalogue_pages(listed, arguments.data)
    for name, text in catalogue.items():
        (pages / "requirements" / name).write_text(text)
    return order


def configuration(order):
    text = (ROOT / "docs/mkdocs.yml").read_text()
    marker = re.search(r"^( *)# generated: .*$", text, re.M)
    return text[: marker.start()] + "\n".join(f"{marker.group(1)}- {page}" for page in order) + text[marker.end() :]


class Page(html.parser.HTMLParser):
    """The ids of a page, and where its links lead."""

    def __init__(self):
        super().__init__()
        self.ids, self.links = set(), set()

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if values.get("id"):
            self.ids.add(values["id"])
        if tag == "a" and values.get("href"):
            self.links.add(values["href"])
        if values.get("src"):
            self.links.add(values["src"])


def dead_links(site):
    """Links to a page, a file or a place in a page that is not there. mkdocs itself looks at pages alone."""
    seen = {}
    for file in site.rglob("*.html"):
        seen[file] = Page()
        seen[file].feed(file.read_text())
    out = []
    for file, page in seen.items():
        if file.name == "404.html":
            continue
        for link in sorted(page.links):
            url = urllib.parse.urlsplit(link)
            if url.scheme or url.netloc:
                if url.scheme not in ("https", "http", "mailto", "data"):
                    out.append(f"{file.relative_to(site)}: {link}")
                continue
            place = (file.parent / urllib.parse.unquote(url.path)).resolve() if url.path else file
            if place.is_dir():
                place = place / "index.html"
            fragment = urllib.parse.unquote(url.fragment)
            if not place.is_file() or (fragment and place in seen and fragment not in seen[place].ids and not fragment.startswith("__")):
                out.append(f"{file.relative_to(site)}: {link}")
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ikevet", required=True, help="the program")
    parser.add_argument("--out", required=True, type=Path, help="a folder for pages and site; what was there goes")
    parser.add_argument("--data", type=Path, default=ROOT / "scenarios", help="the suite (default: that of this tree)")
    parser.add_argument("--python", type=Path, help="the folder that `import ikevet` works from")
    parser.add_argument("--interpreter", default=sys.executable, help="the Python that it was built for")
    arguments = parser.parse_args()
    reason = why_not()
    if reason:
        print(f"SKIPPED: docs: {reason}")
        return 77
    out = arguments.out.resolve()
    pages, site = out / "pages", out / "site"
    for folder in (pages, site):
        shutil.rmtree(folder, ignore_errors=True)
    pages.mkdir(parents=True)
    lay_out(pages)
    order = generate(pages, arguments)
    (out / "mkdocs.yml").write_text(configuration(order))
    unlisted = [str(page.relative_to(pages)) for page in sorted(pages.rglob("*.md"))
                if f"- {page.relative_to(pages)}" not in (out / "mkdocs.yml").read_text()]
    built = subprocess.run([mkdocs(), "build", "--strict", "--clean", "-f", str(out / "mkdocs.yml")], capture_output=True, text=True)
    print(built.stdout + built.stderr, end="")
    if built.returncode:
        return 1
    problems = [f"{page}: not in nav of docs/mkdocs.yml" for page in unlisted]
    problems += [f"dead link in {one}" for one in dead_links(site)]
    for one in problems:
        print(f"site: {one}", file=sys.stderr)
    if problems:
        return 1
    print(f"site: {len(list(site.rglob('*.html')))} pages in {site}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
