using StableQuant.Graph;
using StableQuant.Graph.Text;

namespace StableQuant.Generator.Tests.Text;

/// <summary>What is written reads as the same model, and writes as the same bytes.</summary>
public class RoundTripTests
{
    public static TheoryData<string> Models => [nameof(TinyModel.Audio), nameof(TinyModel.Linear), nameof(TinyModel.Grouped), nameof(TinyModel.Kept), nameof(TinyModel.Dithered), nameof(TinyModel.Indexed), nameof(TinyModel.Gated), nameof(TinyModel.Subsampled), nameof(TinyModel.Squeezed), nameof(TinyModel.Classes), nameof(TinyModel.Embedding), nameof(TinyModel.LayerNorm), nameof(TinyModel.GroupNorm), nameof(TinyModel.Elementwise), nameof(TinyModel.Attention), nameof(TinyModel.BiasedAttention), nameof(TinyModel.RelativeAttention), nameof(TinyModel.RelativeKeyAttention), nameof(TinyModel.Float), nameof(TinyModel.Features), nameof(TinyModel.NemoFeatures), nameof(TinyModel.EveryKind)];

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_comes_back_equal_and_writes_the_same_bytes(string name)
    {
        var model = (ModelDescription)typeof(TinyModel).GetMethod(name)!.Invoke(null, null)!;
        string text = DescriptionWriter.Write(model);
        ModelDescription? read = DescriptionReader.Read(text, out DescriptionError? error);
        error.ShouldBeNull();
        read.ShouldBe(model);
        DescriptionWriter.Write(read!).ShouldBe(text);
    }

    [Fact]
    public void A_front_end_that_takes_samples_as_they_are_comes_back()
    {
        ModelDescription model = TinyModel.Audio() with { FrontEnd = new WaveformFrontEnd(16000, null) };
        string text = DescriptionWriter.Write(model);
        text.ShouldContain("\naudio rate=16000 normalize=none\n");
        DescriptionReader.Read(text, out _).ShouldBe(model);
    }

    [Theory]
    [InlineData(true, true, "classes of=frame probabilities=softmax \"a\" \"b\"")]
    [InlineData(true, false, "classes of=frame probabilities=sigmoid \"a\" \"b\"")]
    [InlineData(false, false, "classes of=utterance probabilities=sigmoid \"a\" \"b\"")]
    public void A_head_of_classes_has_a_line_of_its_own(bool perFrame, bool exclusive, string line)
    {
        string text = DescriptionWriter.Write(TinyModel.Audio() with { Head = new Classes(new(["a", "b"]), perFrame, exclusive) });
        text.ShouldContain("\n" + line + "\n");
        text.ShouldNotContain("vocabulary");
    }

    [Fact]
    public void Only_a_model_whose_weights_have_fewer_bits_that_is_dithered_or_reads_features_needs_the_second_format()
    {
        TinyModel.Text(TinyModel.Indexed()).ShouldStartWith("sqmodel 2\n");
        TinyModel.Text(TinyModel.Features()).ShouldStartWith("sqmodel 2\n");
        TinyModel.Text(TinyModel.Dithered()).ShouldStartWith("sqmodel 2\n");
        TinyModel.Text(TinyModel.Dithered()).ShouldContain("\nconv0.u8 = quantize conv0 type=u8 scale=0.03125 zero=128 outliers=keep dither=uniform percentile=99.9 ");
        TinyModel.Text(TinyModel.Kept()).ShouldStartWith("sqmodel 1\n");
        TinyModel.Text(TinyModel.Indexed()).ShouldContain(" bits=3 weights=");
        TinyModel.Text(TinyModel.Indexed()).ShouldContain("\nstored layer=\"conv1\" bits=4 divergence=0.000125\nstored layer=\"position\" bits=3\n");

        // Whoever wrote it by hand: what can be read is.
        DescriptionReader.Read(TinyModel.Text(TinyModel.Indexed()).Replace("sqmodel 2", "sqmodel 1", StringComparison.Ordinal), out _).ShouldBe(TinyModel.Indexed());
    }

