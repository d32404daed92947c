#!/bin/sh
# Fails when a folder includes what its layer may not: core reaching for I/O, threads or a clock; anything but net
# including Boost or cpprest; a layer including one that stands above it. Usage: check_layers.sh SOURCE_FOLDER
set -u
cd "$1" || exit 2
bad=0

# refuse FOLDERS PATTERN WHY
refuse() {
  found=$(grep -rnE --include='*.h' --include='*.cc' "^[[:space:]]*#[[:space:]]*include[[:space:]]*$2" $1 2>/dev/null)
  if [ -n "$found" ]; then
    printf '%s\n' "$found" | sed "s|\$|    <- $3|" >&2
    bad=1
  fi
}

io='<(fstream|iostream|ostream|istream|filesystem|cstdio|stdio\.h|thread|mutex|shared_mutex|condition_variable|future|atomic|ctime|time\.h|unistd\.h|fcntl\.h|sys/|netinet/|arpa/|poll\.h|csignal|signal\.h|spdlog/|CLI/|prometheus/|openssl/ssl)'
refuse core "$io" 'core decides; I/O, clocks and threads belong to net or a program'
refuse core '"(kube|net|webhook|controller|cli)/' 'core includes only core'
refuse kube '"(net|webhook|controller|cli)/' 'kube includes only core and kube'
refuse kube '<(sys/|netinet/|arpa/|poll\.h|unistd\.h|openssl/ssl|fstream|filesystem)' 'kube has no sockets and reads no files'
refuse net '"(webhook|controller|cli)/' 'net includes only core, kube and net'
refuse 'core kube webhook controller cli' '<(boost/|cpprest/|pplx/)' 'only net includes Boost or cpprest'
refuse 'webhook' '"(controller|cli)/' 'programs do not include one another'
refuse 'controller' '"(webhook|cli)/' 'programs do not include one another'
refuse 'cli' '"(webhook|controller)/' 'programs do not include one another'
exit $bad
