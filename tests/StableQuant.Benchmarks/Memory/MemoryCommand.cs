using System.CommandLine;
using StableQuant.Benchmarks.Models;
using StableQuant.Benchmarks.Report;

namespace StableQuant.Benchmarks.Memory;

/// <summary><c>memory</c>: memory, start and many streams of whole programs.</summary>
internal static class MemoryCommand
{
    /// <summary>Makes it.</summary>
    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "Few starts and short loads: whether it runs, not how fast." };
        var models = new Option<string[]>("--model") { Description = "These models; by default wav2vec2-base and hubert-large.", HelpName = "NAME" };
        models.AcceptOnlyFromAmong([.. BenchmarkModel.All.Select(model => model.Name)]);
        var starts = new Option<bool>("--starts") { Description = "Starts alone, no streams, which take minutes where a second of audio takes one." };
        var prepare = new Option<bool>("--prepare") { Description = "Only make the models, and print name, TAB, .sqmodel of each." };
        var json = new Option<FileInfo?>("--json") { Description = "Write all that was measured to this file.", HelpName = "FILE" };
        var command = new Command("memory", "Compare memory, start and many streams of whole programs with ONNX Runtime's.") { quick, starts, models, prepare, json };
        command.SetAction(parse =>
        {
            BenchmarkModel[] chosen = parse.GetValue(models) is { Length: > 0 } some
                ? [.. BenchmarkModel.All.Where(model => some.Contains(model.Name))]
                : [BenchmarkModel.Wav2Vec2Base, BenchmarkModel.HubertLarge];
            if (parse.GetValue(prepare))
            {
                foreach (BenchmarkModel model in chosen)
                {
                    Console.Out.WriteLine($"{model.Name}\t{PreparedModel.Of(model, weightBits: 8).Compiled}");
                }

                return;
            }

            MemoryEffort effort = parse.GetValue(quick) ? MemoryEffort.Quick : MemoryEffort.Full;
            effort = parse.GetValue(starts) ? effort with { Loads = 0 } : effort;
            (IReadOnlyList<StartRow> Starts, IReadOnlyList<StreamRow> Streams)[] rows = [.. chosen.Select(model => MemoryComparison.Run(model, effort))];
            var results = new MemoryResults(Machine.Here(), [.. rows.SelectMany(r => r.Starts)], [.. rows.SelectMany(r => r.Streams)]);
            Console.Out.Write(results.Tables());
            if (parse.GetValue(json) is { } file)
            {
                File.WriteAllText(file.FullName, results.Json());
            }
        });
        return command;
    }
}
