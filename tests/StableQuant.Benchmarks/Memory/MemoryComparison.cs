using System.Globalization;
using StableQuant.Benchmarks.Compare;
using StableQuant.Benchmarks.Models;
using StableQuant.Benchmarks.Report;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Float;

namespace StableQuant.Benchmarks.Memory;

/// <summary>How much to measure.</summary>
/// <param name="Cold">Starts of each program whose files were dropped from the system's cache.</param>
/// <param name="Warm">Starts with the files in it.</param>
/// <param name="Loads">Times that streams are measured.</param>
/// <param name="LoadSeconds">How long.</param>
internal sealed record MemoryEffort(int Cold, int Warm, int Loads, double LoadSeconds)
{
    /// <summary>For <c>--quick</c>.</summary>
    public static MemoryEffort Quick { get; } = new(1, 2, 1, 3);

    /// <summary>For results to record.</summary>
    public static MemoryEffort Full { get; } = new(3, 7, 3, 20);
}

/// <summary>Memory, start and streams of programs around one model: ours for the JIT and as native code, and ONNX Runtime's, each in processes of its own, in turn.</summary>
internal static class MemoryComparison
{
    private const string Executable = "StableQuant.ModelProgram";
    private const int Cores = 2;

    private static readonly int[] Streams = [1, 2, 4, 8];

    private static readonly string Recording = Path.Combine(Repository.Root, "samples", "VoiceCommands", "Recordings", "0000.wav");

    /// <summary>Where <c>build/benchmark.sh memory</c> publishes a model's program.</summary>
    /// <param name="model">The model.</param>
    /// <param name="form"><c>native</c> or <c>jit</c>.</param>
    public static string Folder(string model, string form) => Path.Combine(Repository.Artifacts, "memory", model, form);

    /// <summary>Measures a model's programs. One that was not published is left out.</summary>
    public static (IReadOnlyList<StartRow> Starts, IReadOnlyList<StreamRow> Streams) Run(BenchmarkModel benchmark, MemoryEffort effort)
    {
        PreparedModel model = PreparedModel.Of(benchmark, weightBits: 8);
        WatchedProgram[] programs = [.. Ours(model), .. Onnx("float", model.Float, model.Compiled), .. Onnx("static int8", model.Static, model.Compiled), .. Onnx("dynamic int8", model.Dynamic, model.Compiled)];
        var cold = programs.ToDictionary(p => p, _ => new List<StartRun>());
        var warm = programs.ToDictionary(p => p, _ => new List<StartRun>());
        for (int round = 0; round < effort.Cold + effort.Warm; round++)
        {
            bool isCold = round < effort.Cold;
            Say($"{model.Name}, start {round + 1} of {effort.Cold + effort.Warm}, {(isCold ? "cold" : "warm")}");
            foreach (WatchedProgram program in programs)
            {
                double left = isCold ? PageCache.Drop([.. program.ModelFiles, .. program.ProgramFiles]) : 1;
                (isCold ? cold : warm)[program].Add(Start(program) with { CachedShare = left });
            }
        }

        var rates = new Dictionary<(WatchedProgram, int), List<(double Rate, MemoryUse Memory)>>();
        for (int round = 0; round < effort.Loads; round++)
        {
            foreach (int streams in Streams)
            {
                Say($"{model.Name}, streams: {streams}, {round + 1} of {effort.Loads}");
                foreach (WatchedProgram program in programs)
                {
                    if (!rates.TryGetValue((program, streams), out List<(double, MemoryUse)>? measured))
                    {
                        rates.Add((program, streams), measured = []);
                    }

                    measured.Add(Load(program, streams, effort.LoadSeconds));
                }
            }
        }

        return (
            [.. programs.Select(p => StartRow.Of(model.Name, p, cold[p], warm[p]))],
            [.. rates.Select(r => new StreamRow(
                model.Name, r.Key.Item1.Name, r.Key.Item2, Math.Min(Cores, Environment.ProcessorCount), Interleaved.Median([.. r.Value.Select(v => v.Rate)]), (long)Interleaved.Median([.. r.Value.Select(v => (double)v.Memory.Peak)])))]);
    }

    private static StartRun Start(WatchedProgram program)
    {
        using var process = WatchedProcess.Start(program, cores: null, "start", Recording);
        (_, double loadedMs, MemoryUse loaded) = process.Next();
        process.GoOn();
        (_, double wordsMs, _) = process.Next();
        process.GoOn();
        (_, _, MemoryUse after) = process.Next();
        process.GoOn();
        (string seconds, _, _) = process.Next();
        return new StartRun(loadedMs, wordsMs, loaded, after, double.Parse(seconds, CultureInfo.InvariantCulture) / ModelProgram.Watched.LongSeconds, 1);
    }

    private static (double Rate, MemoryUse Memory) Load(WatchedProgram program, int streams, double seconds)
    {
        using var process = WatchedProcess.Start(program, Cores, "streams", Recording, streams.ToString(CultureInfo.InvariantCulture), seconds.ToString("R", CultureInfo.InvariantCulture));
        process.Next();
        process.GoOn();
        (string rate, _, MemoryUse memory) = process.Next();
        return (double.Parse(rate, CultureInfo.InvariantCulture), memory);
    }

    private static IEnumerable<WatchedProgram> Ours(PreparedModel model)
    {
        string weights = SqModelFile.WeightsPath(model.Compiled);
        foreach ((string form, string name) in new[] { ("native", "StableQuant, NativeAOT"), ("jit", "StableQuant, JIT") })
        {
            string folder = Folder(model.Name, form), program = Path.Combine(folder, Executable);
            if (File.Exists(program))
            {
                yield return new WatchedProgram(name, program, [weights], [weights], form == "native" ? [program] : Directory.GetFiles(folder));
            }
            else
            {
                Say($"{program} is not there; its rows are left out. build/benchmark.sh memory publishes it.");
            }
        }
    }

    private static IEnumerable<WatchedProgram> Onnx(string form, string? model, string compiled) => model is null ? [] :
    [
        new WatchedProgram(
            $"ONNX Runtime {form}, JIT", Environment.ProcessPath!, [OnnxHearing.Verb, model, SqModelFile.Read(compiled).FrontEnd == FloatFrontEnd.Normalized ? OnnxHearing.Normalized : compiled], [model, .. Directory.GetFiles(Path.GetDirectoryName(model)!, Path.GetFileName(model) + ".data")],
            [.. Directory.GetFiles(AppContext.BaseDirectory), .. Directory.GetFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!)]),
    ];

    private static void Say(string what) => Console.Error.WriteLine($"benchmark: {what}");
}
