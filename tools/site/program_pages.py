"""The command reference: what the program prints for --help, verb by verb."""

import re
import subprocess


def help_of(program, words):
    answer = subprocess.run([program, *words, "--help"], capture_output=True, text=True, timeout=30)
    if answer.returncode:
        raise SystemExit(f"site: {program} {' '.join(words)} --help: exit code {answer.returncode}: {answer.stderr}")
    return answer.stdout.rstrip()


def verbs_of(text):
    """Names below "Subcommands:"; a description may go on in further lines, which are indented deeper."""
    part = re.search(r"^Subcommands:\n((?:  .*\n?)+)", text, re.M)
    return re.findall(r"^  ([a-z][a-z0-9-]*)(?:\s|$)", part.group(1), re.M) if part else []


def section(program, words, depth):
    text = help_of(program, words)
    out = [f"{'#' * depth} ikevet {' '.join(words)}".rstrip(), "", "```text", text, "```", ""]
    for verb in verbs_of(text):
        out += section(program, [*words, verb], min(depth + 1, 3) if words else 2)
    return out


def commands_page(program):
    head = [
        "# Command reference",
        "",
        "What `ikevet --help` and `ikevet VERB --help` print, taken from the program when this page was made.",
        "",
    ]
    return "\n".join(head + section(program, [], 2))
