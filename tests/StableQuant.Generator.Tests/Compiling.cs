using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StableQuant.Generator.Tests;

/// <summary>Compiles generated code the strict way: nullable, documentation comments diagnosed, every warning wave.</summary>
internal static class Compiling
{
    public static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest, DocumentationMode.Diagnose);

    public static readonly CSharpCompilationOptions Options = new(
        OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable, warningLevel: 9999);

    public static readonly MetadataReference[] References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(path => Path.GetFileName(path) is string name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "StableQuant.Runtime.dll" or "netstandard.dll"))
            .Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>Errors and warnings.</summary>
    public static IEnumerable<string> Problems(IEnumerable<GeneratedFile> files) =>
        CSharpCompilation.Create("Tiny", files.Select(f => CSharpSyntaxTree.ParseText(f.Text, Parsing, f.Name)), References, Options)
            .GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString());
}
