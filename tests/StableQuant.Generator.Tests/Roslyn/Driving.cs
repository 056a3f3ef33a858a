using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace StableQuant.Generator.Tests.Roslyn;

/// <summary>Runs the generator as the compiler does.</summary>
internal sealed class Driving
{
    /// <summary>The generator's steps, by the names that it gives them.</summary>
    public static readonly string[] Steps = ["Descriptions", "Classes", "ClassFindings", "Compiled", "Conflicts", "Project"];

    private readonly CSharpParseOptions parsing;
    private GeneratorDriver driver;

    public Driving(string source, params (string Path, string Text)[] descriptions)
        : this(source, [], descriptions)
    {
    }

    /// <summary>Runs the generator once.</summary>
    /// <param name="source">The project's C#.</param>
    /// <param name="options">What MSBuild says: properties and metadata, by their key.</param>
    /// <param name="descriptions">The AdditionalFiles.</param>
    public Driving(string source, Dictionary<string, string> options, params (string Path, string Text)[] descriptions)
        : this(source, options, Compiling.Options, Compiling.Parsing, descriptions)
    {
    }

    /// <summary>Runs the generator once.</summary>
    /// <param name="source">The project's C#.</param>
    /// <param name="options">What MSBuild says: properties and metadata, by their key.</param>
    /// <param name="compiling">The compiler's own options.</param>
    /// <param name="parsing">Its version of C#.</param>
    /// <param name="descriptions">The AdditionalFiles.</param>
    public Driving(
        string source, Dictionary<string, string> options, CSharpCompilationOptions compiling, CSharpParseOptions parsing, params (string Path, string Text)[] descriptions)
    {
        this.parsing = parsing;
        Compilation = CSharpCompilation.Create("Project", [CSharpSyntaxTree.ParseText(source, parsing, "Project.cs")], Compiling.References, compiling);
        driver = CSharpGeneratorDriver.Create(
            [new ModelGenerator().AsSourceGenerator()],
            descriptions.Select(d => new Additional(d.Path, d.Text)),
            parsing,
            new Options(options),
            new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        Run();
    }

    public CSharpCompilation Compilation { get; private set; }

    /// <summary>What the last run made.</summary>
    public GeneratorRunResult Result => driver.GetRunResult().Results.Single();

    public ImmutableArray<Diagnostic> Diagnostics => Result.Diagnostics;

    /// <summary>Errors and warnings of the project with the generated code.</summary>
    public IEnumerable<string> Problems => ProblemsWith();

    /// <summary>The same, of a project with more references.</summary>
    public IEnumerable<string> ProblemsWith(params MetadataReference[] references) => Compilation.AddReferences(references).AddSyntaxTrees(driver.GetRunResult().GeneratedTrees)
        .GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString());

    /// <summary>The compiled project's types.</summary>
    public INamedTypeSymbol? Type(string name) => Compilation.AddSyntaxTrees(driver.GetRunResult().GeneratedTrees).GetTypeByMetadataName(name);

    /// <summary>Adds a file to the project and runs again.</summary>
    public void AddSource(string source)
    {
        Compilation = Compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText(source, parsing, "Other.cs"));
        Run();
    }

    // Every run is followed by one after an edit elsewhere, in which no step may make anything new.
    private void Run()
    {
        driver = driver.RunGenerators(Compilation);
        Result.Exception.ShouldBeNull();
        GeneratorRunResult again = driver
            .RunGenerators(Compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("namespace Elsewhere; internal static class Unrelated { }", parsing, "Unrelated.cs")))
            .GetRunResult().Results.Single();
        foreach (string step in Steps)
        {
            again.TrackedSteps.GetValueOrDefault(step, []).SelectMany(s => s.Outputs)
                .ShouldAllBe(output => output.Reason == IncrementalStepRunReason.Cached || output.Reason == IncrementalStepRunReason.Unchanged, step);
        }

        again.TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs).ShouldAllBe(output => output.Reason == IncrementalStepRunReason.Cached);
        again.GeneratedSources.Select(s => s.SourceText).ShouldBe(Result.GeneratedSources.Select(s => s.SourceText));
    }

    private sealed class Additional(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text, Encoding.UTF8);
    }

    private sealed class Options(Dictionary<string, string> values) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Values(values);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

        private sealed class Values(Dictionary<string, string> values) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value) => values.TryGetValue(key, out value);
        }
    }
}
