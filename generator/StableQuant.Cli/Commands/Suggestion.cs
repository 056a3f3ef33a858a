using System.CommandLine;
using StableQuant.Calibration.Evaluate;

namespace StableQuant.Cli.Commands;

/// <summary>What a misspelt word may have meant.</summary>
internal static class Suggestion
{
    /// <summary>The errors of a command line in words, and what a word of it may have meant.</summary>
    public static string Explain(ParseResult parse)
    {
        Command command = parse.CommandResult.Command;
        if (command is RootCommand && parse.UnmatchedTokens is [{ } unknown, ..] && !IsOption(unknown))
        {
            return $"There is no command '{unknown}'.{Of(unknown, command.Subcommands.Select(c => c.Name))}";
        }

        string[] meant = [.. parse.UnmatchedTokens.Where(IsOption)
            .Select(option => Of(option.Split('=', ':')[0], command.Options.Where(o => !o.Hidden).Select(o => o.Name))).Where(text => text.Length > 0).Distinct()];
        return string.Join(" ", parse.Errors.Select(e => e.Message)) + string.Concat(meant);
    }

    /// <summary><c> Did you mean X?</c> for the name that is nearest; nothing where none is near.</summary>
    /// <param name="word">What was written.</param>
    /// <param name="names">What there is.</param>
    public static string Of(string word, IEnumerable<string> names)
    {
        (string name, int errors) = names.Select(name => (name, Distance(word, name))).MinBy(pair => pair.Item2);
        // Two letters in the wrong order are two errors.
        return name is not null && errors <= Math.Max(2, name.Length / 3) && errors < name.TrimStart('-').Length - 1 ? $" Did you mean {name}?" : "";
    }

    private static bool IsOption(string token) => token.StartsWith('-');

    private static int Distance(string word, string name) =>
        ErrorRate.Count<char>(word.ToLowerInvariant(), name).Errors;
}
