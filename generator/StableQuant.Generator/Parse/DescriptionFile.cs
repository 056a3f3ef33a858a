using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StableQuant.Generator.Emit;

namespace StableQuant.Generator.Parse;

/// <summary>A <c>.sqmodel</c> among the project's AdditionalFiles, and the class it becomes where nobody declared one.</summary>
/// <param name="Path">The file's path.</param>
/// <param name="Text">Its text.</param>
/// <param name="Default">The class made without a declaration.</param>
internal sealed record DescriptionFile(string Path, string Text, ClassTarget Default)
{
    public const string Ending = ".sqmodel";

    /// <summary>File name without folder.</summary>
    public string FileName => NameOf(Path);

    public static DescriptionFile Read(AdditionalText file, AnalyzerConfigOptionsProvider options, CancellationToken cancellation)
    {
        AnalyzerConfigOptions metadata = options.GetOptions(file);
        string Metadata(string name, string fallback) =>
            metadata.TryGetValue("build_metadata.AdditionalFiles." + name, out string? value) && value.Length > 0 ? value : fallback;
        string rootNamespace = options.GlobalOptions.TryGetValue("build_property.RootNamespace", out string? root) ? root : "";
        return new DescriptionFile(
            file.Path,
            file.GetText(cancellation)?.ToString() ?? "",
            new ClassTarget(
                Metadata("StableQuantNamespace", ClassNames.Namespace(rootNamespace)),
                Metadata("StableQuantClass", Identifiers.ForClass(Stem(file.Path))),
                Metadata("StableQuantAccess", "public"),
                WeightsName(file.Path)));
    }

    /// <summary>Name of the resource that the build embeds the weights under: the description's file name, with the other ending.</summary>
    public static string WeightsName(string path) => Stem(path) + ".sqweights";

    /// <summary>Last part of a path written for any system.</summary>
    public static string NameOf(string path) => path.Substring(path.LastIndexOfAny(['/', '\\']) + 1);

    private static string Stem(string path)
    {
        string name = NameOf(path);
        return name.EndsWith(Ending, StringComparison.OrdinalIgnoreCase) ? name.Substring(0, name.Length - Ending.Length) : name;
    }
}
