using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using StableQuant.Generator.Diagnostics;

namespace StableQuant.Generator.Parse;

/// <summary>What generated code needs of the project that it becomes part of.</summary>
/// <param name="AllowsUnsafe">Whether unsafe code is allowed.</param>
/// <param name="Language">The version of C#.</param>
internal sealed record ProjectOptions(bool AllowsUnsafe, LanguageVersion Language)
{
    /// <summary>The first version with collection expressions and static members of interfaces, and .NET 8's own.</summary>
    private const LanguageVersion OldestLanguage = LanguageVersion.CSharp12;

    public static ProjectOptions Read(Compilation compilation) => new(
        compilation.Options is CSharpCompilationOptions { AllowUnsafe: true },
        compilation is CSharpCompilation csharp ? csharp.LanguageVersion : LanguageVersion.Default);

    /// <summary>What keeps a model out of the project; null where nothing does.</summary>
    /// <param name="path">The description's path.</param>
    public Finding? Refusal(string path) =>
        Language < OldestLanguage ? new(Descriptors.OldLanguage, Place.StartOf(path), DescriptionFile.NameOf(path), OldestLanguage.ToDisplayString(), Language.ToDisplayString())
        : !AllowsUnsafe ? new(Descriptors.UnsafeNotAllowed, Place.StartOf(path), DescriptionFile.NameOf(path))
        : null;
}
