#!/bin/sh
# Tests scripts/rename.sh and scripts/release.sh on a clone of HEAD that has an origin
# of its own. The clone gets another path first, so that what is released, and
# proved by scripts/consumer.sh, is the renamed repository.
set -eu
cd "$(dirname "$0")/.."

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
	printf 'check-release: %s\n' "$@" >&2
	exit 1
}

# refuses WHY COMMAND...: the command fails, says why, and leaves no commit and no tag.
refuses() {
	why=$1
	shift
	refs=$(git rev-parse HEAD && git tag)
	if out=$("$@" 2>&1); then
		fail "$* passed; want it to say: $why"
	fi
	echo "$out" | grep -qF "$why" || fail "$* failed with the output below; want it to say: $why" "$out"
	[ "$refs" = "$(git rev-parse HEAD && git tag)" ] || fail "$* failed and left commits or tags"
}

commit() {
	git add -A
	git commit -qm "$1"
}

release() { sh scripts/release.sh "$@"; }

old=$(sed -n 's,^module \(.*\)/storetest$,\1,p' storetest/go.mod)
owner=aaa # apart from the path, which is moved with the files; sorts before all others
new=github.com/$owner/scs-stores
version=v1.999.0
git init -q --bare "$tmp/origin"
git clone -q -c user.name=test -c user.email=test@localhost . "$tmp/repo"
cd "$tmp/repo"
git checkout -q -B main
git remote set-url origin "$tmp/origin"
git tag -l "*/$version" | xargs -r git tag -d >/dev/null
printf '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.0.1]\n' >CHANGELOG.md
commit 'Have something to release'
git push -q origin main
start=$(git rev-parse HEAD)

for bad in '' 1.0.0 v1 v1.2 v01.0.0 v2.0.0 'v1.0.0 ' v1.0.0+x; do
	refuses 'is not like v0.1.0' release "$bad"
done
for bad in '' stores /a.b/c 'a.b/c d' a.b/ "$old/more"; do
	refuses 'rename: ' sh scripts/rename.sh "$bad"
done
echo >new
refuses 'not committed' release $version
refuses 'not committed' sh scripts/rename.sh $new
rm new
git tag storetest/$version
refuses "storetest/$version exists" release $version
git tag -d storetest/$version >/dev/null
printf '# Changelog\n\n## [Unreleased]\n\n## [0.0.1]\n\n- A thing.\n' >CHANGELOG.md
commit 'Have nothing to release'
refuses 'nothing under' release $version
git reset -q --hard "$start"
echo '// more' >>internal/redissession/methods.go.tmpl
commit 'Leave generated files stale'
refuses 'stale' release $version
git reset -q --hard "$start"

# A dry run leaves nothing behind.
echo 'exit 0' >scripts/consumer.sh
commit 'Prove nothing'
refs=$(git for-each-ref)
release $version >"$tmp/out" || fail "the dry run failed" "$(cat "$tmp/out")"
[ "$refs" = "$(git for-each-ref)" ] || fail "the dry run left something behind"
git reset -q --hard "$start"

# There and back again changes nothing.
sh scripts/rename.sh $new
! git grep -nF "$old" || fail "these still have the old path"
[ -z "$(gofmt -l .)" ] || fail "not formatted: $(gofmt -l .)"
go test ./lab/readme >"$tmp/out" || fail "programs of README.md:" "$(cat "$tmp/out")"
for module in $(git ls-files '*/go.mod' | xargs -n 1 dirname); do
	(cd "$module" && GOWORK=off go mod tidy -diff) || fail "$module/go.mod is not tidy"
done
commit 'Move to another path'
sh scripts/rename.sh "$old" >/dev/null
git diff --exit-code "$start" || fail "moved to $new and back, the files above are different"
git reset -q --hard

PUSH=1 release $version
[ "$(git rev-parse HEAD)" = "$(git ls-remote origin refs/heads/main | cut -f 1)" ] || fail "origin does not have the branch"
[ "$(git diff --name-only HEAD~)" = CHANGELOG.md ] || fail "the branch got more than the changelog: $(git show --stat)"
git diff HEAD~ | grep -q "^+## \[1.999.0\] - 20" || fail "the changelog has no section of the version: $(git diff HEAD~)"
tags=$(git ls-remote -q --tags --refs origin | cut -f 2 | sed 's,refs/tags/,,' | sort)
[ "$tags" = "$(git ls-files '*/LICENSE' | sed "s,LICENSE,$version," | sort)" ] || fail "origin has these tags:" "$tags"
for tag in $tags; do
	[ "$(git rev-parse "$tag^{commit}^")" = "$(git rev-parse HEAD)" ] || fail "$tag is not built on the branch"
	! git show "$tag:${tag%/*}/go.mod" | grep -e '^replace' -e "$new/.* v0.0.0" || fail "$tag has the lines above in its go.mod"
done
echo "check-release: passed"
