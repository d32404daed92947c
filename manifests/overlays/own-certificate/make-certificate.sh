#!/bin/sh
# Makes the webhook's certificate: an authority of its own (ca.crt, ca.key) and a leaf that it signs (tls.crt, tls.key).
# Usage: make-certificate.sh [FOLDER]   (default: the script's own folder, where `kubectl apply -k` reads them)
#
# Nothing is overwritten. To renew the leaf, remove tls.crt and tls.key and run it again: the authority stays, so the
# API server trusts the old leaf and the new one alike. Keep ca.key off the cluster; only this script needs it.
set -eu
umask 077 # every file begins readable by its owner alone; the keys stay so

folder=${1:-$(dirname "$0")}
service=meshtrace-webhook.meshtrace-system.svc
ca_days=3650
leaf_days=365

fail() {
  echo "make-certificate.sh: $1" >&2
  exit 1
}

command -v openssl >/dev/null || fail "openssl is missing; install it (Debian: apt-get install openssl)"
[ -d "$folder" ] || fail "$folder is not a folder; create it first"
cd "$folder"
for file in tls.crt tls.key; do
  [ ! -e "$file" ] || fail "$folder/$file exists and is not overwritten; to renew, remove tls.crt and tls.key first"
done
if [ -e ca.crt ] && [ ! -e ca.key ]; then
  fail "$folder/ca.crt has no ca.key to sign with; put it back, or remove ca.crt for a new authority"
fi
if [ -e ca.key ] && [ ! -e ca.crt ]; then
  fail "$folder/ca.key has no ca.crt beside it; put it back, or remove ca.key for a new authority"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$work/openssl.cnf" <<CONFIG
[req]
distinguished_name = name
prompt = no
[name]
CN = \${ENV::COMMON_NAME}
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:$service, DNS:$service.cluster.local
CONFIG

# quietly COMMAND…: openssl reports progress on standard error; it is shown only where it failed.
quietly() {
  "$@" 2>"$work/log" || {
    cat "$work/log" >&2
    fail "openssl failed, see above"
  }
}

if [ ! -e ca.key ]; then
  export COMMON_NAME="meshtrace webhook authority"
  quietly openssl ecparam -name prime256v1 -genkey -noout -out "$work/ca.key"
  quietly openssl req -x509 -new -sha256 -key "$work/ca.key" -days $ca_days -config "$work/openssl.cnf" -extensions ca \
    -out "$work/ca.crt"
  mv "$work/ca.key" "$work/ca.crt" .
fi
export COMMON_NAME="$service"
quietly openssl ecparam -name prime256v1 -genkey -noout -out "$work/tls.key"
quietly openssl req -new -sha256 -key "$work/tls.key" -config "$work/openssl.cnf" -out "$work/tls.csr"
# The serial number is random: a counter file would be one more thing to keep.
quietly openssl x509 -req -sha256 -in "$work/tls.csr" -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" \
  -days $leaf_days -extfile "$work/openssl.cnf" -extensions leaf -out "$work/tls.crt"
mv "$work/tls.key" "$work/tls.crt" .
chmod 644 ca.crt tls.crt
echo "wrote $folder/tls.crt, valid for $leaf_days days, signed by $folder/ca.crt"
