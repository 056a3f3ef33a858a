using System.Xml.Linq;
using StableQuant.Tests.Documentation;

namespace StableQuant.Generator.Tests.Architecture;

/// <summary>
/// To MSBuild a project with other global properties is another project: it would be built once more, into the same folder, beside the first. So no
/// reference sets any.
/// </summary>
public class ReferenceTests
{
    private static readonly string[] Setting = ["SetTargetFramework", "SetConfiguration", "SetPlatform", "AdditionalProperties", "Properties", "UndefineProperties", "GlobalPropertiesToRemove"];

    [Fact]
    public void References_to_projects_set_no_global_properties()
    {
        string[] projects =
        [
            .. Directory.GetFiles(Snippet.Root, "Directory.Build.*"),
            .. new[] { "generator", "runtime", "samples", "templates", "tests" }.SelectMany(folder => Directory.GetFiles(Path.Combine(Snippet.Root, folder), "*.*", SearchOption.AllDirectories))
                .Where(path => Path.GetExtension(path) is ".csproj" or ".props" or ".targets")
                .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")),
        ];
        (string Path, XElement Reference)[] references = [.. projects.SelectMany(path => XDocument.Load(path).Descendants("ProjectReference").Select(reference => (path, reference)))];
        references.Length.ShouldBeGreaterThan(15);
        references.Where(r => r.Reference.Attributes().Any(a => Setting.Contains(a.Name.LocalName)) || r.Reference.Elements().Any(e => Setting.Contains(e.Name.LocalName)))
            .Select(r => $"{Path.GetRelativePath(Snippet.Root, r.Path)}: {r.Reference}").ShouldBeEmpty();
    }
}
