using Microsoft.CodeAnalysis;

namespace StableQuant.Generator.Tests.Roslyn;

/// <summary>From AdditionalFiles and attributes to classes.</summary>
public class GeneratorTests
{
    private static readonly string Text = TinyModel.Text(TinyModel.EveryKind());

    [Theory]
    [InlineData("tiny.sqmodel", "/src/Models/tiny.sqmodel")]
    [InlineData("Models/tiny.sqmodel", "/src/Models/tiny.sqmodel")]
    [InlineData("Models\\\\TINY.sqmodel", "C:\\\\src\\\\Models\\\\tiny.sqmodel")]
    public void A_partial_class_with_the_attribute_becomes_the_model(string named, string path)
    {
        var driving = new Driving(
            $$"""
            namespace App.Speech;

            /// <summary>A model.</summary>
            [StableQuant.StableQuantModel("{{named}}")]
            internal sealed partial class Recogniser;
            """,
            (path.Replace("\\\\", "\\", StringComparison.Ordinal), Text));
        driving.Diagnostics.ShouldBeEmpty();
        driving.Problems.ShouldBeEmpty();
        INamedTypeSymbol type = driving.Type("App.Speech.Recogniser").ShouldNotBeNull();
        type.BaseType!.Name.ShouldBe("SpeechModel");
        type.DeclaredAccessibility.ShouldBe(Accessibility.Internal);
        driving.Result.GeneratedSources.Select(s => s.HintName).ShouldBe(
            new[]
            {
                "", ".Memory", ".Weights", ".Network", ".Layers.FeatureExtractor", ".Layers.Encoder", ".Layers.Head",
                ".Kernels.Audio", ".Kernels.Convolution", ".Kernels.Norm", ".Kernels.Elementwise", ".Kernels.Attention", ".Kernels.Linear",
            }.Select(part => $"App.Speech.Recogniser{part}.g.cs"));
        driving.Result.GeneratedSources[0].SourceText.ToString().ShouldContain("\"tiny.sqweights\"");
    }

    [Fact]
    public void Without_a_class_one_is_made_in_the_root_namespace()
    {
        var driving = new Driving("", new Dictionary<string, string> { ["build_property.RootNamespace"] = "App" }, ("/src/voice-commands.sqmodel", Text));
        driving.Problems.ShouldBeEmpty();
        INamedTypeSymbol type = driving.Type("App.VoiceCommands").ShouldNotBeNull();
        type.DeclaredAccessibility.ShouldBe(Accessibility.Public);
        type.InstanceConstructors.Single().Parameters.Single(p => p.Name == "maxSeconds").ExplicitDefaultValue.ShouldBe(30.0);
    }

    [Theory]
    [InlineData("my-app", "my_app.Tiny")]
    [InlineData("3d.event", "_3d.event.Tiny")]
    [InlineData("", "Tiny")]
    public void A_root_namespace_that_is_no_identifier_is_made_one(string root, string expected)
    {
        var driving = new Driving("", new Dictionary<string, string> { ["build_property.RootNamespace"] = root }, ("/src/tiny.sqmodel", Text));
        driving.Problems.ShouldBeEmpty();
        driving.Type(expected).ShouldNotBeNull();
    }

    [Fact]
    public void Metadata_shape_the_default_class()
    {
        var driving = new Driving(
            "",
            new Dictionary<string, string>
            {
                ["build_property.RootNamespace"] = "App",
                ["build_metadata.AdditionalFiles.StableQuantNamespace"] = "Other.Space",
                ["build_metadata.AdditionalFiles.StableQuantClass"] = "Ears",
                ["build_metadata.AdditionalFiles.StableQuantAccess"] = "internal",
                ["build_metadata.AdditionalFiles.StableQuantMaxSeconds"] = "12.5",
                ["build_metadata.AdditionalFiles.StableQuantWeights"] = "file",
            },
            ("/src/tiny.sqmodel", Text));
        driving.Problems.ShouldBeEmpty();
        INamedTypeSymbol type = driving.Type("Other.Space.Ears").ShouldNotBeNull();
        type.DeclaredAccessibility.ShouldBe(Accessibility.Internal);
        type.InstanceConstructors.Single().Parameters.Single(p => p.Name == "maxSeconds").ExplicitDefaultValue.ShouldBe(12.5);
        driving.Result.GeneratedSources[0].SourceText.ToString().ShouldContain("__SQ::Weights.WeightsBlob.FromFile(\"tiny.sqweights\"");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[System.Diagnostics.CodeAnalysis.ExcludeFromCodeCoverage]")]
    [InlineData("[System.CodeDom.Compiler.GeneratedCode(\"mine\", \"1\")] [System.Diagnostics.CodeAnalysis.ExcludeFromCodeCoverage(Justification = \"mine\")]")]
    public void The_class_is_marked_as_generated_and_left_out_of_coverage_once(string attributes)
    {
        var driving = new Driving(
            $"""
            /// <summary>A model.</summary>
            [StableQuant.StableQuantModel("tiny.sqmodel")] {attributes}
            public sealed partial class Ears;
            """,
            ("/src/tiny.sqmodel", Text), ("/src/other.sqmodel", Text));
        driving.Problems.ShouldBeEmpty();
        foreach (string type in new[] { "Ears", "Other" })
        {
            string?[] marks = [.. driving.Type(type)!.GetAttributes().Select(attribute => attribute.AttributeClass!.Name)];
            marks.Count(mark => mark == "GeneratedCodeAttribute").ShouldBe(1);
            marks.Count(mark => mark == "ExcludeFromCodeCoverageAttribute").ShouldBe(1);
        }
    }

    [Fact]
    public void Other_additional_files_are_left_alone()
    {
        var driving = new Driving("", ("/src/readme.md", "sqmodel 1"));
        driving.Result.GeneratedSources.ShouldBeEmpty();
        driving.Diagnostics.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/src/a\"); } } class Evil { //.sqmodel")]
    [InlineData("/src/a\n*/ class Evil { } //.sqmodel")]
    [InlineData("/src/{0}{Evil}\u2028.sqmodel")]
    public void No_file_name_gets_out_of_its_literal(string path)
    {
        var driving = new Driving("", ("/src/tiny.sqmodel", Text), (path, Text));
        driving.Diagnostics.ShouldBeEmpty();
        driving.Problems.ShouldBeEmpty();
        driving.Type("Evil").ShouldBeNull();
        driving.Result.GeneratedSources.Length.ShouldBe(2 * ModelCompiler.Compile(Text, ClassTarget.For("tiny.sqmodel"), out _).Count);
    }

    [Fact]
    public void A_class_may_bear_a_keyword_s_name()
    {
        var driving = new Driving(
            """
            namespace @event;

            /// <summary>A model.</summary>
            [StableQuant.StableQuantModel("tiny.sqmodel")]
            public sealed partial class @class;
            """,
            ("/src/tiny.sqmodel", Text));
        driving.Diagnostics.ShouldBeEmpty();
        driving.Problems.ShouldBeEmpty();
    }
}
