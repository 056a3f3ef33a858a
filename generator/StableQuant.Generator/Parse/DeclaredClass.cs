using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace StableQuant.Generator.Parse;

/// <summary>A class that asks for a model by attribute.</summary>
/// <param name="Description">What the attribute names.</param>
/// <param name="Namespace">The class's namespace; empty for the global one.</param>
/// <param name="Name">Its name.</param>
/// <param name="Accessibility"><c>public</c> or <c>internal</c>.</param>
/// <param name="IsSuitable">Whether a model can be compiled into it.</param>
/// <param name="Place">Where it is declared, for diagnostics.</param>
internal sealed record DeclaredClass(string Description, string Namespace, string Name, string Accessibility, bool IsSuitable, Place Place)
{
    public const string Attribute = "StableQuant.StableQuantModelAttribute";

    public static DeclaredClass Read(GeneratorAttributeSyntaxContext context)
    {
        var symbol = (INamedTypeSymbol)context.TargetSymbol;
        var syntax = (ClassDeclarationSyntax)context.TargetNode;
        string description = context.Attributes[0].ConstructorArguments.FirstOrDefault().Value as string ?? "";
        bool suitable = syntax.Modifiers.Any(SyntaxKind.PartialKeyword)
            && !symbol.IsStatic && !symbol.IsGenericType && symbol.ContainingType is null
            && symbol.BaseType?.SpecialType == SpecialType.System_Object;
        return new DeclaredClass(
            description,
            symbol.ContainingNamespace.IsGlobalNamespace ? "" : symbol.ContainingNamespace.ToDisplayString(),
            ClassNames.Escape(symbol.Name),
            symbol.DeclaredAccessibility == Microsoft.CodeAnalysis.Accessibility.Public ? "public" : "internal",
            suitable,
            Place.Of(syntax.Identifier.GetLocation()));
    }

    /// <summary>Whether the attribute names this file: by file name, or by the end of its path.</summary>
    public bool Names(string path)
    {
        string wanted = Description.Replace('\\', '/');
        string actual = path.Replace('\\', '/');
        return actual == wanted || actual.EndsWith("/" + wanted, StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>A place in a source file, comparable by value: a Roslyn location would keep its whole tree alive.</summary>
internal sealed record Place(string Path, TextSpan Span, LinePositionSpan Lines)
{
    public static Place Of(Location location) => new(location.SourceTree?.FilePath ?? "", location.SourceSpan, location.GetLineSpan().Span);

    public Location ToLocation() => Location.Create(Path, Span, Lines);
}
