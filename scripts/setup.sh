#!/bin/sh
# Makes sure that there is a Redis server for the tests to start, and with the
# argument scoreboard also PostgreSQL and MariaDB. It installs them on Debian, as
# root, without starting them or leaving them to start at boot.
set -eu

missing=
if [ -z "${REDIS_SERVER:-}" ] && ! command -v redis-server >/dev/null && ! command -v valkey-server >/dev/null; then
	missing=redis-server
fi
if [ "${1:-}" = scoreboard ]; then
	command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
	command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ] || missing="$missing mariadb-server"
fi
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
	echo "setup: install" $missing "(Debian: apt-get install; macOS: brew install redis postgresql mariadb); valkey-server will do for redis-server, or name one in REDIS_SERVER" >&2
	exit 1
fi
policy=/usr/sbin/policy-rc.d # what it forbids, packages do not start
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	trap 'exit 1' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod +x "$policy"
fi
echo "setup: installing" $missing
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends $missing >/dev/null
if command -v systemctl >/dev/null; then
	for unit in $missing mariadb; do # the package mariadb-server has the unit mariadb
		systemctl disable --quiet "$unit" 2>/dev/null || true
	done
fi
