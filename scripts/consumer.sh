#!/bin/sh
# Proves what an application that takes one adapter takes with it: tags a clone
# of HEAD, go-gets each adapter from an empty module as if it were published,
# builds and runs ten lines on it, and compares go list -m all with
# scripts/consumer/*.golden. With -update it writes these files instead.
set -eu
cd "$(dirname "$0")/.."

root=github.com/scsredis/stores
modules='internal storetest redigostore goredisstore rueidisstore rueidisstore/rueian'
version=v0.0.1
golden=$PWD/scripts/consumer
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

# consumer ADAPTER CLIENT EXPRESSION
consumer() {
	name=$(echo "$1" | tr / -)
	mkdir "$tmp/$name"
	(
		cd "$tmp/$name"
		cat >main.go <<-EOF
			package main

			import (
				"fmt"

				"github.com/alexedwards/scs/v2"
				client "$2"
				store "$root/$1"
			)

			func main() {
				sessions := scs.New()
				sessions.Store = store.New($3)
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
		go list -m all | grep -v -e '^example.com' | sed "s, $version\$,," >"$tmp/$name.list"
	)
	if [ "$update" = yes ]; then
		cp "$tmp/$name.list" "$golden/$name.golden"
	elif ! diff -u "$golden/$name.golden" "$tmp/$name.list"; then
		echo "consumer: the modules that $1 brings have changed" >&2
		exit 1
	fi
	echo "consumer: $1: go list -m all is the $(wc -l <"$tmp/$name.list") modules of $name.golden"
}

update=no
[ "${1:-}" != -update ] || update=yes
consumer redigostore github.com/gomodule/redigo/redis '&client.Pool{}'
consumer goredisstore github.com/redis/go-redis/v9 'client.NewClient(&client.Options{})'
consumer rueidisstore github.com/redis/rueidis 'struct{ client.Client }{}'
consumer rueidisstore/rueian github.com/rueian/rueidis 'struct{ client.Client }{}'
