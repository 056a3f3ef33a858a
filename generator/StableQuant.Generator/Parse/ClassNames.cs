using Microsoft.CodeAnalysis.CSharp;
using StableQuant.Generator.Emit;

namespace StableQuant.Generator.Parse;

/// <summary>Names that come from the build: what they must be so that the generated code is C#.</summary>
internal static class ClassNames
{
    /// <summary>A project's root namespace, which may hold what a namespace cannot, as C#: <c>my-app</c> becomes <c>my_app</c>.</summary>
    public static string Namespace(string root) => string.Join(".", root.Split('.').Select(Part));

    /// <summary>A name with the <c>@</c> that keywords need.</summary>
    public static string Escape(string name) => SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : "@" + name;

    /// <summary>What is wrong with a class's name, namespace or accessibility; null where nothing is.</summary>
    public static string? Problem(ClassTarget target) =>
        !IsName(target.Name) ? $"'{target.Name}' cannot be the name of a class; set StableQuantClass to an identifier"
        : Identifiers.OfMembers.Contains(target.Name) ? $"The class cannot be called '{target.Name}', because something in the generated code is; choose another name"
        : target.Namespace.Length > 0 && !target.Namespace.Split('.').All(IsName) ? $"'{target.Namespace}' cannot be a namespace; set StableQuantNamespace to identifiers with dots between them"
        : target.Accessibility is not ("public" or "internal") ? $"The class cannot be '{target.Accessibility}'; set StableQuantAccess to public or internal"
        : null;

    private static bool IsName(string name) =>
        name.StartsWith("@", StringComparison.Ordinal) ? SyntaxFacts.IsValidIdentifier(name.Substring(1))
        : SyntaxFacts.IsValidIdentifier(name) && SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None;

    private static string Part(string part)
    {
        string legal = new([.. part.Select(c => SyntaxFacts.IsIdentifierPartCharacter(c) ? c : '_')]);
        return legal.Length == 0 ? legal : Escape(SyntaxFacts.IsIdentifierStartCharacter(legal[0]) ? legal : "_" + legal);
    }
}
