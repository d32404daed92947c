# shellcheck shell=bash
# pip_into FOLDER ARGUMENT…: what `pip install ARGUMENT…` brings, unpacked into FOLDER once. Sourced by go.sh and
# build.sh; wherever packages come from, pip's own configuration says it.
# Debian may have Python without pip; a venv then brings its own.
pip_into() {
  local pip=(python3 -m pip) folder=$1 partial="$1.$$" status
  shift
  if ! "${pip[@]}" --version >/dev/null 2>&1; then
    python3 -m venv "$partial-pip" >&2 || return 1
    pip=("$partial-pip/bin/python" -m pip)
  fi
  "${pip[@]}" install --quiet --disable-pip-version-check --root-user-action=ignore --target "$partial" "$@" >&2
  status=$?
  rm -rf "$partial-pip"
  # Where another call was faster, its folder stays and this one is thrown away.
  [ "$status" = 0 ] && { mv -T "$partial" "$folder" 2>/dev/null || [ -d "$folder" ]; }
  status=$?
  rm -rf "$partial"
  return "$status"
}
