using StableQuant.Generator.Diagnostics;
using StableQuant.Graph;
using StableQuant.Graph.Text;

namespace StableQuant.Generator.Parse;

/// <summary>What a description became: files, or what is wrong with it.</summary>
/// <param name="Path">The description's path.</param>
/// <param name="Class">Full name of the class; empty where none is made.</param>
/// <param name="Files">The generated files.</param>
/// <param name="Finding">What is wrong.</param>
internal sealed record CompiledDescription(string Path, string Class, EquatableArray<GeneratedFile> Files, Finding? Finding = null)
{
    /// <summary>Compiles a description into the class that asked for it, or else into the default one.</summary>
    public static CompiledDescription Compile(DescriptionFile file, EquatableArray<DeclaredClass> classes, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        DeclaredClass? declared = DeclaredClass.For(file.Path, classes);
        if (declared is { IsSuitable: false })
        {
            return new CompiledDescription(file.Path, "", new([]));
        }

        ClassTarget target = declared is null
            ? file.Default
            : file.Default with { Namespace = declared.Namespace, Name = declared.Name, Accessibility = declared.Accessibility, Attributes = declared.Attributes };
        if ((file.Problem ?? ClassNames.Problem(target)) is { } problem)
        {
            return Refused(file, new(Descriptors.InvalidMetadata, Place.StartOf(file.Path), file.FileName, problem));
        }

        IReadOnlyList<GeneratedFile> files = ModelCompiler.Compile(file.Text, target, out DescriptionError? error, cancellation);
        if (error is not null)
        {
            return Refused(file, new(error.IsNewerFormat ? Descriptors.NewerFormat : Descriptors.InvalidDescription, Place.Of(file.Path, error), file.FileName, error.Message));
        }

        string prefix = target.Namespace.Length == 0 ? "" : target.Namespace + ".";
        return new CompiledDescription(file.Path, prefix + target.Name, new(files.Select(f => f with { Name = (prefix + f.Name).Replace("@", "") })));
    }

    private static CompiledDescription Refused(DescriptionFile file, Finding finding) => new(file.Path, "", new([]), finding);
}
