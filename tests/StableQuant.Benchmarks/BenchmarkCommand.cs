using System.CommandLine;
using BenchmarkDotNet.Running;
using StableQuant.Benchmarks.Accuracy;
using StableQuant.Benchmarks.Compare;
using StableQuant.Benchmarks.Kernels;
using StableQuant.Benchmarks.Load;
using StableQuant.Benchmarks.Memory;
using StableQuant.Benchmarks.Models;
using StableQuant.Benchmarks.Programs;
using StableQuant.Benchmarks.Report;
using StableQuant.Kernels.Gemm;

namespace StableQuant.Benchmarks;

/// <summary>The command line: whole models against ONNX Runtime, under <c>kernels</c> single products, under <c>load</c> servers, under <c>memory</c> whole programs, under <c>profile</c> the layers of a model.</summary>
internal static class BenchmarkCommand
{
    /// <summary>Makes it.</summary>
    public static RootCommand Create()
    {
        var quick = new Option<bool>("--quick") { Description = "10 s of audio, few rounds, and all models but the largest." };
        var only = new Option<string?>("--model") { Description = "Only this model.", HelpName = "NAME" };
        only.AcceptOnlyFromAmong([.. Comparison.All.Select(s => s.Model.Name)]);
        var weightBits = new Option<int>("--weight-bits") { Description = "Bits of our weights: 7 for kernels without an int8 dot product.", HelpName = "7|8", DefaultValueFactory = _ => 8 };
        weightBits.AcceptOnlyFromAmong("7", "8");
        var against = new Option<FileInfo?>("--against") { Description = "Compare with another build of ours in place of ONNX Runtime: its benchmark program.", HelpName = "PROGRAM" };
        var json = new Option<FileInfo?>("--json") { Description = "Write all that was measured to this file.", HelpName = "FILE" };
        var root = new RootCommand("Compare generated code with ONNX Runtime: same model, same audio, same number of threads, interleaved.") { quick, only, weightBits, against, json, Kernels(), Accuracy(), Load(), MemoryCommand.Create(), Profile() };
        root.SetAction(parse =>
        {
            if (parse.GetValue(against) is { } other)
            {
                BuildComparison.Run(other.FullName, Comparison.Wanted(parse.GetValue(quick), parse.GetValue(only)), parse.GetValue(weightBits));
                return;
            }

            Results results = Compare(parse.GetValue(quick), parse.GetValue(only), parse.GetValue(weightBits));
            Console.Out.Write(ResultsText.Table(results));
            if (parse.GetValue(json) is { } file)
            {
                File.WriteAllText(file.FullName, ResultsText.Json(results));
            }
        });
        return root;
    }

    private static Command Kernels()
    {
        var arguments = new Argument<string[]>("ARGUMENTS") { Description = "Arguments of BenchmarkDotNet, for instance --filter '*'.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("kernels", "Time single products with BenchmarkDotNet.") { arguments };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(parse =>
            BenchmarkSwitcher.FromTypes([typeof(ProductBenchmarks), typeof(LayerBenchmarks), typeof(AttentionBenchmarks), typeof(FrontEndBenchmarks), .. Avx512VnniMicroKernel.IsSupported ? [typeof(OutlierBenchmarks)] : Type.EmptyTypes]).Run([.. parse.GetValue(arguments) ?? [], .. parse.UnmatchedTokens]));
        return command;
    }

    private static Command Accuracy()
    {
        var models = new Option<string[]>("--model") { Description = "Only these models.", HelpName = "NAME" };
        models.AcceptOnlyFromAmong([.. AccuracyModel.All.Select(model => model.Name)]);
        var methods = new Option<string[]>("--method") { Description = "Only these methods.", HelpName = "NAME" };
        methods.AcceptOnlyFromAmong([.. AccuracyRun.Methods]);
        var write = new Option<bool>("--write") { Description = "Put the tables into README.md and docs." };
        var command = new Command("accuracy", "Count word errors of every calibration method on the trained models beside the repository.") { models, methods, write };
        command.SetAction(parse =>
        {
            var results = new AccuracyResults();
            foreach (AccuracyModel model in AccuracyModel.All.Where(model => parse.GetValue(models) is not { Length: > 0 } only || only.Contains(model.Name)))
            {
                // Not every model is calibrated by every method.
                if ((parse.GetValue(methods) is { Length: > 0 } some ? [.. model.Methods.Intersect(some)] : model.Methods) is { Count: > 0 } chosen)
                {
                    AccuracyRun.Run(model, chosen, results);
                }
            }

            foreach ((_, _, Func<AccuracyResults, string> table) in AccuracyTables.All)
            {
                Console.Out.WriteLine(table(results));
            }

            if (parse.GetValue(write))
            {
                AccuracyTables.Write(results);
            }
        });
        return command;
    }

    private static Command Profile()
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A .sqmodel that recognises words, its weights beside it." };
        var seconds = new Option<int>("--seconds") { Description = "Length of the audio.", HelpName = "N", DefaultValueFactory = _ => 10 };
        var command = new Command("profile", "Tell where a model's time goes, layer by layer, on one thread.") { model, seconds };
        command.SetAction(parse => Console.Out.Write(LayerProfile.Table(parse.GetValue(model)!.FullName, Speech.Of(parse.GetValue(seconds)))));
        return command;
    }

    private static Command Load()
    {
        var quick = new Option<bool>("--quick") { Description = "One round of few requests: whether it runs, not how fast." };
        var json = new Option<FileInfo?>("--json") { Description = "Write all that was measured to this file.", HelpName = "FILE" };
        var write = new Option<bool>("--write") { Description = "Put the table into docs/server.md, and what it was made of into Results/load.json." };
        var command = new Command("load", "Compare the transcription server with one over ONNX Runtime, under one client and many.") { quick, json, write };
        command.SetAction(async (parse, stop) =>
        {
            LoadResults results = parse.GetValue(quick) ? await LoadComparison.RunAsync(rounds: 1, requests: 40).ConfigureAwait(false) : await LoadComparison.RunAsync(rounds: 7, requests: 400).ConfigureAwait(false);
            Console.Out.Write(results.Table());
            if (parse.GetValue(json) is { } file)
            {
                await File.WriteAllTextAsync(file.FullName, results.Json(), stop).ConfigureAwait(false);
            }

            if (parse.GetValue(write))
            {
                results.Write();
            }
        });
        return command;
    }

    private static Results Compare(bool quick, string? only, int weightBits)
    {
        if (!Directory.Exists(Repository.SharedModels))
        {
            Console.Error.WriteLine($"benchmark: {Repository.SharedModels} is absent: the trained models and the full-size ones cannot be compared; the model of this repository is.");
        }

        Scenario[] scenarios = [.. Comparison.Wanted(quick, only)];
        Effort effort = quick ? Effort.Quick : Effort.Full;
        return new Results(
            Machine.Here(),
            Int8Peak.Name,
            [.. scenarios.SelectMany(s => Comparison.Run(s, weightBits, effort))],
            [.. scenarios.Select(s => OutlierComparison.OnSpeech(PreparedModel.Of(s.Model, weightBits), effort))],
            OutlierComparison.OnSounds(effort),
            ProgramComparison.Run());
    }
}
