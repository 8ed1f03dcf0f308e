#!/bin/sh
# Checks the workflows, and the modules named: formatting, vet, staticcheck, go.mod files
# that are tidy, generated files that are up to date. It changes only the generated files.
set -eu
cd "$(dirname "$0")/.."

staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2
actionlint=github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

unformatted=$(gofmt -l "$@")
if [ -n "$unformatted" ]; then
	echo "lint: gofmt would change:" $unformatted >&2
	exit 1
fi

generated() { git grep -l '^// Code generated' -- '*.go' | xargs cat | cksum; }
before=$(generated)
sh scripts/generate.sh
if [ "$before" != "$(generated)" ]; then
	echo "lint: generated files were stale; they are up to date now, commit them" >&2
	exit 1
fi

go run "$actionlint"

for module; do
	echo "lint: $module"
	(
		cd "$module"
		GOWORK=off go mod tidy -diff
		go vet ./...
		GOWORK=off go vet ./...
		GOWORK=off go run "$staticcheck" ./...
	)
done
