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

files=$(git grep -lF "$old")
perl -pi -e "s,\Q$old\E,$new,g" $files
# What is sorted by path has another order now.
gofmt -w .
for file in $files; do
	case $file in
	*/go.mod) go mod edit -fmt "$file" ;;
	*/modules.txt) LC_ALL=C sort -o "$file" "$file" ;;
	esac
done
sh scripts/generate.sh
go vet $(git ls-files '*/go.mod' | sed 's,^\(.*\)go.mod$,./\1...,')
echo "rename: $(echo "$files" | wc -l) files moved from $old to $new; commit them"
