#!/bin/sh
# Fails when an archive of core calls the operating system: files, sockets, clocks, threads, environment.
# Usage: check_symbols.sh ARCHIVE
set -u
# nm prints mangled C++ names; a C function stands bare.
io=$(nm --undefined-only "$1" 2>/dev/null | awk '$1 == "U" {print $2}' | sed 's/@.*//' | sort -u |
  grep -xE 'open|open64|openat|fopen|fopen64|read|pread|write|pwrite|close|socket|connect|bind|listen|accept|send|recv|getaddrinfo|poll|select|epoll_.*|time|clock_gettime|gettimeofday|nanosleep|usleep|pthread_create|getenv|system|fork|exec.*|_ZNSt6chrono3_V2.*|_ZNSt6thread.*|_ZNSt14basic_[io]?fstream.*|_ZSt4cout|_ZSt4cerr|_ZSt3cin')
[ -z "$io" ] && exit 0
printf '%s: core must not do I/O, read a clock or start threads, but it refers to:\n%s\n' "$1" "$io" >&2
exit 1
