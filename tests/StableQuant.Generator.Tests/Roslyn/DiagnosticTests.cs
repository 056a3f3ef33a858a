using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

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
    [InlineData("/src/two_words.sqmodel")]
    [InlineData("/src/tWOWords.sqmodel")]
    public void SQ0004_names_a_class_that_two_models_would_become(string second)
    {
        var driving = new Driving("", ("/src/two-words.sqmodel", Text), (second, Text), ("/src/other.sqmodel", Text));
        driving.Diagnostics.Select(d => d.ToString()[..(d.ToString().IndexOf(" would become", StringComparison.Ordinal))]).ShouldBe(
            ["/src/two-words.sqmodel(1,1): error SQ0004: 'two-words.sqmodel'", $"{second}(1,1): error SQ0004: '{Path.GetFileName(second)}'"], ignoreOrder: true);
        driving.Diagnostics[0].GetMessage(CultureInfo.InvariantCulture).ShouldContain("'TwoWords'");
        driving.Type("TwoWords").ShouldBeNull();
        driving.Type("Other").ShouldNotBeNull();
    }

    [Theory]
    [InlineData("StableQuantClass", "My Ears", "StableQuantClass")]
    [InlineData("StableQuantClass", "class", "StableQuantClass")]
    [InlineData("StableQuantClass", "X { } class Y", "StableQuantClass")]
    [InlineData("StableQuantClass", "Weights", "another name")]
    [InlineData("StableQuantNamespace", "A..B", "StableQuantNamespace")]
    [InlineData("StableQuantAccess", "private", "StableQuantAccess")]
    [InlineData("StableQuantAccess", "public static class X { } internal", "StableQuantAccess")]
    [InlineData("StableQuantNamespace", "A; class X { } namespace B", "StableQuantNamespace")]
    [InlineData("StableQuantClass", "weights", "another name")]
    [InlineData("StableQuantMaxSeconds", "0", "above 0, up to 3600")]
    [InlineData("StableQuantMaxSeconds", "3600.5", "above 0, up to 3600")]
    [InlineData("StableQuantMaxSeconds", "12,5", "StableQuantMaxSeconds is '12,5'")]
    [InlineData("StableQuantMaxSeconds", "30) { } static X(int a = 1", "StableQuantMaxSeconds")]
    [InlineData("StableQuantWeights", "beside", "embed, file or mount")]
    public void SQ0005_refuses_metadata_that_make_no_C_sharp(string key, string value, string says)
    {
        var driving = new Driving("", new Dictionary<string, string> { ["build_metadata.AdditionalFiles." + key] = value }, ("/src/tiny.sqmodel", Text));
        Diagnostic diagnostic = driving.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe("SQ0005");
        diagnostic.GetMessage(CultureInfo.InvariantCulture).ShouldStartWith("tiny.sqmodel: ");
        diagnostic.GetMessage(CultureInfo.InvariantCulture).ShouldContain(says);
        driving.Result.GeneratedSources.ShouldBeEmpty();
    }

    [Fact]
    public void SQ0006_tells_a_newer_format_from_an_error()
    {
        string newer = "sqmodel 3" + Text["sqmodel 1".Length..];
        Diagnostic diagnostic = new Driving("", ("/src/tiny.sqmodel", newer)).Diagnostics.ShouldHaveSingleItem();
        diagnostic.ToString().ShouldStartWith("/src/tiny.sqmodel(1,9): error SQ0006: tiny.sqmodel: Format version 3 is newer");
        diagnostic.ToString().ShouldContain("Update StableQuant.Compiler");
        new Driving("", ("/src/tiny.sqmodel", "sqmodel 0")).Diagnostics.ShouldHaveSingleItem().Id.ShouldBe("SQ0001");
    }

    [Theory]
    [InlineData("/src/b/tiny.sqmodel")]
    [InlineData("/src/b/tINY.sqmodel")]
    public void SQ0007_names_the_other_model_of_that_file_name(string second)
    {
        var driving = new Driving(Class("public sealed partial class Ears;"), ("/src/a/tiny.sqmodel", Text), (second, Text), ("/src/other.sqmodel", Text));
        driving.Diagnostics.Select(d => d.ToString().Split(", too")[0]).ShouldBe(
            [$"/src/a/tiny.sqmodel(1,1): error SQ0007: 'tiny.sqmodel' is the file name of '{second}'", $"{second}(1,1): error SQ0007: '{Path.GetFileName(second)}' is the file name of '/src/a/tiny.sqmodel'"],
            ignoreOrder: true);
        driving.Result.GeneratedSources.ShouldAllBe(source => source.HintName.StartsWith("Other."));
    }

    [Fact]
    public void SQ0008_stands_at_the_second_class_for_a_model()
    {
        var driving = new Driving(Class("public sealed partial class Ears;") + "\n" + Class("public sealed partial class More;"), ("/src/tiny.sqmodel", Text));
        Diagnostic diagnostic = driving.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe("SQ0008");
        diagnostic.GetMessage(CultureInfo.InvariantCulture).ShouldStartWith("'tiny.sqmodel' becomes the class 'Ears' already; remove the attribute from 'More'");
        diagnostic.Location.GetLineSpan().StartLinePosition.ShouldBe(new(3, "public sealed partial class ".Length));
        driving.Type("Ears").ShouldNotBeNull().BaseType!.Name.ShouldBe("SpeechModel");
    }

    [Fact]
    public void SQ0009_says_once_a_model_that_unsafe_code_is_not_allowed()
    {
        var driving = new Driving("", [], Compiling.Options.WithAllowUnsafe(false), Compiling.Parsing, ("/src/tiny.sqmodel", Text), ("/src/broken.sqmodel", "sqmodel 1"));
        driving.Diagnostics.Select(d => d.Id).ShouldBe(["SQ0009", "SQ0001"], ignoreOrder: true);
        driving.Diagnostics.Single(d => d.Id == "SQ0009").ToString().ShouldStartWith("/src/tiny.sqmodel(1,1): error SQ0009: The kernels of 'tiny.sqmodel' work on pointers");
        driving.Result.GeneratedSources.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(LanguageVersion.CSharp9, "9.0")]
    [InlineData(LanguageVersion.CSharp10, "10.0")]
    [InlineData(LanguageVersion.CSharp11, "11.0")]
    public void SQ0010_is_all_that_is_said_in_a_project_of_an_older_C_sharp(LanguageVersion language, string name)
    {
        Driving driving = Of(language);
        driving.Diagnostics.ShouldHaveSingleItem().ToString().ShouldStartWith(
            $"/src/tiny.sqmodel(1,1): error SQ0010: The code of 'tiny.sqmodel' needs C# 12.0 or later, the project is C# {name}; remove <LangVersion>");
        driving.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(LanguageVersion.CSharp12)]
    [InlineData(LanguageVersion.CSharp13)]
    [InlineData(LanguageVersion.Latest)]
    [InlineData(LanguageVersion.Preview)]
    public void From_CSharp_12_on_generated_code_compiles(LanguageVersion language)
    {
        Driving driving = Of(language);
        driving.Diagnostics.ShouldBeEmpty();
        driving.Problems.ShouldBeEmpty();
        driving.Type("Ears")!.BaseType!.Name.ShouldBe("SpeechModel");
    }

    private static Driving Of(LanguageVersion language) => new(
        "/// <summary>A model.</summary>\n" + Class("public sealed partial class Ears { }"), [], Compiling.Options, Compiling.Parsing.WithLanguageVersion(language), ("/src/tiny.sqmodel", Text));

    private static string Class(string declaration, string named = "tiny.sqmodel") => $"[StableQuant.StableQuantModel(\"{named}\")]\n{declaration}";
}
