using System.Globalization;
using StableQuant.Generator.Tests.Text;
using StableQuant.Graph;

namespace StableQuant.Generator.Tests.Emit;

/// <summary>Generated code compiles without a warning, whatever the class is called.</summary>
public class CompileTests
{
    [Theory]
    [MemberData(nameof(RoundTripTests.Models), MemberType = typeof(RoundTripTests))]
    public void Every_model_compiles_without_warnings(string name)
    {
        var model = (ModelDescription)typeof(TinyModel).GetMethod(name)!.Invoke(null, null)!;
        Compiling.Problems(ModelCompiler.Compile(TinyModel.Text(model), ClassTarget.For("tiny.sqmodel"), out _)).ShouldBeEmpty();
    }

    [Fact]
    public void Features_that_are_given_compile_whatever_the_layers_are_called()
    {
        string text = TinyModel.Text(TinyModel.Features() with { FrontEnd = new GivenFrontEnd(16000, 40) }).Replace("position", "front_end", StringComparison.Ordinal);
        Compiling.Problems(ModelCompiler.Compile(text, ClassTarget.For("tiny.sqmodel"), out _)).ShouldBeEmpty();
        Compiling.Problems(ModelCompiler.Compile(TinyModel.Text(TinyModel.Features()).Replace("position", "front_end", StringComparison.Ordinal), ClassTarget.For("tiny.sqmodel"), out _)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("weights.sqmodel", "WeightsModel")]
    [InlineData("frames.sqmodel", "FramesModel")]
    [InlineData("plan.sqmodel", "PlanModel")]
    [InlineData("network.sqmodel", "NetworkModel")]
    [InlineData("front-end.sqmodel", "FrontEndModel")]
    [InlineData("voice-commands 2.SQMODEL", "VoiceCommands2")]
    [InlineData("2nd.sqmodel", "_2nd")]
    [InlineData("日本.sqmodel", "_Model")]
    [InlineData("sq.sqmodel", "Sq")]
    public void Any_file_name_makes_a_class(string fileName, string expected)
    {
        ClassTarget target = ClassTarget.For(fileName);
        target.Name.ShouldBe(expected);
        Compiling.Problems(ModelCompiler.Compile(TinyModel.Text(TinyModel.EveryKind()), target, out _)).ShouldBeEmpty();
    }

    [Fact]
    public void The_same_description_gives_the_same_text()
    {
        string text = TinyModel.Text(TinyModel.EveryKind());
        ModelCompiler.Compile(text, ClassTarget.For("a.sqmodel"), out _).ShouldBe(ModelCompiler.Compile(text, ClassTarget.For("a.sqmodel"), out _));
    }

    [Fact]
    public void The_text_does_not_depend_on_the_culture()
    {
        string text = TinyModel.Text(TinyModel.Kept());
        IReadOnlyList<GeneratedFile> files = ModelCompiler.Compile(text, ClassTarget.For("a.sqmodel"), out _);
        CultureInfo before = CultureInfo.CurrentCulture;
        var odd = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        odd.NumberFormat.NumberDecimalSeparator = ",";
        odd.NumberFormat.NegativeSign = "~";
        odd.NumberFormat.NumberGroupSeparator = "'";
        try
        {
            CultureInfo.CurrentCulture = odd;
            ModelCompiler.Compile(text, ClassTarget.For("a.sqmodel"), out _).ShouldBe(files);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_full_size_model_is_some_dozen_files_that_an_editor_opens_at_once()
    {
        IReadOnlyList<GeneratedFile> files = ModelCompiler.Compile(TinyModel.Text(TinyModel.FullSize()), ClassTarget.For("base.sqmodel"), out _);
        files.Count.ShouldBeInRange(12, 24);
        files.Select(file => file.Name).ShouldContain("Base.Layers.Block11.g.cs");
        files.ShouldAllBe(file => file.Text.Length < 128 * 1024);
    }
}
