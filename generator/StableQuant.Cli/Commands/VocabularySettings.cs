using System.CommandLine;
using StableQuant.Calibration;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Cli.Output;
using StableQuant.Graph;

namespace StableQuant.Cli.Commands;

/// <summary>The options that say what a float model's outputs stand for, where the files beside it do not.</summary>
internal sealed class VocabularySettings
{
    private readonly Option<string?> file = new("--vocab") { Description = "The vocabulary of a float model; by default vocab.json, vocab.txt or tokens.txt beside it.", HelpName = "FILE" };
    private readonly Option<string?> blank = new("--blank") { Description = "Its token that is the CTC blank, if the tokenizer's files do not say so.", HelpName = "TOKEN" };
    private readonly Option<string?> delimiter = new("--delimiter") { Description = "Its token that stands for the space between words, if the tokenizer's files do not say so.", HelpName = "TOKEN" };
    private readonly Option<string?> language = new("--language") { Description = "Which of its languages, if it has a vocabulary for each.", HelpName = "L" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command) => Array.ForEach([file, blank, delimiter, language], command.Options.Add);

    /// <summary>Opens a model with its vocabulary.</summary>
    /// <exception cref="StableQuantException">The model cannot be opened.</exception>
    public IModelSource Open(ParseResult parse, string model, int threads) =>
        ModelSource.Open(model, parse.GetValue(file), threads, Choice(parse), Messages.WriteNote);

    /// <summary>Reads the vocabulary of a float model.</summary>
    /// <exception cref="StableQuantException">There is none, or it is malformed.</exception>
    public Vocabulary Load(ParseResult parse, string model) =>
        VocabularyFile.LoadFor(model, parse.GetValue(file), Choice(parse), Messages.WriteNote);

    private VocabularyChoice Choice(ParseResult parse) => new(parse.GetValue(blank), parse.GetValue(delimiter), parse.GetValue(language));
}
