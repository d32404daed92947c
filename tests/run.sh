#!/bin/sh
# Runs black-box suites against built programs. Usage: run.sh [-j JOBS] FOLDER_OF_PROGRAMS SUITE[:PART/PARTS]…
# A suite is a folder below tests/ with test_*.py; controller:1/3 is every third file of it, from the first. With -j
# that many run at once, each with a cluster of its own where it needs one. What runs no test, or skips one, fails.
set -u
cd "$(dirname "$0")/.." || exit 2
jobs=1
if [ "$1" = -j ]; then
  jobs=$2
  shift 2
fi
MESHTRACE_BIN=$(cd "$1" && pwd) || exit 2
export MESHTRACE_BIN
export PYTHONPATH="$PWD/tests" # harness/, which several suites share
shift

# run_suite SUITE[:PART/PARTS]: shows what it says when it has ended, so that suites side by side do not mix.
run_suite() {
  suite=${1%%:*}
  part=1/1
  [ "$suite" = "$1" ] || part=${1#*:}
  modules=$(cd "tests/$suite" && ls test_*.py | sed 's/\.py$//' | awk -v part="${part%/*}" -v parts="${part#*/}" \
    '(NR - 1) % parts == part - 1')
  log=$(mktemp)
  # shellcheck disable=SC2086  # names of modules, split on purpose
  (cd "tests/$suite" && python3 -B -m unittest $modules) >"$log" 2>&1
  status=$?
  ran=$(sed -n 's/^Ran \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
  if [ $status -eq 0 ] && { [ "${ran:-0}" -eq 0 ] || grep -q 'skipped=' "$log"; }; then
    echo "ran ${ran:-0} tests, some perhaps skipped" >>"$log"
    status=1
  fi
  { echo "== tests/$1"; cat "$log"; }
  rm -f "$log"
  return $status
}

if [ "$jobs" -gt 1 ]; then
  printf '%s\n' "$@" | xargs -P "$jobs" -I {} tests/run.sh "$MESHTRACE_BIN" {} || exit 1
  exit 0
fi
for suite in "$@"; do
  run_suite "$suite" || exit 1
done
