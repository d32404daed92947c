#!/bin/sh
# Fills a folder with programs and everything that their start needs: the shared libraries that the dynamic linker finds
# for them, and the linker itself. Made for an image FROM scratch. Usage: collect_libs.sh ROOT PROGRAM...
#
# Libraries keep their paths, since an image from scratch has no ld.so.cache and the linker falls back to the folders
# that Debian compiled into it. glibc 2.34 and later resolves host names by itself (libnss_dns is part of libc).
set -eu

fail() {
  echo "collect_libs.sh: $1" >&2
  exit 1
}

[ $# -ge 2 ] || fail "usage: collect_libs.sh ROOT PROGRAM..."
root=$1
shift
mkdir -p "$root/usr/bin"

for program; do
  [ -x "$program" ] || fail "$program is not a program; build it first (make build)"
  # Lines of ldd: "libx.so.1 => /lib/libx.so.1 (0x7f00)", "/lib64/ld-linux-x86-64.so.2 (0x7f01)", "linux-vdso.so.1 (…)".
  needed=$(ldd "$program") || fail "$program is not linked dynamically, or not for this machine"
  case $needed in
    *'not found'*) fail "$program lacks libraries here: $(printf '%s\n' "$needed" | grep 'not found' | xargs)" ;;
  esac
  printf '%s\n' "$needed" | grep -oE '/[^ ]+' | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
  cp -L "$program" "$root/usr/bin/"
done
