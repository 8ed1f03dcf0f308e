#!/bin/sh
# Runs the benchmarks of all adapters, and those of lab/bench, in turn, and shows
# how benchstat compares our stores with the clients' bare calls and with scs's stores.
# What it prints is kept in dist/bench: results.txt for benchstat and lab/plots,
# summary.txt as shown, page.txt what docs/performance.md shows of it. The environment
# may have
#
#	ROUNDS     how often each package is run: 10
#	BENCH      which benchmarks, as for go test -bench: all
#	BENCHTIME  how long each lasts in each round: 100ms
#	PACKAGES   which packages, such as ./goredisstore: all
set -eu
cd "$(dirname "$0")/.."

benchstat=golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da
out=dist/bench
packages=${PACKAGES:-$(grep -l --include=adapter_test.go -r 'adaptertest\.Bench(' . | xargs -n 1 dirname) ./lab/bench}

rm -rf "$out"
mkdir -p "$out"
for package in $packages; do
	go test -c -o "$out/$(echo "${package#./}" | tr / -).test" "$package"
done
{
	echo "go: $(go env GOVERSION)"
	echo "cores: $(getconf _NPROCESSORS_ONLN)"
	echo "server: $("${REDIS_SERVER:-redis-server}" --version | cut -d ' ' -f 1-3)"
} >"$out/results.txt"
skip= # the first round has all
for round in $(seq "${ROUNDS:-10}"); do
	echo "bench: round $round of ${ROUNDS:-10}" >&2
	for program in "$out"/*.test; do
		# A failure must end it, also behind a pipe.
		"$program" -test.run '^$' -test.bench "${BENCH:-.}" -test.skip "$skip" -test.benchtime "${BENCHTIME:-100ms}" >"$out/round.txt" || {
			cat "$out/round.txt" >&2
			exit 1
		}
		sed 's,^pkg: github.com/scsredis/stores/,pkg: ,' "$out/round.txt" >>"$out/results.txt"
	done
	skip=/op=DeleteUserSessions # fills a million sessions
done
rm "$out/round.txt"

# compare ROW COLUMNS FILTER
compare() {
	go run "$benchstat" -table go,cores,server,cpu -row "$1" -col "/via@($2)" -filter "$3" "$out/results.txt"
}

units='.unit:(sec/op OR p99-sec OR allocs/op)'
{
	compare pkg,/op,/sessions,/size,/goroutines 'bare store' "-pkg:lab/bench $units"
	compare pkg,/op,/sessions,/size,/goroutines 'store tombstone users' "-pkg:lab/bench /op:(Commit OR Delete OR DeleteUserSessions) $units"
	compare /adapter,/op,/sessions,/size,/goroutines 'scs store' "pkg:lab/bench $units"
} | tee "$out/summary.txt"

few='(/size:1KiB /goroutines:1 OR /op:All) .unit:sec/op'
{
	compare pkg,/op 'bare store' "-pkg:lab/bench $few"
	compare pkg,/op,/goroutines 'store tombstone users' "-pkg:lab/bench /op:(Commit OR Delete) /size:1KiB .unit:sec/op"
	compare /adapter,/op 'scs store' "pkg:lab/bench $few"
} >"$out/page.txt"
