#!/bin/sh
# Runs black-box suites against built programs. Usage: run.sh FOLDER_OF_PROGRAMS SUITE…
# A suite is a folder below tests/ with test_*.py; one that runs no test fails.
set -u
cd "$(dirname "$0")/.." || exit 2
MESHTRACE_BIN=$(cd "$1" && pwd) || exit 2
export MESHTRACE_BIN
export PYTHONPATH="$PWD/tests" # harness/, which several suites share
shift
for suite in "$@"; do
  echo "== tests/$suite"
  log=$(mktemp)
  python3 -B -m unittest discover -s "tests/$suite" -t "tests/$suite" -p 'test_*.py' 2>"$log"
  status=$?
  cat "$log"
  ran=$(sed -n 's/^Ran \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
  skipped=$(grep -c 'skipped=' "$log")
  rm -f "$log"
  [ $status -eq 0 ] || exit $status
  [ "${ran:-0}" -gt 0 ] && [ "$skipped" -eq 0 ] || { echo "tests/$suite: ran ${ran:-0} tests, some perhaps skipped" >&2; exit 1; }
done
