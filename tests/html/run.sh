#!/usr/bin/env bash
# The tests of report.html in Chromium: run.sh FOLDER_WITH_PROGRAMS [ARGUMENTS OF node --test]
# Skipped (77) with the reason where the browser, Node.js or Playwright are not there: tools/setup.sh --test installs them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
skip() { echo "SKIPPED: html: $1 (tools/setup.sh --test installs it)"; exit 77; }

IKEVET_CHROMIUM=${IKEVET_CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
[ -n "$IKEVET_CHROMIUM" ] || skip "Chromium is not installed"
command -v node >/dev/null || skip "Node.js is not installed"
[ -e "$here/node_modules/playwright-core/package.json" ] || skip "Playwright is not in tests/html/node_modules"

export IKEVET_CHROMIUM IKEVET_BUILD=$1
shift
exec node --test "$@" "$here/report.test.mjs"
