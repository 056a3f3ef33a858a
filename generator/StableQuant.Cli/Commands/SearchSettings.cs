using System.CommandLine;
using System.CommandLine.Parsing;
using StableQuant.Calibration;
using StableQuant.Calibration.Evaluate;
using StableQuant.Decoding.Grammars;
using StableQuant.Decoding.Hotwords;
using StableQuant.Decoding.NGrams;
using StableQuant.Decoding.Search;

namespace StableQuant.Cli.Commands;

/// <summary>The options of a search among what may have been said; without any of them decoding is greedy.</summary>
internal sealed class SearchSettings
{
    private const int DefaultBeam = 64, MaxBeam = 4096;

    private readonly Option<int?> beam = new("--beam") { Description = $"Search with so many prefixes, 1 to {MaxBeam}; {DefaultBeam} where another search option is given.", HelpName = "N" };
    private readonly Option<int?> nBest = new("--nbest") { Description = "How many alternatives to print, 1 to the beam.", HelpName = "N" };
    private readonly Option<string?> languageModel = new("--lm") { Description = "An n-gram language model of words: ARPA, plain or gzip, or compiled.", HelpName = "FILE" };
    private readonly Option<double?> weight = new("--lm-weight") { Description = "What the language model's log-probabilities are multiplied by, 0 to 10.", HelpName = "X" };
    private readonly Option<double?> bonus = new("--word-bonus") { Description = "What each word adds to the score beside a language model, -20 to 20.", HelpName = "X" };
    private readonly Option<string?> hotwords = new("--hotwords") { Description = "Words and phrases to prefer: one a line, after a TAB its boost.", HelpName = "FILE" };
    private readonly Option<string?> grammar = new("--grammar") { Description = "All that may be said: a grammar in JSGF.", HelpName = "FILE" };
    private readonly Option<string?> alphabet = new("--alphabet") { Description = "The letters that may be found, in any case.", HelpName = "LETTERS" };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="withAlternatives">Whether it prints alternatives.</param>
    public void AddTo(Command command, bool withAlternatives)
    {
        if (withAlternatives)
        {
            command.Options.Add(nBest);
            nBest.Validators.Add(result => Check(result, result.GetValueOrDefault<int?>(), 1, MaxBeam));
        }

        Option[] all = [beam, languageModel, weight, bonus, hotwords, grammar, alphabet];
        Array.ForEach(all, command.Options.Add);
        beam.Validators.Add(result => Check(result, result.GetValueOrDefault<int?>(), 1, MaxBeam));
        weight.Validators.Add(result => Check(result, result.GetValueOrDefault<double?>(), 0, 10));
        bonus.Validators.Add(result => Check(result, result.GetValueOrDefault<double?>(), -20, 20));
    }

    /// <summary>The search that is asked for; null for greedy decoding.</summary>
    /// <exception cref="StableQuantException">A file is missing or malformed.</exception>
    public SearchOptions? Read(ParseResult parse)
    {
        Option[] asking = [beam, nBest, languageModel, hotwords, grammar, alphabet];
        if (!asking.Any(option => parse.GetResult(option) is not null))
        {
            return null;
        }

        try
        {
            var defaults = new SearchOptions();
            return new SearchOptions
            {
                Beam = parse.GetValue(beam) ?? Math.Max(DefaultBeam, parse.GetValue(nBest) ?? 1),
                NBest = parse.GetValue(nBest) ?? 1,
                LanguageModel = parse.GetValue(languageModel) is { } model ? NGramModel.Load(model) : null,
                LanguageModelWeight = parse.GetValue(weight) ?? defaults.LanguageModelWeight,
                WordBonus = parse.GetValue(bonus) ?? defaults.WordBonus,
                Hotwords = parse.GetValue(hotwords) is { } words ? HotwordList.Load(words) : null,
                Grammar = parse.GetValue(grammar) is { } rules ? Grammar.Load(rules) : null,
                Alphabet = parse.GetValue(alphabet),
            };
        }
        catch (InvalidDataException exception)
        {
            throw new StableQuantException(exception.Message, exception);
        }
    }

    /// <summary>A model that is searched as asked for.</summary>
    /// <exception cref="StableQuantException">The search is not for its vocabulary; the source is disposed of.</exception>
    public static IModelSource Over(IModelSource source, SearchOptions? options)
    {
        try
        {
            return options is null ? source : Checked(() => new SearchedModelSource(source, options));
        }
        catch (StableQuantException)
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Makes what searches.</summary>
    /// <exception cref="StableQuantException">The search is not for its vocabulary.</exception>
    public static T Checked<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
        {
            throw new StableQuantException(exception.Message, exception);
        }
    }

    private static void Check(OptionResult result, double? value, double min, double max)
    {
        if (value < min || value > max || value is double.NaN)
        {
            result.AddError(FormattableString.Invariant($"{result.Option.Name} takes {min} to {max}."));
        }
    }
}
