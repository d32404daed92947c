#!/bin/sh
# Installs the Debian packages of one tier, those that are missing: build, test or dev.
# Usage: deps.sh build|test|dev. A second run finds nothing to do and takes no time.
set -eu

build='ccache cmake g++ git libboost-dev libcli11-dev libcpprest-dev libexpected-dev libfmt-dev libsimdjson-dev
  libspdlog-dev libssl-dev libyaml-cpp-dev ninja-build nlohmann-json3-dev openssl pkg-config prometheus-cpp-dev python3
  zlib1g-dev'
test='ca-certificates chromium libgmock-dev libgtest-dev librapidcheck-dev libbenchmark-dev python3-venv wrk'
dev='clang-19 clang-format-19 clang-tidy-19 libclang-rt-19-dev'

case "${1:-}" in
  build) wanted=$build ;;
  test) wanted=$test ;;
  dev) wanted=$dev ;;
  *) echo "usage: deps.sh build|test|dev" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "meshtrace builds on Debian 12 or later (its packages are taken from there); elsewhere install by hand:" $wanted >&2
  exit 1
fi

missing=
for package in $wanted; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "packages are missing and there is no sudo; as root run: apt-get install$missing" >&2
    exit 1
  fi
  as_root=sudo
fi
echo "installing:$missing" >&2
log=$(mktemp)
if ! { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
       $missing; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  rm -f "$log"
  echo "installing failed (above is why); by hand it is: apt-get install$missing" >&2
  exit 1
fi
rm -f "$log"
