#!/usr/bin/python3
"""The lint of includes is itself tested: one offence of each kind, in a small tree, has to be reported at its place;
and the same tree without offences has to pass."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LINT = Path(__file__).with_name("lint_includes.py")

# A tree in which everybody includes only what they may.
CLEAN = {
    "engine/base/bytes.hpp": "#include <absl/container/inlined_vector.h>\n#include <vector>\n",
    "engine/base/random.cpp": "#include <sys/random.h>\nvoid f() { getrandom(nullptr, 0, 0); }\n",
    "engine/wire/message.hpp": '#include <fmt/format.h>\n\n#include "engine/base/bytes.hpp"\n',
    "engine/wire/constants.hpp": "#pragma once\n",
    "engine/crypto/prf.cpp": '#include <openssl/evp.h>\n\n#include "engine/base/bytes.hpp"\n#include "engine/wire/constants.hpp"\n',
    "engine/keys/sk.hpp": '#include "engine/crypto/prf.hpp"\n',
    "engine/crypto/prf.hpp": "#pragma once\n",
    "engine/trace/trace.hpp": '#include "engine/wire/message.hpp"\n',
    "engine/sa/engine.hpp": '// steady_clock is not read here\n#include "engine/trace/trace.hpp"\n',
    "engine/transport/udp.cpp": '#include <asio.hpp>\n#include <sys/socket.h>\nauto t = std::chrono::system_clock::now();\n',
    "scenarios/format/loader.cpp": "#include <valijson/schema.hpp>\n#include <nlohmann/json.hpp>\n#include <fstream>\n",
    "scenarios/format/scenario.hpp": '#include "engine/sa/engine.hpp"\n',
    "scenarios/runner/runner.cpp": '#include "scenarios/format/scenario.hpp"\n',
    "pcap/capture.cpp": '#include <pcap/pcap.h>\n#include <pcap.h>\n',
    "pcap/keys_json.cpp": '#include <nlohmann/json.hpp>\n#include "engine/trace/trace.hpp"\n',
    "reports/verdict.hpp": '#include "scenarios/format/scenario.hpp"\n',
    "reports/junit_report.cpp": "#include <pugixml.hpp>\n#include <kainjow/mustache.hpp>\n",
    "bindings/cli/main.cpp": '#include <CLI/CLI.hpp>\n#include <iostream>\n#include "pcap/capture.hpp"\n',
    "pcap/capture.hpp": "#pragma once\n",
    "bindings/python/module.cpp": "#include <pybind11/pybind11.h>\n",
    "tests/unit/wire/message_test.cpp": '#include <catch2/catch.hpp>\n#include "engine/wire/message.hpp"\n',
}

# Kind of rule -> (file, its offending line, words of the message). The line is appended to what the file has.
OFFENCES = {
    "base includes nobody": ("engine/base/bytes.hpp", '#include "engine/wire/message.hpp"', "nothing of ours"),
    "wire does not know crypto": ("engine/wire/message.hpp", '#include "engine/crypto/prf.hpp"', "engine/wire may include"),
    "crypto does not know wire": ("engine/crypto/prf.cpp", '#include "engine/wire/message.hpp"', "engine/crypto may include"),
    "trace does not know the engine": ("engine/trace/trace.hpp", '#include "engine/sa/engine.hpp"', "engine/trace may"),
    "keys does not know the engine": ("engine/keys/sk.hpp", '#include "engine/sa/engine.hpp"', "engine/keys may include"),
    "eap has a row": ("engine/eap/method.hpp", '#include "engine/sa/engine.hpp"', "engine/eap may include"),
    "the engine does not know scenarios": ("engine/sa/engine.hpp", '#include "scenarios/format/scenario.hpp"', "engine/sa"),
    "transport does not know wire": ("engine/transport/udp.cpp", '#include "engine/wire/message.hpp"', "engine/transport"),
    "scenarios do not know pcap": ("scenarios/runner/runner.cpp", '#include "pcap/capture.hpp"', "scenarios may include"),
    "pcap does not know the engine": ("pcap/capture.cpp", '#include "engine/sa/engine.hpp"', "pcap may include"),
    "reports do not know the runner": ("reports/verdict.hpp", '#include "scenarios/runner/runner.hpp"', "reports may include"),
    "nobody includes bindings": ("reports/junit_report.cpp", '#include "bindings/cli/verbs.hpp"', "reports may include"),
    "OpenSSL": ("engine/wire/message.hpp", "#include <openssl/evp.h>", "openssl is for"),
    "sockets by Asio": ("engine/sa/engine.hpp", "#include <asio/ip/udp.hpp>", "asio is for"),
    "sockets by the system": ("engine/sa/engine.hpp", "#include <sys/socket.h>", "sockets are for"),
    "waiting on descriptors": ("engine/sa/engine.hpp", "#include <poll.h>", "descriptors are for"),
    "files": ("engine/sa/engine.hpp", "#include <fstream>", "files are for"),
    "threads": ("engine/sa/engine.hpp", "#include <thread>", "threads are for"),
    "the terminal": ("engine/wire/message.hpp", "#include <iostream>", "the terminal is for"),
    "JSON in the engine": ("engine/sa/engine.hpp", "#include <nlohmann/json.hpp>", "nlohmann is for"),
    "JSON in pcap outside the key files": ("pcap/capture.cpp", "#include <nlohmann/json.hpp>", "nlohmann is for"),
    "JSON Schema": ("reports/verdict.hpp", "#include <valijson/schema.hpp>", "valijson is for"),
    "libpcap": ("reports/verdict.hpp", "#include <pcap/pcap.h>", "pcap is for"),
    "libpcap's old header": ("scenarios/runner/runner.cpp", "#include <pcap.h>", "pcap is for"),
    "XML": ("scenarios/runner/runner.cpp", "#include <pugixml.hpp>", "pugixml is for"),
    "HTML templates": ("pcap/capture.cpp", "#include <kainjow/mustache.hpp>", "kainjow is for"),
    "logging": ("engine/sa/engine.hpp", "#include <spdlog/spdlog.h>", "spdlog is for"),
    "command line": ("scenarios/runner/runner.cpp", "#include <CLI/CLI.hpp>", "CLI is for"),
    "Python": ("reports/verdict.hpp", "#include <pybind11/pybind11.h>", "pybind11 is for"),
    "test framework": ("reports/verdict.hpp", "#include <catch2/catch.hpp>", "catch2 is for"),
    "unknown library": ("engine/wire/message.hpp", "#include <boost/asio.hpp>", "no row in the table"),
    "ours in angle brackets": ("engine/wire/message.hpp", "#include <engine/base/bytes.hpp>", "angle brackets"),
    "not from the root": ("engine/wire/message.hpp", '#include "message.hpp"', "no such file from the root"),
    "folder without a row": ("engine/extra/thing.hpp", "#include <vector>", "without a row"),
    "real clock": ("engine/sa/engine.hpp", "auto t = std::chrono::steady_clock::now();", "the real clock is for"),
    "real clock in a report": ("reports/verdict.hpp", "auto t = std::chrono::system_clock::now();", "the real clock is for"),
    "system randomness": ("engine/keys/sk.hpp", "std::random_device d;", "the system's randomness is for"),
}

# Files that only have to exist so that an include of them is found.
INCLUDED = ["scenarios/runner/runner.hpp", "bindings/cli/verbs.hpp"]


def make_tree(root: Path, more: dict[str, str]) -> None:
    for name, text in {**CLEAN, **{name: "#pragma once\n" for name in INCLUDED}, **more}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def lint(root: Path) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, LINT, root], capture_output=True, text=True, check=False)


class LintIncludes(unittest.TestCase):
    def test_a_tree_that_keeps_the_rules_passes(self):
        with tempfile.TemporaryDirectory() as folder:
            make_tree(Path(folder), {})
            result = lint(Path(folder))
            self.assertEqual(result.returncode, 0, result.stdout)

    def test_each_kind_of_offence_is_reported_at_its_place(self):
        for kind, (name, line, words) in OFFENCES.items():
            with self.subTest(kind), tempfile.TemporaryDirectory() as folder:
                before = CLEAN.get(name, "")
                make_tree(Path(folder), {name: before + line + "\n"})
                result = lint(Path(folder))
                self.assertEqual(result.returncode, 1, result.stdout)
                reported = result.stdout.splitlines()[:-1]
                self.assertEqual(len(reported), 1, result.stdout)
                self.assertIn(words, reported[0])
                place = 1 if "without a row" in words else before.count("\n") + 1
                self.assertTrue(reported[0].startswith(f"{name}:{place}: "), reported[0])

    def test_comments_and_strings_are_not_code(self):
        with tempfile.TemporaryDirectory() as folder:
            make_tree(Path(folder), {"engine/sa/engine.hpp": '/* system_clock\n steady_clock */ auto s = "getrandom";\n'})
            self.assertEqual(lint(Path(folder)).returncode, 0)

    def test_an_empty_tree_is_an_error_not_a_success(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(lint(Path(folder)).returncode, 2)


if __name__ == "__main__":
    unittest.main()
