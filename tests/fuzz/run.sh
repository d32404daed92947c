#!/bin/sh
# Runs every fuzz target for some seconds from its seeds. Usage: run.sh FOLDER_OF_TARGETS SECONDS
# Exit status: 0 nothing found, 1 a crash, a hang or too much memory (the input is kept and named), 2 could not run.
set -u
[ $# -eq 2 ] || { echo "usage: run.sh FOLDER_OF_TARGETS SECONDS" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd) || exit 2
bin=$(cd "$1" && pwd) || exit 2
seconds=$2

max_len=16384       # bytes of one input: some times the largest seed; longer ones only make it slow
rss_limit_mb=2048   # ASan's own need included
input_timeout=10    # seconds for one input; what takes longer could hold up an admission
findings=$(dirname "$bin")/fuzz-findings

export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export ASAN_OPTIONS=detect_stack_use_after_return=1
mkdir -p "$findings" || exit 2
corpus=$(mktemp -d) || exit 2
trap 'rm -rf "$corpus"' EXIT

failed=0
for seeds in "$here"/seeds/*/; do
  name=$(basename "$seeds")
  target=$bin/${name}_fuzz
  [ -x "$target" ] || { echo "$target is not there: build with -DMESHTRACE_FUZZ=ON, or run make fuzz" >&2; exit 2; }
  mkdir "$corpus/$name"
  log=$corpus/$name.log
  if "$target" -max_total_time="$seconds" -max_len=$max_len -rss_limit_mb=$rss_limit_mb -timeout=$input_timeout \
    -print_final_stats=1 -artifact_prefix="$findings/$name-" "$corpus/$name" "$seeds" >"$log" 2>&1; then
    echo "$name: nothing found in $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs"
  else
    echo "$name: FAILED; the end of its output:" >&2
    tail -n 40 "$log" >&2
    failed=1
  fi
done
exit $failed
