using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using StableQuant.Extensions.AI;
using StableQuant.Generator.Tests.Roslyn;
using StableQuant.Tests.Documentation;

namespace StableQuant.Generator.Tests.Documentation;

/// <summary>What README.md and docs show compiles, is what the package knows, and is there.</summary>
public partial class SnippetTests
{
    private const string ImplicitUsings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    // What a user's test project has beside the package.
    private static readonly MetadataReference[] OfTests =
        [.. new[] { typeof(ModelCompiler), typeof(FactAttribute), typeof(ShouldMatchApprovedTestExtensions) }.Select(type => MetadataReference.CreateFromFile(type.Assembly.Location))];

    // What a program with services has: the package for Microsoft.Extensions.AI and what that brings.
    private static readonly MetadataReference[] OfServices =
        [.. Directory.GetFiles(AppContext.BaseDirectory, "Microsoft.Extensions.*.dll").Append(typeof(StableQuantSpeechToTextClient).Assembly.Location).Select(path => MetadataReference.CreateFromFile(path))];

    // Models that have no words, where a page is about them.
    private static readonly (string Path, string Text)[] OfOtherHeads =
        [("/src/language.sqmodel", TinyModel.Text(TinyModel.Classes())), ("/src/speakers.sqmodel", TinyModel.Text(TinyModel.Embedding()))];

    [Fact]
    public void CSharp_compiles()
    {
        Snippet[] snippets = [.. Snippet.All("csharp").Where(s => s.Excuse is null)];
        snippets.ShouldNotBeEmpty();
        foreach (Snippet snippet in snippets)
        {
            bool isProgram = snippet.Text.Contains("args[", StringComparison.Ordinal) || snippet.Text.Contains("\nusing var ", StringComparison.Ordinal);
            var driving = new Driving(
                snippet.Text, [], Compiling.Options.WithOutputKind(isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary),
                Compiling.Parsing, [("/src/commands.sqmodel", TinyModel.Text(TinyModel.EveryKind())), .. OfOtherHeads.Where(model => snippet.Text.Contains(Path.GetFileName(model.Path), StringComparison.Ordinal))]);
            driving.AddSource(ImplicitUsings);
            driving.Diagnostics.ShouldBeEmpty(snippet.ToString());
            driving.ProblemsWith([.. OfTests, .. OfServices]).Where(problem => !problem.Contains("CS1591", StringComparison.Ordinal)).ShouldBeEmpty(snippet.ToString());
        }
    }

    [Fact]
    public void Xml_is_well_formed_and_names_what_the_package_knows()
    {
        string known = Snippet.TextOf("build/StableQuant.Compiler.props") + Snippet.TextOf("build/StableQuant.Compiler.targets");
        foreach (Snippet snippet in Snippet.All("xml"))
        {
            XElement project = XElement.Parse($"<Project>{snippet.Text}</Project>");
            IEnumerable<string> names = project.Descendants().SelectMany(e => e.Attributes().Select(a => a.Name.LocalName).Append(e.Name.LocalName));
            names.Where(name => name.StartsWith("StableQuant", StringComparison.Ordinal)).ShouldAllBe(name => known.Contains(name, StringComparison.Ordinal), snippet.ToString());
        }
    }

    [Fact]
    public void Links_lead_to_files()
    {
        foreach (string page in Snippet.Pages)
        {
            foreach (Match link in Link().Matches(Snippet.TextOf(page)))
            {
                Path.Exists(Path.Combine(Snippet.Root, Path.GetDirectoryName(page)!, link.Groups[1].Value)).ShouldBeTrue($"{page}: {link.Groups[1].Value}");
            }
        }
    }

    [Fact]
    public void Paths_that_a_page_names_are_there()
    {
        (string Page, string Path)[] paths = [.. Snippet.Pages.SelectMany(page => FilePath().Matches(Snippet.TextOf(page)).Select(match => (page, match.Groups[1].Value)))];
        paths.Count(p => p.Page == "docs/contributing/architecture.md").ShouldBeGreaterThan(40);
        paths.Where(p => !Path.Exists(Path.Combine(Snippet.Root, p.Path))).ShouldBeEmpty();
    }

    [Fact]
    public void Pages_name_the_version_that_is_built()
    {
        string version = XDocument.Parse(Snippet.TextOf("Directory.Build.props")).Descendants("Version").Single().Value;
        string[] named =
        [
            .. Snippet.All("xml").SelectMany(snippet => XElement.Parse($"<Project>{snippet.Text}</Project>").Descendants("PackageReference"))
                .Where(package => package.Attribute("Include")?.Value is "StableQuant.Compiler" or "StableQuant.Extensions.AI").Select(package => package.Attribute("Version")!.Value),
            .. new[] { "samples", "templates" }.SelectMany(folder => Directory.GetFiles(Path.Combine(Snippet.Root, folder), "*.csproj", SearchOption.AllDirectories))
                .SelectMany(project => XDocument.Load(project).Descendants("PackageReference")).Select(package => package.Attribute("Version")!.Value),
            .. Snippet.All("sh").SelectMany(snippet => TemplatesVersion().Matches(snippet.Text)).Select(match => match.Groups[1].Value),
        ];
        named.Length.ShouldBeGreaterThan(8);
        named.ShouldAllBe(name => name == version || name.StartsWith(version + "-", StringComparison.Ordinal));
        ReleaseHeading().Match(Snippet.TextOf("CHANGELOG.md")).Groups[1].Value.ShouldBe(version);
    }

    [Fact]
    public void Every_diagnostic_is_in_the_index() =>
        Snippet.Pages.Where(page => page.StartsWith("docs/diagnostics/", StringComparison.Ordinal))
            .ShouldAllBe(page => Snippet.TextOf("docs/diagnostics.md").Contains($"](diagnostics/{Path.GetFileName(page)}) | {TitleOf(page)} |", StringComparison.Ordinal));

    private static string TitleOf(string page) => Snippet.TextOf(page).Split('\n')[0].Split(": ", 2)[1].TrimEnd();

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)\)")]
    private static partial Regex Link();

    // In back quotes, from the repository's root; patterns of names are none.
    [GeneratedRegex(@"`((?:build|docs|generator|runtime|samples|templates|tests)/[^`\s*]+)`")]
    private static partial Regex FilePath();

    [GeneratedRegex(@"StableQuant\.Templates@([\w.*-]+)")]
    private static partial Regex TemplatesVersion();

    [GeneratedRegex(@"^## \[([^\]]+)\]", RegexOptions.Multiline)]
    private static partial Regex ReleaseHeading();
}