    [Fact]
    public void Figures_stand_below_the_measurement_that_they_are_of()
    {
        ModelDescription bare = TinyModel.Audio();
        Measurement measured = bare.Receipt.Measurements[0];
        Measurement[] both =
        [
            measured with { Figures = new([new("wer", 0.0625, 0.125, -0.25, 0.5), new("differing", null, 0.25, 0.125, 0.375)]) },
            measured with { Role = "probe", Figures = new([new("rare-wer", 0, 1.5, 0, 2)]) },
        ];
        ModelDescription model = bare with { Receipt = bare.Receipt with { Measurements = new(both) } };
        string text = DescriptionWriter.Write(model);
        text.ShouldContain(" quantized-wer=0.125\nfigure name=\"wer\" float=0.0625 quantized=0.125 low=-0.25 high=0.5\nfigure name=\"differing\" quantized=0.25 low=0.125 high=0.375\nmeasured role=\"probe\" ");
        DescriptionReader.Read(text, out _).ShouldBe(model);

        void Fails(string from, string to, int line, string message)
        {
            DescriptionReader.Read(text.Replace(from, to, StringComparison.Ordinal), out DescriptionError? error).ShouldBeNull();
            error!.Message.ShouldContain(message);
            error.Line.ShouldBe(line);
        }

        int first = text[..text.IndexOf("\nfigure", StringComparison.Ordinal)].Count(c => c == '\n') + 2;
        Fails("low=0.125 high=0.375", "low=0.125 high=0.1", first + 1, "'high' must be a number from 0.125 to 1000");
        Fails("float=0 ", "float=-1 ", first + 3, "'float' must be a number from 0 to 1000");
        Fails("quantized=1.5", "quantized=NaN", first + 3, "'quantized' must be a number");
        Fails(" low=-0.25", "", first, "'low=' is missing");
        Fails("\nmeasured role=\"holdout\"", "\nfigure name=\"wer\" quantized=0 low=0 high=0\nmeasured role=\"holdout\"", first - 1, "belongs to the line 'measured' above it");
    }

    [Fact]
    public void Features_that_are_given_come_back()
    {
        ModelDescription model = TinyModel.Features() with { FrontEnd = new GivenFrontEnd(16000, 40) };
        string text = DescriptionWriter.Write(model);
        text.ShouldContain("\naudio rate=16000 features=given channels=40\n");
        DescriptionReader.Read(text, out _).ShouldBe(model);
        DescriptionReader.Read(text.Replace("channels=40", "channels=65537", StringComparison.Ordinal), out DescriptionError? error).ShouldBeNull();
        error!.Message.ShouldContain("'channels' must be an integer from 1 to 65536");
    }

    [Fact]
    public void Every_kind_of_operation_takes_part()
    {
        IEnumerable<Type> kinds = typeof(Operation).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Operation)) && !t.IsAbstract);
        ModelDescription[] models = [TinyModel.EveryKind(), TinyModel.BiasedAttention(), TinyModel.RelativeAttention(), TinyModel.RelativeKeyAttention(), TinyModel.Gated(), TinyModel.Squeezed(), TinyModel.Subsampled(), TinyModel.Classes(), TinyModel.Embedding()];
        models.SelectMany(m => m.Operations).Select(o => o.GetType()).Distinct().ShouldBe(kinds, ignoreOrder: true);
    }

    [Fact]
    public void Carriage_returns_blank_lines_and_a_byte_order_mark_change_nothing()
    {
        string text = TinyModel.Text(TinyModel.EveryKind());
        string messy = "\uFEFF" + text.Replace("\n", "\r\n\r\n  \r\n", StringComparison.Ordinal);
        DescriptionReader.Read(messy, out DescriptionError? error).ShouldBe(TinyModel.EveryKind());
        error.ShouldBeNull();
    }

    [Fact]
    public void The_text_has_plain_lines_and_no_trailing_blanks()
    {
        string text = TinyModel.Text(TinyModel.EveryKind());
        text.ShouldEndWith("\n");
        text.ShouldNotContain('\r');
        text.Split('\n').ShouldAllBe(line => line == line.TrimEnd());
    }
}
