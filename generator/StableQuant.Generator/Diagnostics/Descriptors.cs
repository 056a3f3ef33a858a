using Microsoft.CodeAnalysis;

namespace StableQuant.Generator.Diagnostics;

/// <summary>
/// Every diagnostic of the generator; those of the build, from SQ0090 on, are in StableQuant.Compiler.targets. Each has a page among the
/// package's own files, so that its link is made when it is reported.
/// </summary>
internal static class Descriptors
{
    private const string Category = "StableQuant";

    public static readonly DiagnosticDescriptor InvalidDescription = new(
        "SQ0001",
        "The quantized graph description is not valid",
        "{0}: {1}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor MissingDescription = new(
        "SQ0002",
        "The quantized graph description is not among the AdditionalFiles",
        "There is no AdditionalFile '{0}'; add <AdditionalFiles Include=\"…/{0}\" /> to the project",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor UnsuitableClass = new(
        "SQ0003",
        "The class cannot become a speech model",
        "'{0}' must be a partial, non-static, non-generic class that is not nested and has no base class, so that the model can be compiled into it",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor DuplicateClass = new(
        "SQ0004",
        "Two models have one class name",
        "'{0}' would become the class '{1}', and so would '{2}' (upper and lower case are the same here); give one another name with a [StableQuantModel] class or the metadata StableQuantClass",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor InvalidMetadata = new(
        "SQ0005",
        "The model's metadata are not valid",
        "{0}: {1}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor NewerFormat = new(
        "SQ0006",
        "The quantized graph description is of a newer format",
        "{0}: {1}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor DuplicateFileName = new(
        "SQ0007",
        "Two models have one file name",
        "'{0}' is the file name of '{1}', too, and a model's weights are found by their file name; rename one model and its weights",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor SecondClass = new(
        "SQ0008",
        "Two classes ask for one model",
        "'{0}' becomes the class '{1}' already; remove the attribute from '{2}', or name another model",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor UnsafeNotAllowed = new(
        "SQ0009",
        "The project does not allow unsafe code",
        "The kernels of '{0}' work on pointers; remove <AllowUnsafeBlocks>false</AllowUnsafeBlocks> from the project",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor OldLanguage = new(
        "SQ0010",
        "The project's version of C# is too old",
        "The code of '{0}' needs C# {1} or later, the project is C# {2}; remove <LangVersion> from the project",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);
}
