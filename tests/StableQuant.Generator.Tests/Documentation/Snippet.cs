using System.Reflection;
using System.Text.RegularExpressions;

namespace StableQuant.Tests.Documentation;

/// <summary>A fenced block of README.md, CONTRIBUTING.md or a page of docs.</summary>
/// <param name="Page">The page's path from the repository's root.</param>
/// <param name="Line">Number of its first line of text.</param>
/// <param name="Language">What stands behind the fence.</param>
/// <param name="Text">Its text.</param>
/// <param name="Excuse">Why it is not run or compiled, from the comment right before it; null where there is none.</param>
internal sealed partial record Snippet(string Page, int Line, string Language, string Text, string? Excuse)
{
    /// <summary>The repository's root.</summary>
    public static readonly string Root = typeof(Snippet).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>The pages, by their path from the root.</summary>
    public static readonly string[] Pages =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", .. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>All blocks of a language.</summary>
    public static IEnumerable<Snippet> All(string language) => Pages.SelectMany(Of).Where(s => s.Language == language);

    /// <summary>A page's text.</summary>
    public static string TextOf(string page) => File.ReadAllText(Path.Combine(Root, page));

    private static IEnumerable<Snippet> Of(string page)
    {
        string text = TextOf(page).Replace("\r\n", "\n", StringComparison.Ordinal);
        foreach (Match block in Block().Matches(text))
        {
            Group excuse = block.Groups["excuse"];
            yield return new Snippet(
                page, text[..block.Groups["text"].Index].Count(c => c == '\n') + 1, block.Groups["language"].Value, block.Groups["text"].Value, excuse.Success ? excuse.Value : null);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Page}:{Line}";

    [GeneratedRegex(@"(?:^<!-- not (?:run|compiled): (?<excuse>.+) -->\n)?^```(?<language>\w*)\n(?<text>(?:.*\n)*?)```$", RegexOptions.Multiline)]
    private static partial Regex Block();
}
