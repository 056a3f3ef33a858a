#!/bin/sh
# Gets the npm package of ONNX Runtime once and unpacks what OnnxRuntime.csproj compiles and ships.
#   fetch.sh PACKAGE VERSION SHA512 DIRECTORY
# DIRECTORY appears complete or not at all: it is filled under another name and renamed. A lock lets builds that run
# at the same time wait for one download; the system drops it when its holder dies, however that happens.
# What it prints is the reason of a failure, nothing else.
set -eu

package=$1 version=$2 sha512=$3 directory=$4

fail() {
    echo "$1 Or build with -p:OnnxRuntimeFromNuGet=true, which takes the NuGet package Microsoft.ML.OnnxRuntime."
    exit 1
}

[ -d "$directory" ] && exit 0

mkdir -p "$(dirname "$directory")"
if command -v flock >/dev/null; then
    exec 9>"$directory.lock"
    flock 9
    [ -d "$directory" ] && exit 0
fi

command -v npm >/dev/null || fail "ONNX Runtime is obtained as the npm package $package, but there is no npm on the PATH: install Node.js."

partial=$directory.partial.$$
rm -rf "$directory".partial.*
trap 'rm -rf "$partial"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$partial"

(cd "$partial" && npm pack "$package@$version" --ignore-scripts --prefer-offline >npm.log 2>&1 9>&-) ||
    fail "'npm pack $package@$version' failed: $(grep -v '^npm warn' "$partial/npm.log" | head -n 3 | tr '\n' ' ')"

archive=$partial/$package-$version.tgz
[ -f "$archive" ] || fail "'npm pack $package@$version' made no $package-$version.tgz."
echo "$sha512  $archive" | sha512sum --check --status ||
    fail "The archive of $package $version is not the one expected: its SHA-512 differs."

tar -xzf "$archive" -C "$partial" --exclude='*.meta' --exclude='package/Runtime/Training' \
    package/LICENSE package/ThirdPartyNotices.txt package/Runtime package/Plugins/Linux/x64/libonnxruntime.so ||
    fail "The archive of $package $version cannot be unpacked."
mv "$partial/package" "$directory"
