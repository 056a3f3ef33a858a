using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using StableQuant.Audio;
using StableQuant.Benchmarks.Kernels;
using StableQuant.Calibration.Compile;
using StableQuant.Cli.Output;
using StableQuant.Generator;
using StableQuant.Generator.Emit;
using StableQuant.Graph;

namespace StableQuant.Benchmarks.Programs;

/// <summary>Where a compiled model's time goes: the generated code itself, with a look at the clock behind each layer's method.</summary>
internal static partial class LayerProfile
{
    private const string Marks = "LayerEnds";
    private const int Rounds = 12;

    /// <summary>Runs a model on one thread, and makes a table of its layers; those of all blocks that have one name are a row.</summary>
    /// <param name="path">A <c>.sqmodel</c>.</param>
    /// <param name="pcm">16 kHz mono samples.</param>
    public static string Table(string path, float[] pcm)
    {
        ModelDescription description = SqModelFile.Read(path);
        var target = new ClassTarget("StableQuant.Compiled", "Model", "public", Path.GetFullPath(SqModelFile.WeightsPath(path)), WeightsPlace.File);
        var layers = new List<string>();
        GeneratedFile[] sources = [.. CompiledModelSource.Sources(description, target, path).Select(file => file with { Text = Marked(file.Text, layers) })];
        var marks = new GeneratedFile("Marks.cs", $"namespace {target.Namespace}; partial class {target.Name} {{ public static readonly long[] {Marks} = new long[{layers.Count}]; }}");
        var context = new AssemblyLoadContext("profile");
        Type type = context.LoadFromStream(new MemoryStream(CompiledModelSource.Emit([.. sources, marks]))).GetExportedTypes().Single();
        long[] ends = (long[])type.GetField(Marks)!.GetValue(null)!;
        double seconds = pcm.Length / (double)AudioFile.ModelRate;
        using var model = (ISpeechModel)Activator.CreateInstance(type, BindingFlags.CreateInstance | BindingFlags.Public | BindingFlags.Instance, null, [seconds, 1], null)!;
        char[] text = new char[model.MaxTextLength(pcm.Length)];

        // A layer's time is the least of all rounds': other programs only add to it.
        double[] best = [.. layers.Select(_ => double.MaxValue)];
        double whole = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            model.Transcribe(pcm, text);
            whole = Math.Min(whole, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            for (int i = 0; i < best.Length; i++)
            {
                best[i] = Math.Min(best[i], Stopwatch.GetElapsedTime(i == 0 ? start : ends[i - 1], ends[i]).TotalMilliseconds);
            }
        }

        IReadOnlyDictionary<string, long> macs = Workload.ByProduct(description, pcm.Length);
        ILookup<string, long> byMethod = macs.ToLookup(p => Letters(p.Key), p => p.Value, StringComparer.OrdinalIgnoreCase);
        var table = new TextTable("layer", "methods", "ms", "share", "GMAC", "GMAC/s");
        double sum = best.Sum();
        foreach (var row in layers.Select((name, i) => (Name: name, Ms: best[i], Macs: byMethod[name].Sum())).GroupBy(layer => BlockNumber().Replace(layer.Name, "Block…")))
        {
            (double ms, double giga) = (row.Sum(layer => layer.Ms), row.Sum(layer => layer.Macs) / 1e9);
            table.Add(row.Key, Text($"{row.Count()}"), Text($"{ms:F2}"), Text($"{ms / sum:P1}"), giga > 0 ? Text($"{giga:F3}") : "", giga > 0 ? Text($"{giga / ms * 1000:F0}") : "");
        }

        table.Add("all", Text($"{layers.Count}"), Text($"{sum:F2}"), Text($"of {whole:F2}"), Text($"{macs.Values.Sum() / 1e9:F3}"), Text($"{macs.Values.Sum() / 1e6 / sum:F0}"));
        return Text($"{description.Name}, {seconds:0.#} s of audio, 1 thread, kernels {model.Kernels}\n{table}");
    }

    // One line of the network's text is the call of a layer's method.
    private static string Marked(string text, List<string> layers) => LayerCall().Replace(text, call =>
    {
        layers.Add(call.Groups[1].Value);
        return Text($"{call.Value} {Marks}[{layers.Count - 1}] = global::System.Diagnostics.Stopwatch.GetTimestamp();");
    });

    private static string Letters(string name) => string.Concat(name.Where(char.IsLetterOrDigit));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^ +(\w+)\(work, worker\);$", RegexOptions.Multiline)]
    private static partial Regex LayerCall();

    [GeneratedRegex(@"^Block\d+")]
    private static partial Regex BlockNumber();
}
