#!/bin/sh
# Releases a version of every published module, which are those that have a LICENSE
# beside their go.mod: sh scripts/release.sh v0.1.0
#
# All of it happens in a temporary clone of HEAD. One commit gives CHANGELOG.md the
# section of the version; a second one, which the tags name and the branch does not get,
# drops the replaces and requires the version. Then an application is built on each
# adapter. The environment may have
#
#	PUSH=1    push the branch and the tags to origin, all or none, and take them over
#	          here; without it, it is a dry run that leaves nothing behind
#	UPDATE=1  write the lists of the modules that each adapter brings (testdata/consumer)
set -eu
cd "$(dirname "$0")/.."

refuse() {
	echo "release: $*" >&2
	exit 1
}

version=${1:-}
source=$PWD
root=$(sed -n 's,^module \(.*\)/storetest$,\1,p' storetest/go.mod)

echo "$version" | grep -Eqx 'v[01](\.(0|[1-9][0-9]*)){2}(-[0-9a-z.]+)?' ||
	refuse "VERSION='$version' is not like v0.1.0; from v2 on, the modules need other paths"
[ -z "$(git status --porcelain)" ] || refuse "the working tree has changes that are not committed"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
git clone -q -c user.name="$(git config user.name || echo release)" \
	-c user.email="$(git config user.email || echo release@localhost)" . "$tmp/stores"
cd "$tmp/stores"

all=$(git ls-files '*/go.mod' | xargs -n 1 dirname)
modules=$(for module in $all; do [ ! -e "$module/LICENSE" ] || echo "$module"; done)
for module in $modules; do
	[ -z "$(git tag -l "$module/$version")" ] || refuse "the tag $module/$version exists"
done

sh scripts/generate.sh
git diff --quiet || refuse "generated files are stale: make generate"

# A section ends where the next one begins.
changes=$(awk '/^## /{inside = 0} inside; $0 == "## [Unreleased]"{inside = 1}' CHANGELOG.md)
[ -n "$(echo "$changes" | tr -d '[:space:]')" ] || refuse "CHANGELOG.md has nothing under ## [Unreleased]"
awk -v title="## [${version#v}] - $(date -u +%Y-%m-%d)" \
	'{print} $0 == "## [Unreleased]"{print ""; print title}' CHANGELOG.md >"$tmp/changelog"
cat "$tmp/changelog" >CHANGELOG.md
git commit -qam "Release $version"
changed=$(git rev-parse HEAD)

for module in $all; do
	for other in $modules; do
		grep -q "$root/$other v" "$module/go.mod" || continue
		[ ! -e "$module/LICENSE" ] || go mod edit -dropreplace "$root/$other" "$module/go.mod"
		go mod edit -require "$root/$other@$version" "$module/go.mod"
	done
done
if grep '^replace' $(for module in $modules; do echo "$module/go.mod"; done); then
	refuse "a published module needs one that is not published"
fi
git commit -qam "Require $version of our own modules"
tags=
for module in $modules; do
	git tag -m "$module $version" "$module/$version"
	tags="$tags $module/$version"
done
echo "release: $version of $root"
echo "$changes"
git show --stat --format='%n%s' HEAD -- | sed '1d'
printf 'release: tag %s\n' $tags

LISTS=${UPDATE:+$source} sh scripts/consumer.sh "$version"

cd "$source"
branch=$(git symbolic-ref -q --short HEAD) || branch=HEAD
push="git push --atomic origin $branch$tags"
if [ "${PUSH:-}" != 1 ]; then
	echo "release: a dry run; with PUSH=1 it does: $push"
	exit
fi
[ "$branch" != HEAD ] || refuse "HEAD is no branch"
git -C "$tmp/stores" push -q --atomic "$(git remote get-url --push origin)" "$changed:refs/heads/$branch" $tags
git fetch -q "$tmp/stores" 'refs/tags/*:refs/tags/*'
git merge -q --ff-only "$changed"
echo "release: done: $push"
