using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using StableQuant.Generator.Diagnostics;

namespace StableQuant.Generator.Tests.Roslyn;

/// <summary>Every diagnostic, of the generator and of the build, has its page and its link; the generator's are in its list of releases, too.</summary>
public partial class DiagnosticPagesTests
{
    private const string Pages = "docs/diagnostics/";

    private static readonly string Targets = Read("StableQuant.Compiler.targets");

    private static readonly DiagnosticDescriptor[] Descriptors =
        [.. typeof(ModelGenerator).Assembly.GetType("StableQuant.Generator.Diagnostics.Descriptors", throwOnError: true)!
            .GetFields(BindingFlags.Static | BindingFlags.Public).Select(field => field.GetValue(null)).Cast<DiagnosticDescriptor>()];

    private static readonly string[] OfTheBuild = [.. Code().Matches(Targets).Select(match => match.Groups[1].Value)];

    private static readonly string Releases = Read("AnalyzerReleases.Shipped.md") + Read("AnalyzerReleases.Unshipped.md");

    public static TheoryData<string> Ids => [.. Descriptors.Select(d => d.Id).Concat(OfTheBuild)];

    [Fact]
    public void Ids_are_told_once_and_all_pages_are_of_an_id()
    {
        string[] ids = [.. Descriptors.Select(d => d.Id).Concat(OfTheBuild)];
        ids.ShouldBeUnique();
        Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, Pages)).Select(Path.GetFileNameWithoutExtension).ShouldBe(ids, ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Each_has_a_page_that_says_what_it_means_how_it_looks_and_how_to_mend_it(string id)
    {
        string page = Read(Pages + id + ".md");
        page.ShouldStartWith($"# {id}: ");
        Heading().Matches(page).Select(match => match.Groups[1].Value).ShouldBe(["What it means", "How it looks", "How to mend it"]);
        page.ShouldContain(Targets.Contains($"Warning Code=\"{id}\"", StringComparison.Ordinal) ? $"warning {id}: " : $"error {id}: ");
    }

    [Fact]
    public void The_generator_s_are_among_its_releases_under_the_titles_of_their_pages()
    {
        foreach (DiagnosticDescriptor descriptor in Descriptors)
        {
            Releases.Split('\n').ShouldContain($"{descriptor.Id} | {descriptor.Category} | {descriptor.DefaultSeverity} | {descriptor.Title}");
            Read($"{Pages}{descriptor.Id}.md").ShouldStartWith($"# {descriptor.Id}: {descriptor.Title}\n");
        }
    }

    [Theory]
    [InlineData("/packages/a/docs/diagnostics/", "/packages/a/docs/diagnostics/SQ0001.md")]
    [InlineData(null, "")]
    public void The_generator_s_link_to_their_pages_where_the_build_says_where_they_are(string? folder, string link)
    {
        Dictionary<string, string> build = folder is null ? [] : new() { ["build_property.StableQuantHelp"] = folder };
        new Driving("", build, ("/src/tiny.sqmodel", "")).Diagnostics.ShouldHaveSingleItem().Descriptor.HelpLinkUri.ShouldBe(link);
    }

    [Fact]
    public void The_build_s_link_to_the_same_place()
    {
        foreach (string id in OfTheBuild)
        {
            Targets.ShouldContain($"Code=\"{id}\" HelpLink=\"$(StableQuantHelp){id}.md\"");
        }
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, path));

    [GeneratedRegex("Code=\"([^\"]*)\"")]
    private static partial Regex Code();

    [GeneratedRegex("^## (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
