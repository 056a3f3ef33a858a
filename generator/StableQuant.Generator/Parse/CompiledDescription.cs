using StableQuant.Graph;

namespace StableQuant.Generator.Parse;

/// <summary>What a description became: files, or an error.</summary>
/// <param name="Path">The description's path.</param>
/// <param name="Class">Full name of the class; empty where none is made.</param>
/// <param name="Files">The generated files.</param>
/// <param name="Error">The first error in the description.</param>
/// <param name="BadName">What is wrong with the name of its class.</param>
internal sealed record CompiledDescription(string Path, string Class, EquatableArray<GeneratedFile> Files, DescriptionError? Error, string? BadName = null)
{
    /// <summary>Compiles a description into the class that asked for it, or else into the default one.</summary>
    public static CompiledDescription Compile(DescriptionFile file, EquatableArray<DeclaredClass> classes, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        DeclaredClass? declared = classes.FirstOrDefault(c => c.Names(file.Path));
        if (declared is { IsSuitable: false })
        {
            return new CompiledDescription(file.Path, "", new([]), null);
        }

        ClassTarget target = declared is null
            ? file.Default
            : file.Default with { Namespace = declared.Namespace, Name = declared.Name, Accessibility = declared.Accessibility };
        if (ClassNames.Problem(target) is { } problem)
        {
            return new CompiledDescription(file.Path, "", new([]), null, problem);
        }

        IReadOnlyList<GeneratedFile> files = ModelCompiler.Compile(file.Text, target, out DescriptionError? error);
        string prefix = target.Namespace.Length == 0 ? "" : target.Namespace + ".";
        return new CompiledDescription(file.Path, error is null ? prefix + target.Name : "", new(files.Select(f => f with { Name = (prefix + f.Name).Replace("@", "") })), error);
    }
}
