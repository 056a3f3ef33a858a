using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Parse;

/// <summary>A <c>.sqmodel</c> among the project's AdditionalFiles, and the class it becomes where nobody declared one.</summary>
/// <param name="Path">The file's path.</param>
/// <param name="Text">Its text.</param>
/// <param name="Default">The class made without a declaration.</param>
/// <param name="Problem">What is wrong with metadata that are no names.</param>
internal sealed record DescriptionFile(string Path, string Text, ClassTarget Default, string? Problem)
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
        ClassTarget named = ClassTarget.For(NameOf(file.Path));
        string seconds = Metadata("StableQuantMaxSeconds", named.MaxSeconds.ToString(CultureInfo.InvariantCulture));
        string weights = Metadata("StableQuantWeights", "embed");
        bool isNumber = decimal.TryParse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal maxSeconds);
        string? problem =
            !isNumber || maxSeconds <= 0 || maxSeconds > FrontEndLayout.MaxSeconds ? FormattableString.Invariant($"StableQuantMaxSeconds is '{seconds}'; set it to a number above 0, up to {FrontEndLayout.MaxSeconds}")
            : weights is not ("embed" or "file" or "mount") ? $"StableQuantWeights is '{weights}'; set it to embed, file or mount"
            : null;
        return new DescriptionFile(
            file.Path,
            file.GetText(cancellation)?.ToString() ?? "",
            named with
            {
                Namespace = Metadata("StableQuantNamespace", ClassNames.Namespace(rootNamespace)),
                Name = Metadata("StableQuantClass", named.Name),
                Accessibility = Metadata("StableQuantAccess", named.Accessibility),
                Place = weights switch { "file" => WeightsPlace.File, "mount" => WeightsPlace.Mounted, _ => WeightsPlace.Embedded },
                MaxSeconds = maxSeconds,
            },
            problem);
    }

    /// <summary>Last part of a path written for any system.</summary>
    public static string NameOf(string path) => path.Substring(path.LastIndexOfAny(['/', '\\']) + 1);
}
