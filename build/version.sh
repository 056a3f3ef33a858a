#!/usr/bin/env bash
# Prints the version that build/pack.sh gives the packages: one for each commit, so that NuGet's cache never takes one commit's package
# for another's. Later commits of a branch have higher versions. Changes that are in no commit make a version of their own.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)

# Sources without their history are of no commit.
if [[ -e .git ]]; then
    version+=-dev.$(git rev-list --count HEAD).g$(git rev-parse --short=8 HEAD)
    if [[ -n $(git status --porcelain) ]]; then
        version+=.c$({ git diff HEAD --binary; git ls-files --others --exclude-standard -z | xargs -0 -r sha256sum; } | sha256sum | head -c 8)
    fi
fi

echo "$version"
