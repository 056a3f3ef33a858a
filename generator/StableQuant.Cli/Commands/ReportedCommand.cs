using System.CommandLine;
using System.CommandLine.Parsing;

namespace StableQuant.Cli.Commands;

/// <summary>A command as a report quotes it: the same for the same result, so that folders, and the number of threads, are left out.</summary>
internal static class ReportedCommand
{
    /// <summary>The command.</summary>
    public static string Of(ParseResult parse)
    {
        var words = new List<string>();
        bool isThreads = false;
        foreach (Token token in parse.Tokens)
        {
            if (token.Type == TokenType.Option)
            {
                isThreads = token.Value is "--threads";
            }

            if (!isThreads)
            {
                words.Add(token.Type == TokenType.Argument ? Quoted(Path.GetFileName(Path.TrimEndingDirectorySeparator(token.Value))) : token.Value);
            }
        }

        return "stablequant " + string.Join(' ', words);
    }

    private static string Quoted(string word) => word.Contains(' ', StringComparison.Ordinal) || word.Length == 0 ? $"\"{word}\"" : word;
}
