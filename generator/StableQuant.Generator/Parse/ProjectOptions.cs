using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using StableQuant.Generator.Diagnostics;

namespace StableQuant.Generator.Parse;

/// <summary>What the generator needs to know of the project that generated code becomes part of.</summary>
/// <param name="AllowsUnsafe">Whether unsafe code is allowed.</param>
/// <param name="Language">The version of C#.</param>
/// <param name="Pages">The folder of the diagnostics' pages, with a slash at its end; empty where the build does not say it.</param>
internal sealed record ProjectOptions(bool AllowsUnsafe, LanguageVersion Language, string Pages)
{
    /// <summary>The first version with collection expressions and static members of interfaces, and .NET 8's own.</summary>
    private const LanguageVersion OldestLanguage = LanguageVersion.CSharp12;

    public static ProjectOptions Read(Compilation compilation, AnalyzerConfigOptions build) => new(
        compilation.Options is CSharpCompilationOptions { AllowUnsafe: true },
        compilation is CSharpCompilation csharp ? csharp.LanguageVersion : LanguageVersion.Default,
        build.TryGetValue("build_property.StableQuantHelp", out string? pages) ? pages : "");

    /// <summary>What keeps a model out of the project; null where nothing does.</summary>
    /// <param name="path">The description's path.</param>
    public Finding? Refusal(string path) =>
        Language < OldestLanguage ? new(Descriptors.OldLanguage, Place.StartOf(path), DescriptionFile.NameOf(path), OldestLanguage.ToDisplayString(), Language.ToDisplayString())
        : !AllowsUnsafe ? new(Descriptors.UnsafeNotAllowed, Place.StartOf(path), DescriptionFile.NameOf(path))
        : null;
}
