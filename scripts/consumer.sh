#!/bin/sh
# Proves what an application that takes one adapter takes with it, in a repository
# that scripts/release.sh has tagged: go-gets each adapter at the version from an empty
# module as if it were published, builds and runs ten lines on it, and looks at what
# is in its module graph and what is compiled. The adapter's testdata/consumer has the
# path of its client, an expression that makes one, and the list of modules. Where
# LISTS names a folder, it writes the lists there instead of comparing them. Go takes
# the modules from this repository if their path is its address, as at github.com.
set -eu
cd "$(dirname "$0")/.."

version=$1
source=$PWD
root=$(sed -n 's,^module \(.*\)/storetest$,\1,p' storetest/go.mod)

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

GOPROXY="file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)" # spares downloads
# With -trimpath the build cache knows the clients again, whatever $tmp is.
export GOPROXY GOWORK=off GOFLAGS='-modcacherw -trimpath' GOMODCACHE="$tmp/mod" GOPRIVATE="$root"
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$source.insteadOf" GIT_CONFIG_VALUE_0="https://$root"

fail() {
	echo "consumer: $*" >&2
	exit 1
}

for data in $(git ls-files '*/testdata/consumer/client.txt'); do
	adapter=${data%/testdata/*}
	data=$source/${data%/*}
	{
		read -r client
		read -r expression
	} <"$data/client.txt"
	mkdir -p "$tmp/$adapter"
	cd "$tmp/$adapter"
	cat >main.go <<-EOF
		package main

		import (
			"fmt"

			"github.com/alexedwards/scs/v2"
			client "$client"
			store "$root/$adapter"
		)

		func main() {
			sessions := scs.New()
			sessions.Store = store.New($expression)
			_, found, err := sessions.Store.Find("malformed:token")
			fmt.Println(found, err)
		}
	EOF
	go mod init example.com/consumer 2>/dev/null
	go get "$root/$adapter@$version" 2>get.log || fail "$(cat get.log)"
	[ "$(go run .)" = "false <nil>" ] || fail "the program on $adapter does not run"
	! go list -deps . | grep -e "^$root/storetest" -e porcupine -e "^$root/internal/.*test" ||
		fail "the program on $adapter compiles packages that are for tests"
	go list -m all | sed -e 1d -e "s,^\($root/[^ ]*\) .*,\1," | LC_ALL=C sort >modules.txt
	if [ -n "${LISTS:-}" ]; then
		cp modules.txt "$LISTS/$adapter/testdata/consumer"
	else
		diff -u "$data/modules.txt" modules.txt || fail "the modules that $adapter brings have changed"
	fi
	echo "consumer: $adapter: go list -m all is the $(wc -l <modules.txt) modules of its modules.txt"
done
