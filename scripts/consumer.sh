#!/bin/sh
# Proves what an application that takes one adapter takes with it: tags a clone of
# HEAD, go-gets each adapter from an empty module as if it were published, builds
# and runs ten lines on it, and looks at what is in its module graph and what is
# compiled. The adapter's testdata/consumer has the path of its client, an
# expression that makes one, and the list of modules. With -update this writes the
# lists instead of comparing them.
set -eu
cd "$(dirname "$0")/.."

root=github.com/scsredis/stores
adapters=$(git ls-files '*/testdata/consumer/client.txt' | sed 's,/testdata/.*,,')
modules="internal storetest $adapters"
version=v0.0.1
source=$PWD
proxy="file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)" # spares downloads

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
git clone -q . "$tmp/stores"
(
	cd "$tmp/stores"
	for module in $modules; do
		for other in $modules; do
			if grep -q "$root/$other v" "$module/go.mod"; then
				go mod edit -require "$root/$other@$version" "$module/go.mod"
			fi
		done
	done
	git -c commit.gpgsign=false -c user.name=consumer -c user.email=consumer@localhost commit -qam "Require $version"
	for module in $modules; do
		git tag "$module/$version"
	done
)

export GOWORK=off GOFLAGS=-modcacherw GOMODCACHE="$tmp/mod" GOPROXY="$proxy" GOPRIVATE="$root"
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$tmp/stores.insteadOf" GIT_CONFIG_VALUE_0="https://$root"

# consumer ADAPTER
consumer() {
	data=$source/$1/testdata/consumer
	{
		read -r client
		read -r expression
	} <"$data/client.txt"
	mkdir -p "$tmp/$1"
	(
		cd "$tmp/$1"
		cat >main.go <<-EOF
			package main

			import (
				"fmt"

				"github.com/alexedwards/scs/v2"
				client "$client"
				store "$root/$1"
			)

			func main() {
				sessions := scs.New()
				sessions.Store = store.New($expression)
				_, found, err := sessions.Store.Find("malformed:token")
				fmt.Println(found, err)
			}
		EOF
		go mod init example.com/consumer 2>/dev/null
		go get "$root/$1@$version" 2>get.log || { cat get.log >&2; exit 1; }
		if [ "$(go run .)" != "false <nil>" ]; then
			echo "consumer: the program on $1 does not run" >&2
			exit 1
		fi
		if go list -deps . | grep -e "^$root/storetest" -e porcupine -e "^$root/internal/.*test"; then
			echo "consumer: the program on $1 compiles packages that are for tests" >&2
			exit 1
		fi
		go list -m all | grep -v -e '^example.com' | sed "s, $version\$,," >modules.txt
	)
	if [ "$update" = yes ]; then
		cp "$tmp/$1/modules.txt" "$data"
	elif ! diff -u "$data/modules.txt" "$tmp/$1/modules.txt"; then
		echo "consumer: the modules that $1 brings have changed" >&2
		exit 1
	fi
	echo "consumer: $1: go list -m all is the $(wc -l <"$data/modules.txt") modules of its modules.txt"
}

update=no
[ "${1:-}" != -update ] || update=yes
for adapter in $adapters; do
	consumer "$adapter"
done
