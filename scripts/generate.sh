#!/bin/sh
# Writes the files that are generated from others: the methods of the adapters,
# which read the same in all of them, and the whole of rueidisstore/rueian,
# which is rueidisstore under the client's first import path, and so the benchmark
# of that. Tests are not generated.
set -eu
cd "$(dirname "$0")/.."

# from FILE: marks a file as generated from FILE.
from() {
	printf '// Code generated from %s by scripts/generate.sh; DO NOT EDIT.\n\n' "$1"
}

# rueian FILE: FILE under the client's first import path.
rueian() {
	sed -e 's,github.com/redis/rueidis,github.com/rueian/rueidis,g' \
		-e 's,scsredis/stores/rueidisstore,scsredis/stores/rueidisstore/rueian,g' "$1"
}

for adapter in goredisstore rueidisstore; do
	{
		from redigostore/methods.go
		sed "s/^package redigostore\$/package $adapter/" redigostore/methods.go
	} >"$adapter/methods.go"
done

grep -l '^// Code generated from rueidisstore/' rueidisstore/rueian/*.go | xargs rm -f
for file in rueidisstore/*.go; do
	case $file in *_test.go) continue ;; esac
	{
		from "$file"
		rueian "$file" | grep -v -e '^// Code generated' -e '^//go:generate' | cat -s
	} >"rueidisstore/rueian/$(basename "$file")"
done

{
	from lab/bench/rueidis.go
	rueian lab/bench/rueidis.go |
		sed -e 's/\(open\|scan\)Rueidis/\1Rueian/g; s/"rueidis"/"rueian"/' \
			-e 's,a rueidis client with,a client of rueidis under its first path with,'
} >lab/bench/rueian.go
gofmt -w rueidisstore/rueian/*.go lab/bench/rueian.go
