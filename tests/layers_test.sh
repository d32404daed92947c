#!/bin/sh
# The layer check refuses each kind of forbidden include, and accepts the tree as it is. Usage: layers_test.sh SOURCE_FOLDER
set -u
check=$1/cmake/check_layers.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

# refuses FILE INCLUDE: the check must fail on a tree in which FILE has this include.
refuses() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree/$(dirname "$1")"
  printf '#pragma once\n  #  include %s\n' "$2" >"$tree/$1"
  if "$check" "$tree" 2>/dev/null; then
    echo "not refused: $1 with $2"
    failed=1
  fi
}

refuses core/inject/x.h '<fstream>'
refuses core/trace/x.cc '<thread>'
refuses core/policy/x.cc '<unistd.h>'
refuses core/policy/x.cc '"kube/request.h"'
refuses core/policy/x.cc '"webhook/mutate.h"'
refuses core/inject/x.cc '<boost/asio.hpp>'
refuses kube/x.h '<cpprest/http_client.h>'
refuses kube/x.cc '<sys/socket.h>'
refuses kube/x.cc '"net/client/api_client.h"'
refuses net/client/x.cc '"webhook/log.h"'
refuses webhook/x.cc '<boost/beast.hpp>'
refuses webhook/x.cc '"cli/input.h"'
refuses cli/x.cc '<pplx/pplxtasks.h>'
"$check" "$1" || failed=1
exit $failed
