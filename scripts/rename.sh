#!/bin/sh
# Moves all modules to another path: sh scripts/rename.sh github.com/you/stores
# It rewrites every file that has the old path, and builds what came of it.
set -eu
cd "$(dirname "$0")/.."

refuse() {
	echo "rename: $*" >&2
	exit 1
}

new=${1:-}
old=$(sed -n 's,^module \(.*\)/storetest$,\1,p' storetest/go.mod)
echo "$new" | grep -Eqx '[a-z0-9-]+(\.[a-z0-9-]+)+(/[A-Za-z0-9_.~-]+)*' || refuse "'$new' is not like github.com/you/stores"
case $new in *"$old"*) refuse "$new has $old in it" ;; esac
[ -z "$(git status --porcelain)" ] || refuse "the working tree has changes that are not committed"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
pattern=$(echo "$old" | sed 's,\.,\\.,g')
files=$(git grep -lF "$old")
for file in $files; do
	sed "s,$pattern,$new,g" "$file" >"$tmp/file"
	case $file in
	*/modules.txt) LC_ALL=C sort -o "$tmp/file" "$tmp/file" ;;
	*.md) # gofmt sorts imports in the programs of pages, too
		awk -v code="$tmp/code.go" '
			inside && /^```/ { close(code); system("gofmt -w " code " 2>/dev/null; cat " code); inside = 0 }
			inside { print >code; next }
			{ print; fflush() }
			/^```go$/ { printf "" >code; inside = 1 }' "$tmp/file" >"$tmp/page"
		mv "$tmp/page" "$tmp/file"
		;;
	esac
	cat "$tmp/file" >"$file"
	case $file in
	*.go) gofmt -w "$file" ;;
	*/go.mod) go mod edit -fmt "$file" ;;
	esac
done
sh scripts/generate.sh

if git grep -nF "$old"; then
	refuse "these still have the old path"
fi
go vet $(git ls-files '*/go.mod' | sed 's,^\(.*\)go.mod$,./\1...,')
echo "rename: $(echo "$files" | wc -l) files moved from $old to $new; commit them"
