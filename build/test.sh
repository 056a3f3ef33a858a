#!/usr/bin/env bash
# Builds everything and runs the tests. The last line is the total over all test projects: "N passed, N failed[, N skipped]".
#   build/test.sh          what CI runs; what they need besides the SDK is installed with apt
#   build/test.sh --long   those, too, that say [Trait("Ring", "Long")], and five times as many random models
#   build/test.sh --fast   those of about two minutes, which need the SDK alone: no test of the packages, and none that
#                          says [Trait("Ring", "Full")]
set -uo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
# Programs that run for seconds: code that counts for a profile first, and is compiled once more then, costs them a seventh.
export DOTNET_TieredPGO=0

fast=
# Those that take longest first.
projects=(tests/StableQuant.{Package,Calibration,Cli}.Tests)
for project in tests/*.Tests; do
    [[ " ${projects[*]} " == *" $project "* ]] || projects+=("$project")
done
selection=(--filter 'Ring!=Long')
if [[ ${1:-} == --fast ]]; then
    fast=yes
    projects=(tests/StableQuant.{Calibration,Cli,Generator,Runtime,Extensions.AI}.Tests)
    selection=(--filter 'Ring!=Full&Ring!=Long')
elif [[ ${1:-} == --long ]]; then
    selection=()
    export STABLEQUANT_FUZZ=${STABLEQUANT_FUZZ:-100000}
elif [[ $# -gt 0 ]]; then
    echo "usage: build/test.sh [--fast|--long]" >&2
    exit 2
fi

# What tests need of the system, and the program that tells whether it is there:
# - NativeAOT links with a C toolchain, for x64 and for Arm64, whose programs run under qemu; the micro-kernels' sources are assembled anew, and
#   LLVM's models of processors judge their loops;
# - tests of pages, the report's, the captions' and the one for WebAssembly, look at them in a real browser; the server's have curl as a client.
packages=()
need() { command -v "$1" > /dev/null || packages+=("${@:2}"); }
if [[ -z $fast ]]; then
    need as binutils
    need clang clang zlib1g-dev
    need ld.lld lld
    need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross
    need qemu-aarch64 qemu-user
    need llvm-mca-19 llvm-19
    need curl curl
    need chromium chromium fonts-dejavu-core
fi

if [[ ${#packages[@]} -gt 0 ]]; then
    echo "Installing ${packages[*]}."
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" > /dev/null || exit 1
fi

results=artifacts/test-results
rm -rf "$results"
dotnet restore StableQuant.Compiler.sln --locked-mode --verbosity quiet &&
    dotnet build StableQuant.Compiler.sln -c Release --no-restore --verbosity quiet || { echo "0 passed, 1 failed"; exit 1; }

# What a shell runs in the background ignores SIGINT, and so does all that this starts; tests of the tool end it by that signal.
# Tests of the server hear a microphone in real time: the others give way to them.
run() {
    local name after=(nice)
    name=$(basename "$1")
    [[ $name == *.Server.Tests ]] && after=()
    "${after[@]}" env --default-signal=INT dotnet test "$1" -c Release --no-build --verbosity quiet "${selection[@]}" --logger "console;verbosity=minimal" \
        --logger "trx;LogFileName=$name.trx" --results-directory "$results" &> "$results/$name.txt"
    local ended=$?
    cat "$results/$name.txt"
    return $ended
}

# Two projects at a time: tests that publish a program, or wait for a client, do not fill two processors.
mkdir -p "$results"
status=0 running=0
for project in "${projects[@]}"; do
    if [[ $running -eq 2 ]]; then
        wait -n || status=1
        running=1
    fi

    run "$project" &
    running=$((running + 1))
done

for ((; running > 0; running--)); do
    wait -n || status=1
done

# The counters of every project's report; a project without a report has crashed.
passed=0 failed=0 skipped=0
for project in "${projects[@]}"; do
    report=$results/$(basename "$project").trx
    if [[ ! -f $report ]]; then
        echo "$project made no report."
        failed=$((failed + 1))
        continue
    fi
    counters=$(grep -o '<Counters [^>]*>' "$report")
    count() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/" <<< "$counters"; }
    passed=$((passed + $(count passed)))
    failed=$((failed + $(count executed) - $(count passed)))
    skipped=$((skipped + $(count total) - $(count executed)))
done

if [[ $skipped -gt 0 ]]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[[ $status -eq 0 && $failed -eq 0 && $passed -gt 0 ]]
