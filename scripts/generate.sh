#!/bin/sh
# Writes the files that are generated from others: methods.go of every adapter, from
# the template in internal/redissession, and the adapters that are another one with
# other names. In such an adapter version.go is written by hand, because it says what
# is true of one version of the client only, and so are the tests.
set -eu
cd "$(dirname "$0")/.."

# from FILE: marks a file as generated from FILE.
from() {
	printf '// Code generated from %s by scripts/generate.sh; DO NOT EDIT.\n\n' "$1"
}

template=internal/redissession/methods.go.tmpl
for adapter in redigostore goredisstore rueidisstore; do
	{
		from "$template"
		sed "s/^package PACKAGE\$/package $(basename "$adapter")/" "$template"
	} | gofmt >"$adapter/methods.go"
done

# rename SOURCE TARGET SED...: the adapter TARGET, which is SOURCE with other names.
rename() {
	source=$1 target=$2
	shift 2
	grep -l "^// Code generated from $source/" "$target"/*.go | xargs rm -f
	for file in "$source"/*.go; do
		case $file in *_test.go | */version.go) continue ;; esac
		{
			from "$file"
			grep -v -e '^// Code generated' -e '^//go:generate' "$file" | sed "$@" | cat -s
		} >"$target/$(basename "$file")"
	done
	gofmt -w "$target"
}

rename rueidisstore rueidisstore/rueian \
	-e 's,github.com/redis/rueidis,github.com/rueian/rueidis,g' \
	-e 's,tree/main/rueidisstore,&/rueian,'

rename rueidisstore valkeystore \
	-e 's,rueidisstore,valkeystore,g' \
	-e 's,github.com/redis/rueidis,github.com/valkey-io/valkey-go,g' \
	-e 's,rueidis\.\([A-Z]\),valkey.\1,g' \
	-e 's,Redis\(Error\|Message\|Result\),Valkey\1,g' \
	-e 's,rueidis,valkey-go,g'
