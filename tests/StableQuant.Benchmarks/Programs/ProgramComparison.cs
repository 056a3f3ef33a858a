using StableQuant.Benchmarks.Compare;
using StableQuant.Benchmarks.Models;
using StableQuant.Benchmarks.Report;

namespace StableQuant.Benchmarks.Programs;

/// <summary>Whole programs, from their start: the sample as a native file and under the JIT, and the same model in ONNX Runtime.</summary>
internal static class ProgramComparison
{
    private const int Rounds = 9;

    // build/benchmark.sh puts them there.
    private static readonly string Native = Path.Combine(Repository.Artifacts, "native", "VoiceCommands");
    private static readonly string Jit = Path.Combine(Repository.Root, "samples", "VoiceCommands", "bin", "Release", "net10.0", "VoiceCommands");

    /// <summary>Runs the programs in turn and takes medians. A program that was not built is left out.</summary>
    public static IReadOnlyList<ProgramRow> Run()
    {
        string recording = Path.Combine(Repository.Root, "samples", "VoiceCommands", "Recordings", "0000.wav");
        PreparedModel model = PreparedModel.Of(BenchmarkModel.Committed, weightBits: 8);

        // The dash is standard input: the sample waits for it when it is done with the recording.
        ChildProgram[] programs =
        [
            .. File.Exists(Native) ? new[] { new ChildProgram("sample, NativeAOT", Native, recording, "-") } : [],
            .. File.Exists(Jit) ? new[] { new ChildProgram("sample, JIT", Jit, recording, "-") } : [],
            new("ONNX Runtime float, JIT", Environment.ProcessPath!, OnnxProgram.Verb, model.Float, recording),
            new("ONNX Runtime static int8, JIT", Environment.ProcessPath!, OnnxProgram.Verb, model.Static!, recording),
        ];
        var runs = programs.ToDictionary(p => p, _ => new List<(double Ms, long Bytes)>());
        for (int round = 0; round <= Rounds; round++)
        {
            foreach (ChildProgram program in programs)
            {
                (double, long) run = program.Run();

                // The first round brings files into the system's cache.
                if (round > 0)
                {
                    runs[program].Add(run);
                }
            }
        }

        long weights = new FileInfo(Path.Combine(Repository.Root, "samples", "VoiceCommands", "Models", "commands.sqweights")).Length;
        return [.. programs.Select(p => new ProgramRow(
            p.Name,
            Interleaved.Median([.. runs[p].Select(r => r.Ms)]),
            (long)Interleaved.Median([.. runs[p].Select(r => (double)r.Bytes)]),
            p.Path == Native ? new FileInfo(Native).Length : null,
            p.Path == Native ? new FileInfo(Native).Length - weights : null))];
    }
}
