#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. Arguments go to ctest, e.g. tools/test.sh -R wire.
#   CI=true                 no interop test may be skipped (the same as IKEVET_REQUIRE_ALL=1)
#   IKEVET_TEST_JOBS=N      that many tests at a time (default: number of processors)
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${CI:-}" = true ]; then export IKEVET_REQUIRE_ALL=1; fi
jobs=${IKEVET_TEST_JOBS:-$(nproc)}
build=build/release

tools/setup.sh --test
cmake --preset release --log-level=WARNING -DIKEVET_TESTS=ON -DIKEVET_BENCH=ON -DIKEVET_PYTHON=ON
cmake --build --preset release

# Everything a test prints is kept: reasons for skipping stand there, and so does what a failure says.
record=$build/Testing/Temporary/LastTest.log
summary=$(mktemp "${TMPDIR:-/tmp}/ikevet-test.XXXXXX")
trap 'rm -f "$summary"' EXIT
status=0
forbidden=no
ctest --preset release --no-tests=error --parallel "$jobs" "$@" | tee "$summary" || status=$?

# Whole tests that did not run, and single cases that said SKIPPED with a reason (pytest -rs, WARN("SKIPPED: ...")).
whole=$(sed -n '/^The following tests did not run:/,/^$/p' "$summary" | grep -E '\((Skipped|Disabled|Not Run)\)' || true)
single=$(grep -ahE '^[[:space:]]*SKIPPED\b' "$record" 2>/dev/null | sed -E 's/^[[:space:]]+//' | sort | uniq -c || true)
if [ -n "$whole$single" ]; then
  printf '\n=========================== NOT EVERYTHING WAS TESTED ===========================\n'
  if [ -n "$whole" ]; then printf 'tests that did not run:\n%s\n' "$whole"; fi
  if [ -n "$single" ]; then printf 'skipped, with the reason each gave (count first):\n%s\n' "$single"; fi
  if [ "$(id -u)" -ne 0 ]; then
    echo "(not root: interop tests make network namespaces and need it)"
  fi
  printf '=================================================================================\n'
  if [ "${IKEVET_REQUIRE_ALL:-}" = 1 ] && grep -qi interop <<<"$whole$single"; then
    forbidden=yes
    if [ $status -eq 0 ]; then status=8; fi  # ctest's own code for "tests failed"
  fi
fi

printf '\n'
grep -E '^[0-9]+% tests passed' "$summary" || echo "test: ctest printed no result" >&2
if [ $forbidden = yes ]; then
  echo "test: failed: interop tests were skipped, which IKEVET_REQUIRE_ALL=1 forbids" >&2
fi
exit $status
