#!/bin/sh
# Runs go test in lab, with the arguments given, on the lowest versions of the
# clients, those that the adapters declare; the workspace has the newest.
set -eu
cd "$(dirname "$0")/../lab"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cp go.mod "$tmp/lowest.mod"
cp go.sum "$tmp/lowest.sum"
for adapter in redigostore goredisstore rueidisstore rueidisstore/rueian; do
	sed -n 's/^\t\(github.com\/[^ ]*\(redigo\|go-redis\/v9\|rueidis\)\) \(v[^ ]*\)$/\1@\3/p' "../$adapter/go.mod"
done >"$tmp/clients"
while read -r client; do
	go mod edit -require="$client" "$tmp/lowest.mod"
done <"$tmp/clients"
echo "lowest: $(tr '\n' ' ' <"$tmp/clients")"
GOWORK=off GOFLAGS=-mod=mod go test -modfile="$tmp/lowest.mod" "$@"
