using System.Reflection;
using Microsoft.CodeAnalysis;

namespace StableQuant.Generator.Tests.Roslyn;

/// <summary>Descriptions made to break the generator: each is one diagnostic, never an exception that leaves a project without a class.</summary>
public class HostileDescriptionTests
{
    private static readonly string Folder = Path.Combine(
        typeof(HostileDescriptionTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!, "tests/Data/Hostile");

    // What is wrong with these is in their weights, which the generator never opens.
    private static readonly string[] GoodDescriptions = ["B-buffer-collision", "only-128", "only-sums-wrong"];

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "*.sqmodel").Select(path => Path.GetFileNameWithoutExtension(path)!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_description_is_one_error_or_compiles(string name)
    {
        var driving = new Driving("", ($"/src/{name}.sqmodel", File.ReadAllText(Path.Combine(Folder, name + ".sqmodel"))));
        if (GoodDescriptions.Contains(name))
        {
            driving.Diagnostics.ShouldBeEmpty();
            driving.Problems.ShouldBeEmpty();
            return;
        }

        driving.Result.Exception.ShouldBeNull();
        driving.Result.GeneratedSources.ShouldBeEmpty();
        Diagnostic diagnostic = driving.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe("SQ0001");
        diagnostic.Severity.ShouldBe(DiagnosticSeverity.Error);
        diagnostic.Location.GetLineSpan().Path.ShouldBe($"/src/{name}.sqmodel");
    }

    [Fact]
    public void There_are_some() => Names.Count.ShouldBeGreaterThan(9);
}
