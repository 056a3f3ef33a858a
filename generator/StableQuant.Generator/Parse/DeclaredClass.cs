using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StableQuant.Generator.Diagnostics;
using StableQuant.Graph;

namespace StableQuant.Generator.Parse;

/// <summary>A class that asks for a model by attribute.</summary>
/// <param name="Description">What the attribute names.</param>
/// <param name="Namespace">The class's namespace; empty for the global one.</param>
/// <param name="Name">Its name.</param>
/// <param name="Accessibility"><c>public</c> or <c>internal</c>.</param>
/// <param name="IsSuitable">Whether a model can be compiled into it.</param>
/// <param name="Attributes">Full names of its attributes.</param>
/// <param name="Place">Where it is declared, for diagnostics.</param>
internal sealed record DeclaredClass(string Description, string Namespace, string Name, string Accessibility, bool IsSuitable, EquatableArray<string> Attributes, Place Place)
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
            new(symbol.GetAttributes().Select(attribute => attribute.AttributeClass?.ToDisplayString() ?? "")),
            Place.Of(syntax.Identifier.GetLocation()));
    }

    /// <summary>The class that a description becomes: the first one that names it.</summary>
    public static DeclaredClass? For(string path, EquatableArray<DeclaredClass> classes) => classes.FirstOrDefault(c => c.Names(path));

    /// <summary>What is wrong with the classes themselves, and with what they name.</summary>
    public static EquatableArray<Finding> Check(EquatableArray<DeclaredClass> classes, IReadOnlyCollection<string> paths)
    {
        var findings = new List<Finding>();
        foreach (DeclaredClass declared in classes)
        {
            if (!declared.IsSuitable)
            {
                findings.Add(new(Descriptors.UnsuitableClass, declared.Place, declared.Name));
            }

            if (paths.FirstOrDefault(declared.Names) is not { } path)
            {
                findings.Add(new(Descriptors.MissingDescription, declared.Place, declared.Description));
            }
            else if (For(path, classes) is { } first && first != declared)
            {
                findings.Add(new(Descriptors.SecondClass, declared.Place, DescriptionFile.NameOf(path), first.Name, declared.Name));
            }
        }

        return new(findings);
    }

    /// <summary>Whether the attribute names this file: by file name, or by the end of its path.</summary>
    private bool Names(string path)
    {
        string wanted = Description.Replace('\\', '/');
        string actual = path.Replace('\\', '/');
        return actual == wanted || actual.EndsWith("/" + wanted, StringComparison.OrdinalIgnoreCase);
    }
}
