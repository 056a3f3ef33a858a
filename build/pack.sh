#!/usr/bin/env bash
# Makes the packages StableQuant.Compiler, StableQuant.Extensions.AI and StableQuant.Cli, with their symbols, and StableQuant.Templates:
#   build/pack.sh OUTDIR [MSBuild arguments]
# Their version is that of build/version.sh, one for each commit. A publisher says -p:PackageVersion=1.2.3 and, since the sources do not know
# where they will be found, -p:RepositoryUrl=… and -p:PackageProjectUrl=….
# The tool carries ONNX Runtime for Linux, Windows and macOS.
# One commit gives the same bytes, wherever it is checked out and whenever: files are as old as the commit.
set -euo pipefail
out=$(realpath -m "${1:?usage: build/pack.sh OUTDIR [MSBuild arguments]}")
shift
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

version=$(bash build/version.sh)
for project in runtime/StableQuant.Runtime runtime/StableQuant.Extensions.AI generator/StableQuant.Cli templates/StableQuant.Templates; do
    dotnet pack "$project" -c Release -o "$out" --verbosity quiet -p:RestoreLockedMode=true "-p:PackageVersion=$version" "$@"
done
ls "$out"
