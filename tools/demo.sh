#!/usr/bin/env bash
# From a fresh checkout to a report: installs what building takes, builds, and runs the suite against the embedded device
# under test (ikevet's own engine on a virtual clock: no root, no ports), without its families: 2,700 variations of the
# same scenarios, whose report nobody reads for a first look. `ikevet run` plays them too. The exit code is that of the run.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh --build

# The tests have needs of their own (Catch2 and others), which tools/test.sh sees to; a tree that was configured for them
# stays so.
first_time=()
[ -e build/release/CMakeCache.txt ] || first_time=(-DIKEVET_TESTS=OFF -DIKEVET_BENCH=OFF)
cmake --preset release --log-level=WARNING "${first_time[@]}"
cmake --build --preset release

rm -rf out/demo
status=0
build/release/bin/ikevet run not:family --out out/demo || status=$?

if [ -e out/demo/report.html ]; then
  printf '\nreport: %s\n' "$PWD/out/demo/report.html"
else
  echo "demo: the run left no report (exit code $status)" >&2
  [ $status -ne 0 ] || status=3
fi
exit $status
