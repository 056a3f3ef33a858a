#!/usr/bin/env bash
# Compares generated code with ONNX Runtime and prints one table.
#   build/benchmark.sh [--quick] [--json FILE] [--model NAME] [--weight-bits 7]
#   build/benchmark.sh --against OTHER_CHECKOUT [--quick] [--model NAME]    this build beside that of another checkout, in one run
# --quick takes a few minutes: 10 s of audio, few rounds, and all models but the largest, unless --model names it.
# Everything takes about an hour. Times are worth something on a machine that does nothing else.
# Models other than the repository's own are looked for in ../shared/models; the full-size ones lack their weights and
# get seeded ones. What is made (some GB) is kept in artifacts/benchmark.
# --model wavlm-large, mms-1b, w2v-bert-2.0 or parakeet-ctc-0.6b: other members of the family at full size, beside ONNX Runtime in float. They need
# five times their parameters of memory and eight of disk, in bytes.
# With STABLEQUANT_KERNELS=avx512 or avx2, C# intrinsics alone are timed; --weight-bits 7 is for them.
#   build/benchmark.sh kernels --filter '*Product*'      single products, with BenchmarkDotNet
#   build/benchmark.sh kernels --filter '*Layer*'        activations, pools, depthwise convolutions, a row for each
#   build/benchmark.sh kernels --filter '*FrontEnd*'     log-mel features
#   build/benchmark.sh kernels --filter '*Attention*'    attentions, a row for each kind
#   build/benchmark.sh kernels --filter '*Index*'        products of weights of 8, 4 and 3 bits: what expanding them in the cache costs
#   build/benchmark.sh kernels --filter '*Term*'         the machine code's tiles alone, with terms of remainders and without
#   build/benchmark.sh profile MODEL.sqmodel [--seconds 10]    where a model's time goes, layer by layer
#   build/benchmark.sh memory [--quick] [--starts] [--model NAME]... [--json FILE]    memory, start, cold and warm, and many streams, of whole programs; --starts leaves streams out
# STABLEQUANT_BENCHMARK_HUGE_PAGES=1 lets our programs of `memory` ask for huge pages.
#   build/benchmark.sh load [--quick] [--json FILE] [--write]       the transcription server beside one over ONNX Runtime, under load
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

dotnet build "$root/tests/StableQuant.Benchmarks" -c Release --verbosity quiet >&2

# The other checkout is built, too; both then time the same compiled model.
if [[ ${1:-} == --against ]]; then
    dotnet build "$2/tests/StableQuant.Benchmarks" -c Release --verbosity quiet >&2
    exec "$root/tests/StableQuant.Benchmarks/bin/Release/net10.0/StableQuant.Benchmarks" \
        --against "$2/tests/StableQuant.Benchmarks/bin/Release/net10.0/StableQuant.Benchmarks" "${@:3}"
fi

# The programs that are started and timed as a whole: a sample for the JIT, and published as native code into a folder.
sample() {
    dotnet build "$root/samples/$1" -c Release --verbosity quiet >&2
    dotnet publish "$root/samples/$1" -c Release -r linux-x64 -o "$root/artifacts/benchmark/$2" \
        --artifacts-path "$root/artifacts/benchmark/$2-build" --verbosity quiet >&2 ||
        echo "benchmark: $1 cannot be published with NativeAOT here; its row is left out." >&2
}
# A model's program, for the JIT and as native code, with what it needs of .NET: it runs where there is no SDK.
model_program() {
    local name=$1 model=$2 form=$3
    dotnet publish "$root/tests/StableQuant.ModelProgram" -c Release -r linux-x64 --self-contained "-p:Model=$model" "-p:Native=$([[ $form == native ]] && echo true || echo false)" \
        -o "$root/artifacts/benchmark/memory/$name/$form" --artifacts-path "$root/artifacts/benchmark/memory-build/$name-$form" --verbosity quiet >&2 ||
        echo "benchmark: the program of $name cannot be published ($form); its rows are left out." >&2
}
bench=$root/tests/StableQuant.Benchmarks/bin/Release/net10.0/StableQuant.Benchmarks
case ${1:-} in
    kernels | profile) ;;
    memory)
        models=$("$bench" "$@" --prepare)
        while IFS=$'\t' read -r name model; do
            model_program "$name" "$model" native
            model_program "$name" "$model" jit
        done <<< "$models" ;;
    load) sample TranscriptionServer server ;;
    *) sample VoiceCommands native ;;
esac

# Results on standard output, all else on standard error.
exec "$bench" "$@"
