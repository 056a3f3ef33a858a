using System.Globalization;
using Microsoft.CodeAnalysis;

namespace StableQuant.Generator.Tests.Roslyn;

/// <summary>What goes wrong is said by an id, at a place, with the mend.</summary>
public class DiagnosticTests
{
    private static readonly string Text = TinyModel.Text(TinyModel.EveryKind());

    [Fact]
    public void SQ0001_stands_in_the_description()
    {
        string broken = Text.Replace("type=s8", "type=s9", StringComparison.Ordinal);
        var driving = new Driving("", ("/src/tiny.sqmodel", broken));
        Diagnostic diagnostic = driving.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe("SQ0001");
        (int line, int column) = Generator.Tests.Text.Places.Of(broken, broken.IndexOf("type=s9", StringComparison.Ordinal));
        FileLinePositionSpan span = diagnostic.Location.GetLineSpan();
        span.Path.ShouldBe("/src/tiny.sqmodel");
        (span.StartLinePosition.Line + 1, span.StartLinePosition.Character + 1).ShouldBe((line, column));
        (span.EndLinePosition.Line + 1, span.EndLinePosition.Character + 1).ShouldBe((line, column + 7));
        diagnostic.GetMessage(CultureInfo.InvariantCulture).ShouldBe("tiny.sqmodel: 'type' must be u8 or s8.");
        diagnostic.ToString().ShouldStartWith($"/src/tiny.sqmodel({line},{column}): error SQ0001");
        driving.Result.GeneratedSources.ShouldBeEmpty();
    }

    [Fact]
    public void SQ0001_of_an_empty_file_stands_at_its_start() =>
        new Driving("", ("/src/tiny.sqmodel", "")).Diagnostics.ShouldHaveSingleItem().ToString().ShouldStartWith("/src/tiny.sqmodel(1,1): error SQ0001");

    [Fact]
    public void SQ0002_names_the_file_that_is_missing()
    {
        var driving = new Driving(Class("public sealed partial class Ears;", "huge.sqmodel"), ("/src/tiny.sqmodel", Text));
        Diagnostic diagnostic = driving.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe("SQ0002");
        diagnostic.GetMessage(CultureInfo.InvariantCulture).ShouldContain("<AdditionalFiles Include=\"…/huge.sqmodel\" />");
        diagnostic.Location.GetLineSpan().Path.ShouldBe("Project.cs");
        diagnostic.Location.GetLineSpan().StartLinePosition.ShouldBe(new(1, "public sealed partial class ".Length));
    }

    [Theory]
    [InlineData("public sealed class Ears;")]
    [InlineData("public static partial class Ears;")]
    [InlineData("public sealed partial class Ears<T>;")]
    [InlineData("public sealed partial class Ears : System.Exception;")]
    [InlineData("public partial class Outer { [StableQuant.StableQuantModel(\"tiny.sqmodel\")] public sealed partial class Ears; }", true)]
    public void SQ0003_stands_at_a_class_that_cannot_be_a_model(string declaration, bool nested = false)
    {
        var driving = new Driving(nested ? declaration : Class(declaration), ("/src/tiny.sqmodel", Text));
        Diagnostic diagnostic = driving.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe("SQ0003");
        diagnostic.GetMessage(CultureInfo.InvariantCulture).ShouldContain("'Ears' must be a partial");
        diagnostic.Location.SourceTree.ShouldBeNull();
        diagnostic.Location.GetLineSpan().Path.ShouldBe("Project.cs");
        driving.Result.GeneratedSources.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/src/b/tiny.sqmodel")]
    [InlineData("/src/b/tINY.sqmodel")]
    public void SQ0004_names_a_class_that_two_models_would_become(string second)
    {
        var driving = new Driving("", ("/src/a/tiny.sqmodel", Text), (second, Text), ("/src/other.sqmodel", Text));
        Diagnostic diagnostic = driving.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe("SQ0004");
        diagnostic.GetMessage(CultureInfo.InvariantCulture).ShouldContain("'Tiny'");
        driving.Type("Tiny").ShouldBeNull();
        driving.Type("Other").ShouldNotBeNull();
    }

    [Theory]
    [InlineData("StableQuantClass", "My Ears", "StableQuantClass")]
    [InlineData("StableQuantClass", "class", "StableQuantClass")]
    [InlineData("StableQuantClass", "X { } class Y", "StableQuantClass")]
    [InlineData("StableQuantClass", "Weights", "another name")]
    [InlineData("StableQuantNamespace", "A..B", "StableQuantNamespace")]
    [InlineData("StableQuantAccess", "private", "StableQuantAccess")]
    public void SQ0005_refuses_a_name_that_is_no_C_sharp(string key, string value, string says)
    {
        var driving = new Driving("", new Dictionary<string, string> { ["build_metadata.AdditionalFiles." + key] = value }, ("/src/tiny.sqmodel", Text));
        Diagnostic diagnostic = driving.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe("SQ0005");
        diagnostic.GetMessage(CultureInfo.InvariantCulture).ShouldStartWith("tiny.sqmodel: ");
        diagnostic.GetMessage(CultureInfo.InvariantCulture).ShouldContain(says);
        driving.Result.GeneratedSources.ShouldBeEmpty();
    }

    private static string Class(string declaration, string named = "tiny.sqmodel") => $"[StableQuant.StableQuantModel(\"{named}\")]\n{declaration}";
}
