#!/bin/sh
# Fetches newer servers from Debian's suites into $SERVERS, or else dist/servers,
# without installing anything: make test-servers runs the adapters' tests on them.
# $SERVERS/valkey-9.1/valkey-server is then what REDIS_SERVER may name. A server
# that cannot be had is said, and is no error.
set -eu
cd "$(dirname "$0")/.."

mkdir -p "${SERVERS:=dist/servers}"
mirror=http://deb.debian.org/debian
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
tmp=$(mktemp -d "$SERVERS/.fetch.XXXXXX")
tmp=$(cd "$tmp" && pwd)
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

# fetch NAME VERSION SUITE...: the version of NAME that the last SUITE has, into
# $tmp/root. The other suites are those that it builds upon.
fetch() {
	name=$1 version=$2
	shift 2
	[ -e "$keyring" ] || { echo "there is no $keyring: not Debian"; return 1; }
	rm -rf "$tmp"/*
	mkdir -p "$tmp/state/lists/partial" "$tmp/cache/archives/partial" "$tmp/root"
	for suite; do
		echo "deb [signed-by=$keyring] $mirror $suite main"
	done >"$tmp/sources.list"
	{ apt update && apt --download-only install "$name-tools/$suite"; } >"$tmp/log" 2>&1 ||
		{ echo "$suite: $(grep -m 1 '^[EW]:' "$tmp/log")"; return 1; }
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
	says=$("$tmp/root/$name-server" --version 2>&1) || true
	case $says in
	*" v=$version."*) ;;
	*) echo "$suite has: $says"; return 1 ;;
	esac
}

# server NAME VERSION SUITE...: fetch, unless it is there, and say what it is.
server() {
	dir=$SERVERS/$1-$2
	if [ ! -x "$dir/$1-server" ]; then
		why=$(fetch "$@") || { echo "servers: $1 $2 cannot be had: $why"; return; }
		mv "$tmp/root" "$dir"
	fi
	echo "servers: $dir/$1-server: $("$dir/$1-server" --version)"
}

server valkey 8.0 bookworm bookworm-backports
server redis 8.0 trixie
server redis 8.6 sid experimental
server valkey 8.1 trixie
server valkey 9.1 forky
