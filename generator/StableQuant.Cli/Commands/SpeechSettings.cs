using System.CommandLine;
using StableQuant.Calibration;
using StableQuant.Calibration.Speech;
using StableQuant.Cli.Output;

namespace StableQuant.Cli.Commands;

/// <summary>The options that say which speech a command works on, and how they are read.</summary>
internal sealed class SpeechSettings
{
    // Longer than the utterances of any collection for recognition; what is longer is a recording with its whole text.
    private const double MaxSearchSeconds = 60;

    private readonly Option<string[]> data = new("--data")
    {
        Description = "Speech: a TSV manifest (path, TAB, transcript), a table or JSON lines as Common Voice, Hugging Face and NeMo have them, a LibriSpeech or Kaldi folder, or a folder of audio without transcripts. May be given more than once.",
        HelpName = "DATA",
        Required = true,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<int?> utterances = new("--utterances") { Description = "Take N utterances of DATA, always the same ones.", HelpName = "N" };
    private readonly Option<bool> skipsBad = new("--skip-bad") { Description = "Leave out recordings that cannot be used, in place of an error that lists them." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        utterances.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string text }] && int.TryParse(text, out int count) && count < 1)
            {
                result.AddError("--utterances takes 1 or more.");
            }
        });
        command.Add(data);
        command.Add(utterances);
        command.Add(skipsBad);
    }

    /// <summary>What --data names, as the user wrote it.</summary>
    public string Names(ParseResult parse) => string.Join(" + ", parse.GetRequiredValue(data));

    /// <summary>Loads the speech of --data for a measurement: of any length.</summary>
    public SpeechDataset LoadToMeasure(ParseResult parse, int threads, CancellationToken cancellationToken) =>
        Load(parse, parse.GetRequiredValue(data), parse.GetValue(utterances), null, threads, cancellationToken);

    /// <summary>Loads the speech of --data for a calibration, which needs utterances.</summary>
    public SpeechDataset LoadToCalibrate(ParseResult parse, int threads, CancellationToken cancellationToken) =>
        Load(parse, parse.GetRequiredValue(data), parse.GetValue(utterances), MaxSearchSeconds, threads, cancellationToken);

    /// <summary>Loads the speech that another option of a calibration names; null where it names none.</summary>
    public SpeechDataset? LoadOther(ParseResult parse, string? path, int threads, CancellationToken cancellationToken) =>
        path is null ? null : Load(parse, [path], null, MaxSearchSeconds, threads, cancellationToken);

    private SpeechDataset Load(ParseResult parse, string[] paths, int? count, double? maxSeconds, int threads, CancellationToken cancellationToken) =>
        ProgressDisplay.Run(report => SpeechDataset.Load(
            paths,
            new SpeechSelection
            {
                Utterances = count,
                SkipsBad = parse.GetValue(skipsBad),
                MaxSeconds = maxSeconds,
                Threads = threads,
                Log = Messages.WriteNote,
                Progress = new ProgressOf<EvaluationProgress>(p => report("check recordings", p.Done, p.Total, (double)p.Done / Math.Max(p.Total, 1))),
            },
            cancellationToken));
}
