#!/bin/sh
# Makes sure that there is a Redis server for the tests to start. It installs
# one on Debian, as root, without starting it or leaving it to start at boot.
set -eu

if [ -n "${REDIS_SERVER:-}" ] || command -v redis-server >/dev/null || command -v valkey-server >/dev/null; then
	exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
	echo "setup: install redis-server or valkey-server (Debian: apt-get install redis-server; macOS: brew install redis), or name one in REDIS_SERVER" >&2
	exit 1
fi
policy=/usr/sbin/policy-rc.d # what it forbids, packages do not start
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	trap 'exit 1' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod +x "$policy"
fi
echo "setup: installing redis-server"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends redis-server >/dev/null
if command -v systemctl >/dev/null; then
	systemctl disable --quiet redis-server 2>/dev/null || true
fi
