using StableQuant.Benchmarks.Kernels;
using StableQuant.Benchmarks.Models;
using StableQuant.Benchmarks.Report;
using StableQuant.Calibration.Compile;
using StableQuant.Graph;

namespace StableQuant.Benchmarks.Compare;

/// <summary>What to compare on.</summary>
/// <param name="Model">The model.</param>
/// <param name="Seconds">Lengths of audio.</param>
/// <param name="Threads">Numbers of threads.</param>
internal sealed record Scenario(BenchmarkModel Model, int[] Seconds, int[] Threads);

/// <summary>Compares generated code with ONNX Runtime on whole models.</summary>
internal static class Comparison
{
    /// <summary>Names of the candidates.</summary>
    public const string Ours = "stablequant", Float = "ort-float", Static = "ort-static", Dynamic = "ort-dynamic";

    private static readonly int[] Seconds = [2, 10, 30];
    private static readonly int[] Threads = [1, 2];

    /// <summary>All that can be asked for: where the large models are absent, the model of this repository, and the members, whose weights are seeded.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. (Directory.Exists(Repository.SharedModels) ? [.. BenchmarkModel.Trained, BenchmarkModel.Wav2Vec2Base, BenchmarkModel.HubertLarge] : new[] { BenchmarkModel.Committed })
            .Select(model => new Scenario(model, Seconds, Threads)),
        .. BenchmarkModel.Members.Select(model => new Scenario(model, [10], Threads)),
    ];

    /// <summary>What is to be run.</summary>
    /// <param name="quick">What can be compared in some minutes: 10 s of audio, and of the largest models nothing unless it is asked for.</param>
    /// <param name="model">The only model wanted; null for all but the members.</param>
    public static IEnumerable<Scenario> Wanted(bool quick, string? model) => All
        .Where(s => model is null ? !s.Model.IsMember && !(quick && s.Model == BenchmarkModel.HubertLarge) : s.Model.Name == model)
        .Select(s => quick ? s with { Seconds = [10] } : s);

    /// <summary>Runs a scenario.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="weightBits">Bits of our weights; a row's name says when they are not 8.</param>
    /// <param name="effort">How long to measure.</param>
    /// <returns>A row for each length and number of threads.</returns>
    public static IEnumerable<ComparisonRow> Run(Scenario scenario, int weightBits, Effort effort)
    {
        PreparedModel model = PreparedModel.Of(scenario.Model, weightBits);
        ModelDescription description = SqModelFile.Read(model.Compiled);
        using CompiledModelSource source = CompiledModelSource.Load(model.Compiled);
        foreach (int seconds in scenario.Seconds)
        {
            float[] pcm = Speech.Of(seconds);
            long macs = Workload.Macs(description, pcm.Length);
            foreach (int threads in scenario.Threads.Where(t => t <= Environment.ProcessorCount))
            {
                Console.Error.WriteLine($"benchmark: {model.Name}, {seconds} s, threads: {threads}");
                yield return Run(model, description, source, pcm, macs, threads, effort);
            }
        }
    }

    private static ComparisonRow Run(PreparedModel model, ModelDescription description, CompiledModelSource source, float[] pcm, long macs, int threads, Effort effort)
    {
        (string Name, string? Path)[] peers = [(Float, model.Float), (Static, model.Static), (Dynamic, model.Dynamic)];
        (IReadOnlyDictionary<string, Timing> timings, double? peak) = Interleaved.Measure(
            [
                (Ours, () => new CompiledCandidate(source, pcm, threads)),
                .. from peer in peers
                   where peer.Path is not null
                   select (peer.Name, (Func<ICandidate>)(() => new OnnxCandidate(peer.Path, description.FrontEnd, pcm, threads))),
            ],
            effort);
        return new ComparisonRow(model.Name, pcm.Length / Speech.SampleRate, threads, macs, peak, timings);
    }
}
