using System.CommandLine;
using StableQuant.Calibration;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Cli.Output;

namespace StableQuant.Cli.Commands;

/// <summary>The options that say how a float model is read where its files do not.</summary>
internal sealed class FloatModelSettings
{
    private readonly Option<string?> file = new("--vocab") { Description = "The vocabulary of a float model; by default vocab.json, vocab.txt or tokens.txt beside it.", HelpName = "FILE" };
    private readonly Option<string?> labels = new("--labels") { Description = "The labels of a float model that classifies, JSON or a label a line; by default those of the config.json beside it.", HelpName = "FILE" };
    private readonly Option<string?> blank = new("--blank") { Description = "Its token that is the CTC blank, if the tokenizer's files do not say so.", HelpName = "TOKEN" };
    private readonly Option<string?> delimiter = new("--delimiter") { Description = "Its token that stands for the space between words, if the tokenizer's files do not say so.", HelpName = "TOKEN" };
    private readonly Option<string?> language = SharedOptions.Language();

    private readonly Option<bool> allowSymlinks = SharedOptions.AllowSymlinks();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Array.ForEach([file, labels, blank, delimiter, language], command.Options.Add);
        command.Options.Add(allowSymlinks);
    }

    /// <summary>Opens a model with what its outputs stand for.</summary>
    /// <exception cref="StableQuantException">The model cannot be opened.</exception>
    public IModelSource Open(ParseResult parse, string model, int threads) => ModelSource.Open(model, threads, Read(parse));

    /// <summary>What was said.</summary>
    public FloatModelOptions Read(ParseResult parse) => new()
    {
        VocabularyPath = parse.GetValue(file),
        LabelsPath = parse.GetValue(labels),
        Choice = new VocabularyChoice(parse.GetValue(blank), parse.GetValue(delimiter), parse.GetValue(language)),
        AllowSymlinks = parse.GetValue(allowSymlinks),
        Note = Messages.WriteNote,
    };
}
