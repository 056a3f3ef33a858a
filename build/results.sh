#!/usr/bin/env bash
# Makes the tables of word error rates in README.md and docs/calibration.md:
#   build/results.sh [--model NAME]… [--method NAME]… [--write]
# Calibrates the trained models by every method, as `stablequant compare` does, counts word errors on test speech, and prints the tables. Without
# options it takes about an hour on two cores. Models and speech are looked for beside the repository, in ../shared: models/NAME.onnx, audio/SPEECH.tsv.
# Results/accuracy.tsv in tests/StableQuant.Benchmarks keeps the counts, which are the same wherever they are made, accuracy.sizes.tsv the bytes of the
# files; accuracy.runs.tsv there says by which commit, on which processor and when. --write puts the tables into the pages, once all cells are measured.
# The table of bits alone is made anew by
#   build/results.sh --method "stablequant, keep" --method "stablequant, keep, 4 bits" --method "stablequant, keep, 3 bits" \
#     --method "stablequant, keep, auto bits" --write
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

dotnet build "$root/tests/StableQuant.Benchmarks" -c Release --verbosity quiet >&2
exec "$root/tests/StableQuant.Benchmarks/bin/Release/net10.0/StableQuant.Benchmarks" accuracy "$@"
