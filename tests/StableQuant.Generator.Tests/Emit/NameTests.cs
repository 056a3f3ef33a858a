using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StableQuant.Generator.Tests.Emit;

/// <summary>
/// A project's own types may have any name that the generated code uses. The names are read from the code itself, so that a new one is
/// tested, too. The root namespaces System and StableQuant are what the code stands on: no project can give these names to something else.
/// </summary>
public class NameTests
{
    private static readonly string[] Roots = ["System", "StableQuant"];

    // What no project can declare: a word of C# behind a type parameter, and names that C# reserves, which the generated code's aliases have.
    private static bool IsReserved(string name) => name == "unmanaged" || name.Contains("__", StringComparison.Ordinal);

    public static TheoryData<string, string> Places => new()
    {
        { "", "" },
        { "App", "App" },
        { "App.Speech", "App" },
        { "App.Speech", "App.Speech" },
        { "App", "" },
    };

    [Theory]
    [InlineData("SQ")]
    [InlineData("Unsafe")]
    [InlineData("Share")]
    [InlineData("TIsa")]
    [InlineData("Run")]
    [InlineData("Conv0")]
    [InlineData("SpeechModel")]
    public void So_may_the_class_itself(string name) => Compiling.Problems(
        ModelCompiler.Compile(TinyModel.Text(TinyModel.EveryKind()), ClassTarget.For("tiny.sqmodel") with { Name = name }, out _)).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Places))]
    public void Any_type_or_namespace_of_the_project_may_have_a_name_that_generated_code_uses(string ofTheClass, string ofTheOthers)
    {
        GeneratedFile[] files = [.. new[] { TinyModel.EveryKind(), TinyModel.Kept(), TinyModel.Float() }
            .SelectMany((model, i) => ModelCompiler.Compile(TinyModel.Text(model), ClassTarget.For($"tiny{i}.sqmodel") with { Namespace = ofTheClass }, out _))];
        SyntaxTree[] trees = [.. files.Select(file => CSharpSyntaxTree.ParseText(file.Text, Compiling.Parsing, file.Name))];
        string[] names = [.. trees.SelectMany(tree => tree.GetRoot().DescendantTokens()).Where(token => token.IsKind(SyntaxKind.IdentifierToken)).Select(token => token.ValueText).Distinct()
            .Where(name => !IsReserved(name) && !name.StartsWith("Tiny", StringComparison.Ordinal) && !"App.Speech".Split('.').Contains(name) && !(ofTheOthers.Length == 0 && Roots.Contains(name)))];
        names.ShouldContain("MethodImplOptions");
        names.ShouldContain("Slot0");
        foreach (string form in new[] { "internal enum @{0} {{ }}", "namespace @{0} {{ internal enum Other {{ }} }}" })
        {
            string declarations = string.Concat(names.Select(name => string.Format(null, form, name) + "\n"));
            string source = "#pragma warning disable\n" + (ofTheOthers.Length == 0 ? declarations : $"namespace {ofTheOthers}\n{{\n{declarations}}}\n");
            CSharpCompilation.Create("Project", [.. trees, CSharpSyntaxTree.ParseText(source, Compiling.Parsing, "Project.cs")], Compiling.References, Compiling.Options)
                .GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString()).ShouldBeEmpty(form);
        }
    }
}
