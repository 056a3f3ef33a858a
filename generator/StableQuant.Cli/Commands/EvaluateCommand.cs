using System.CommandLine;
using System.Globalization;
using StableQuant.Calibration;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Evaluate.Measures;
using StableQuant.Calibration.Speech;
using StableQuant.Cli.Output;
using StableQuant.Decoding.Search;
using StableQuant.Graph;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant evaluate MODEL --data DATA</c>: word and character error rate, and speed.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        Argument<string> model = SharedOptions.Model();
        var speech = new SpeechSettings();
        var reference = new Option<string>("--reference")
        {
            Description = "Count errors against what this float model hears, not against the transcripts of DATA.",
            HelpName = "MODEL",
        };
        reference.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string path }] && !ModelSource.IsFloat(path))
            {
                result.AddError($"--reference takes a float model, an .onnx or a folder, not '{path}'.");
            }
        });
        var errors = new Option<string?>("--errors")
        {
            Description = "List the utterances that are wrong, reference and hypothesis word under word: into FILE, or without it behind the table.",
            HelpName = "FILE",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var floatModel = new FloatModelSettings();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();

        var command = new Command("evaluate", "Measure a model on speech: word and character error rate, of a model that classifies its label error rate, of one that embeds the distance from --reference; real-time factor.")
        {
            model, reference, errors, threads, json,
        };
        speech.AddTo(command);
        floatModel.AddTo(command);
        var search = new SearchSettings();
        search.AddTo(command, withAlternatives: false);
        command.Handle((parse, cancellationToken) =>
        {
            var request = new Request(
                parse.GetRequiredValue(model), speech.Names(parse), parse.GetValue(reference),
                path => floatModel.Open(parse, path, threads: 1), parse.GetValue(threads), search.Read(parse),
                parse.GetResult(errors) is not null, parse.GetValue(errors));
            if (request.ErrorsPath is { } path)
            {
                AtomicFiles.Check(path);
            }

            Write(Run(request, speech.LoadToMeasure(parse, request.Threads, cancellationToken), cancellationToken), request, parse.GetValue(json));
            return ExitStatus.Done;
        });
        return command;
    }

    private static (SpeechDataset Data, EvaluationResult Result) Run(Request request, SpeechDataset data, CancellationToken cancellationToken)
    {
        if (!data.HasTranscripts && request.Reference is null && ModelSource.IsCompiled(request.Model))
        {
            throw new UsageException($"{request.Data} has no transcripts: name with --reference MODEL the float model whose transcripts are the reference.");
        }

        using IModelSource source = SearchSettings.Over(request.Open(request.Model), request.Search);
        var measure = Measure.Of(source.Head, source.Width);
        if (!measure.TakesTranscripts && request.Reference is null)
        {
            throw new UsageException($"{source.Name} has {measure.Kind.Items()} that no transcript tells: name with --reference MODEL the float model whose they are measured against.");
        }

        using IModelSource? reference = request.Reference is null ? null : request.Open(request.Reference);
        return ProgressDisplay.Run(report =>
        {
            int models = reference is null ? 1 : 2;
            IReadOnlyList<Transcript> Transcribe(IModelSource model, string step, int before = 0) => Evaluator.Transcribe(
                model, data, request.Threads, new ProgressOf<EvaluationProgress>(p => report(step, p.Done, p.Total, (before + (double)p.Done / p.Total) / models)), cancellationToken);

            IReadOnlyList<Transcript> heard = Transcribe(source, source.Name);
            if (reference is not null)
            {
                data = data.WithTranscripts([.. Transcribe(reference, $"reference {reference.Name}", before: 1).Select(t => t.Text)]);
            }
            else if (!data.HasTranscripts)
            {
                Messages.WriteNote($"{request.Data} has no transcripts: the float model is its own reference, so its error rates are 0.");
                data = data.WithTranscripts([.. heard.Select(t => t.Text)]);
            }

            return (data, Evaluator.Score(data, heard, measure));
        });
    }

    private static void Write((SpeechDataset Data, EvaluationResult Result) evaluation, Request request, bool json)
    {
        (SpeechDataset data, EvaluationResult result) = evaluation;
        if (result.Measure.Kind != MeasureKind.Words)
        {
            WriteOther(data, result, request, json);
            return;
        }

        if (json)
        {
            JsonOutput.Write(new
            {
                request.Model,
                Data = data.Name,
                data.ManifestSha256,
                data.Skipped,
                result.Wer,
                result.Cer,
                result.Words,
                result.WordErrors.Substitutions,
                result.WordErrors.Insertions,
                result.WordErrors.Deletions,
                Utterances = result.Utterances.Count,
                result.AudioSeconds,
                result.RealTimeFactor,
                Figures = Figures(result).Select(f => new { f.Name, f.Rate.Value, f.Rate.Low, f.Rate.High }),
                Errors = request.ListsErrors ? ErrorList.Json(result) : null,
            });
        }
        else
        {
            WriteTable(data, result, request.Model);
        }

        if (request.ErrorsPath is { } path)
        {
            using var files = new AtomicFiles();
            File.WriteAllText(files.Add(path), ErrorList.Text(result));
            files.Commit();
            Messages.WriteNote($"{path}: {result.Utterances.Count(u => u.WordErrors.Errors > 0)} of {result.Utterances.Count} utterances are wrong.");
        }
        else if (request.ListsErrors && !json)
        {
            Console.Out.Write("\n" + ErrorList.Text(result));
        }
    }

    /// <summary>Writes what a model that has no words was measured by.</summary>
    private static void WriteOther(SpeechDataset data, EvaluationResult result, Request request, bool json)
    {
        MeasureKind kind = result.Measure.Kind;
        if (request.ListsErrors)
        {
            throw new UsageException($"--errors lists words; {request.Model} has {kind.Items()}.");
        }

        if (json)
        {
            JsonOutput.Write(new
            {
                request.Model, Data = data.Name, data.ManifestSha256, data.Skipped, Measure = kind.Items(), ErrorRate = result.Wer, Accuracy = 1 - result.Wer,
                Count = result.Words, Utterances = result.Utterances.Count, result.AudioSeconds, result.RealTimeFactor,
                Figures = Figures(result).Select(f => new { f.Name, f.Rate.Value, f.Rate.Low, f.Rate.High }),
            });
            return;
        }

        var table = new TextTable();
        table.Add("model", request.Model);
        table.Add("data", string.Create(CultureInfo.InvariantCulture, $"{data.Name}: {result.Utterances.Count} utterances, {result.AudioSeconds:F1} s"));
        table.Add(kind.Rate(), kind == MeasureKind.Embeddings
            ? string.Create(CultureInfo.InvariantCulture, $"{result.Wer:F4} (mean of {result.Words} embeddings)")
            : string.Create(CultureInfo.InvariantCulture, $"{100 * result.Wer:F2} % ({result.WordErrors.Errors} of {result.Words} {kind.Items()} wrong)"));
        AddFigures(table, result);
        table.Add("real-time factor", string.Create(CultureInfo.InvariantCulture, $"{result.RealTimeFactor:F4} (one thread)"));
        Console.Out.Write(table);
    }

    private static IEnumerable<(string Name, RateInterval Rate)> Figures(EvaluationResult result) =>
        ErrorFigure.All(result).Select(figure => (figure.Name, RateInterval.Of(result.Utterances.Count, figure.Of)));

    private static void AddFigures(TextTable table, EvaluationResult result)
    {
        foreach ((string name, RateInterval rate) in Figures(result))
        {
            table.Add("95 % interval", $"{FigureText.Of(rate)}: {ErrorFigure.Words(name, result.Measure.Kind)}");
        }
    }

    private static void WriteTable(SpeechDataset data, EvaluationResult result, string model)
    {
        var table = new TextTable();
        ErrorRate words = result.WordErrors;
        table.Add("model", model);
        table.Add("data", string.Create(CultureInfo.InvariantCulture, $"{data.Name}: {result.Utterances.Count} utterances, {result.Words} words, {result.AudioSeconds:F1} s"));
        table.Add("word error rate", string.Create(CultureInfo.InvariantCulture, $"{100 * result.Wer:F2} % ({words.Substitutions} substituted, {words.Insertions} inserted, {words.Deletions} deleted)"));
        table.Add("character error rate", string.Create(CultureInfo.InvariantCulture, $"{100 * result.Cer:F2} %"));
        AddFigures(table, result);
        table.Add("real-time factor", string.Create(CultureInfo.InvariantCulture, $"{result.RealTimeFactor:F4} (one thread)"));
        Console.Out.Write(table);
    }

    private sealed record Request(
        string Model, string Data, string? Reference, Func<string, IModelSource> Open, int Threads, SearchOptions? Search, bool ListsErrors, string? ErrorsPath);
}
