#!/bin/sh
# Fetches newer servers from Debian's suites into $SERVERS, without installing anything:
# make test-servers runs the adapters' tests on them. $SERVERS/valkey-forky/valkey-server
# is then what REDIS_SERVER may name. A server that cannot be had is said, and is no error.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT PIPE TERM

# apt COMMAND...: apt-get with sources, lists and archives of its own, as if
# nothing were installed, so that it fetches the libraries too.
apt() {
	apt-get -qq -y --no-install-recommends -o APT::Sandbox::User= -o APT::Update::Error-Mode=any -o Acquire::Languages=none \
		-o Dir::Etc::sourcelist="$tmp/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
		-o Dir::State="$tmp/state" -o Dir::State::status=/dev/null -o Dir::Cache="$tmp/cache" "$@"
}

# fetch NAME SUITE...: what the last SUITE has of NAME, into $tmp/root. The other suites
# are those that it builds upon.
fetch() {
	name=$1
	shift
	rm -rf "$tmp"/*
	mkdir -p "$tmp/state/lists/partial" "$tmp/cache/archives/partial" "$tmp/root"
	for suite; do
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main"
	done >"$tmp/sources.list"
	apt update && apt --download-only install "$name-tools/$suite" || return
	for deb in "$tmp"/cache/archives/*.deb; do
		dpkg-deb -x "$deb" "$tmp/root"
	done
	# Debian 12 still has packages with libraries in /lib.
	[ ! -d "$tmp/root/lib" ] || cp -a "$tmp/root/lib/." "$tmp/root/usr/lib/"

	# The server looks at its name to see what to be.
	ln -s "$name-check-rdb" "$tmp/root/usr/bin/$name-server"
	loader=$(cd "$tmp/root" && echo usr/lib/*/ld-linux-*)
	cat >"$tmp/root/$name-server" <<-EOF
		#!/bin/sh
		root=\${0%/*}
		exec "\$root/$loader" --library-path "\$root/${loader%/*}" "\$root/usr/bin/$name-server" "\$@"
	EOF
	chmod +x "$tmp/root/$name-server"
	"$tmp/root/$name-server" --version
}

mkdir -p "$SERVERS"
while read -r name suites; do
	dir=$SERVERS/$name-${suites##* }
	if [ -e "$dir" ] || { says=$(fetch "$name" $suites 2>&1) && mv "$tmp/root" "$dir"; }; then
		echo "servers: $dir/$name-server: $("$dir/$name-server" --version)"
	else
		echo "servers: $name of $suites cannot be had: $says"
	fi
done <<EOF
valkey bookworm bookworm-backports
redis trixie
redis sid experimental
valkey trixie
valkey forky
EOF
