using StableQuant.Graph;
using StableQuant.Graph.Text;

namespace StableQuant.Generator.Tests.Text;

/// <summary>Every class of error names its line and column.</summary>
public class DescriptionErrorTests
{
    private const string Hash = "5555555555555555555555555555555555555555555555555555555555555555";

    // What to change in the description of every kind, to what, where the error then stands, and what it says.
    [Theory]
    [InlineData("sqmodel 1", "sqmodel 3", "3", "version 3 is newer|Update")]
    [InlineData("sqmodel 1", "sqmodel 01", "01", "version 01 is not known")]
    [InlineData("sqmodel 1", "sqmodel 0", "0", "version 0 is not known")]
    [InlineData("sqmodel 1", "sqmodels 1", "sqmodels", "not a quantized graph description")]
    [InlineData("sqmodel 1", "sqmodel 1 2", "2", "not known here")]
    [InlineData("model \"tiny\"\n", "model \"tiny\"\nmodel \"tiny\"\n", "model \"tiny\"\nw", "second line 'model'")]
    [InlineData("model \"tiny\"", "model \"tiny", "\"tiny", "not closed")]
    [InlineData("model \"tiny\"", "model \"ti\\ny\"", "\\ny", "Unknown escape")]
    [InlineData("model \"tiny\"", "model \"ti\\u12g4ny\"", "\\u12g4", "Unknown escape")]
    [InlineData("model \"tiny\"", "model \"tiny\"x", "x", "put a space")]
    [InlineData("rate=16000", "rate=8000", "rate", "integer from 16000")]
    [InlineData("rate=16000", "rate=\"16000\"", "rate", "must be an integer")]
    [InlineData("rate=16000", "rates=16000", "", "'rate=' is missing")]
    [InlineData("epsilon=1.00000001E-07", "epsilon=0", "epsilon", "must be a number")]
    [InlineData("epsilon=1.00000001E-07", "epsilon=NaN", "epsilon", "must be a number")]
    [InlineData("epsilon=1.00000001E-07", "epsilon=1e-7 epsilon=2", "epsilon=2", "stands twice")]
    [InlineData("epsilon=1.00000001E-07", "", "", "'epsilon=' is missing")]
    [InlineData("epsilon=1.00000001E-07", "normalize=all", "normalize", "must be none")]
    [InlineData("epsilon=1.00000001E-07", "epsilon=1e-7 normalize=none", "epsilon", "not known here")]
    [InlineData("sha256=5", "sha256=A", "sha256", "64 lower-case hexadecimal")]
    [InlineData("sha256=" + Hash, "sha256=\"" + Hash + "\\u000a\"", "sha256", "64 lower-case hexadecimal")]
    [InlineData("manifest=a", "manifest=A", "manifest", "64 lower-case hexadecimal")]
    [InlineData("blank=0", "blank=5", "blank", "integer from 0 to 4")]
    [InlineData("space=1", "space=-2", "space", "integer from -1 to 4")]
    [InlineData("vocabulary blank", "vocabularies blank", "vocabularies", "come before the first operation")]
    [InlineData("conv0.norm = group-norm", "conv0.norm = batch-norm", "batch-norm", "no kind of operation")]
    [InlineData("conv0.norm = group-norm", "conv0 = group-norm", "conv0 = g", "already")]
    [InlineData("conv0.norm = group-norm", "audio = group-norm", "audio", "neither 'audio'")]
    [InlineData("conv0.norm = group-norm", "0norm = group-norm", "0norm", "starts with a letter")]
    [InlineData("conv0.norm = group-norm", "\"norm\\u000a\" = group-norm", "\"norm", "A name is letters")]
    [InlineData("conv0.norm = group-norm", "conv0.norm group-norm", "group-norm", "'=' is missing")]
    [InlineData("group-norm conv0 channels", "group-norm conv9 channels", "conv9", "not the name of an earlier")]
    [InlineData("group-norm conv0 channels", "group-norm audio channels", "audio channels", "reads float values")]
    [InlineData("group-norm conv0 channels=16", "group-norm conv0 channels=32", "channels", "says 32, but the input has 16")]
    [InlineData("group-norm conv0 channels=16", "group-norm conv0 channels=16 colour=red", "colour", "not known here")]
    [InlineData("gain=384", "gain=257", "gain", "multiple of 64")]
    [InlineData("gain=384", "gain=1000000", "gain", "within the")]
    [InlineData("gain=384", "gain=-64", "gain", "must be an integer")]
    [InlineData("gain=384", "gain=9223372036854775744", "gain", "within the")]
    [InlineData("gain=384", "gain=99999999999999999999", "gain", "must be an integer")]
    [InlineData("bits=8 weights=0", "bits=5 weights=0", "bits", "'bits' must be 3, 4, 8 or 32")]
    [InlineData("bits=8 weights=0", "bits=\"8\" weights=0", "bits", "'bits' must be 3, 4, 8 or 32")]
    [InlineData("bits=8 weights=0", "bits=4 weights=0", "", "'levels=' is missing")]
    [InlineData("bits=8 weights=0", "bits=32 weights=0", "sums", "not known here")]
    [InlineData("kernel=10 stride=5 pad-left=0", "kernel=10 stride=5 pad-left=1", "pad-left", "no padding")]
    [InlineData("kernel=10 stride=5", "kernel=10 stride=0", "stride", "integer from 1")]
    [InlineData("kernel=10 stride=5", "kernel=200 stride=5", "kernel", "could leave int32")]
    [InlineData("pad-left=2 pad-right=1", "pad-left=4 pad-right=0", "pad-left", "less than 'kernel'")]
    [InlineData("groups=4", "groups=3", "groups", "must divide")]
    [InlineData("groups=4", "groups=17", "groups", "integer from 1 to 16")]
    [InlineData("type=u8", "type=u4", "type", "must be u8 or s8")]
    [InlineData("zero=128", "zero=256", "zero", "integer from 0 to 255")]
    [InlineData("type=s8 scale=0.03125 zero=0", "type=s8 scale=0.03125 zero=1", "zero", "integer from 0 to 0")]
    [InlineData("scale=0.03125", "scale=-0.03125", "scale", "must be a number")]
    [InlineData("scale=0.03125", "scale=1e31", "scale", "must be a number")]
    [InlineData("percentile=99.9", "percentile=100.1", "percentile", "must be a number")]
    [InlineData("attention norm.u8 norm.s8 norm.s8", "attention norm.u8 norm.u8 norm.s8", "norm.u8 norm.s8", "'quantize' of type s8")]
    [InlineData("attention norm.u8 norm.s8 norm.s8", "attention norm.u8 norm.s8", "heads", "An input is missing here|heads")]
    [InlineData("heads=4 head-size=4", "heads=2 head-size=4", "heads", "must be the channels")]
    [InlineData("add conv0.gelu position", "add conv0.gelu.u8 position", "conv0.gelu.u8 position", "reads float values")]
    [InlineData("attention.u8 in=16 out=5", "attention.u8 in=16 out=6", "", "must make 5 logits|must be a multiple")]
    [InlineData("linear attention.u8", "linear attention", "attention in", "A product of bits=8 reads quantized")]
    [InlineData("attention norm.u8 norm.s8 norm.s8", "attention norm.u8 norm norm.s8", "norm norm.s8", "An attention whose query is quantized reads quantized")]
    [InlineData("attention norm.u8 norm.s8 norm.s8", "attention norm.u8 norm.s8 audio", "audio", "An attention whose query is quantized reads quantized")]
    [InlineData("attention norm.u8 norm.s8 norm.s8", "attention norm norm.s8 norm.s8", "norm.s8 norm.s8", "An attention whose query is float32 reads float")]
    [InlineData("attention norm.u8 norm.s8 norm.s8", "attention norm.s8 norm.s8 norm.s8", "norm.s8 norm.s8 norm.s8", "'quantize' of type u8")]
    public void An_error_stands_where_it_is(string old, string replacement, string at, string says) =>
        Refused(TinyModel.EveryKind(), old, replacement, at, says);

    // The same of dither: only of what products read, and no attention makes.
    [Theory]
    [InlineData("position.u8 = quantize position type=u8", "dither=none", "dither", "'dither' must be uniform")]
    [InlineData("position.u8 = quantize position type=u8", "dither=\"uniform\"", "dither", "'dither' must be uniform")]
    [InlineData("position.u8 = quantize position type=u8", "dither=yes", "dither", "'dither' must be uniform")]
    [InlineData("position.u8 = quantize position type=u8", "dither=", "dither", "'dither' must be uniform")]
    [InlineData("position.u8 = quantize position type=u8", "dither=uniform dither=uniform", "dither=uniform percentile", "stands twice")]
    [InlineData("position.u8 = quantize position type=u8", "Dither=uniform", "Dither", "not known here")]
    public void An_error_in_dither_stands_where_it_is(string line, string attribute, string at, string says)
    {
        string text = TinyModel.Text(TinyModel.Dithered());
        int start = text.IndexOf(line, StringComparison.Ordinal);
        string old = text[start..text.IndexOf(" percentile", start, StringComparison.Ordinal)];
        Refused(TinyModel.Dithered(), old, old.Replace("dither=uniform", attribute, StringComparison.Ordinal), at, says);
    }

    [Theory]
    [InlineData("norm.s8 = quantize norm type=s8 scale=0.03125 zero=0 outliers=clip", "dither", "'dither' is for values of type u8 that no attention makes")]
    [InlineData("attention.u8 = quantize attention type=u8 scale=0.03125 zero=128 outliers=clip", "dither", "'dither' is for values of type u8 that no attention makes")]
    [InlineData("norm.u8 = quantize norm type=u8 scale=0.03125 zero=128 outliers=clip", "norm.u8 norm.s8 norm.s8", "An attention reads values without dither")]
    public void A_value_that_cannot_be_dithered_is_refused(string line, string at, string says) => Refused(TinyModel.EveryKind(), line, line + " dither=uniform", at, says);

    // The same in the description with float32 layers.
    [Theory]
    [InlineData("key = linear position.add in", "key = linear position.add.u8 in", "position.add.u8", "A product of bits=32 reads float")]
    [InlineData("key = linear position.add in", "key = linear audio in", "audio", "A product of bits=32 reads float")]
    [InlineData("position = convolution conv0 in=16", "position = convolution conv1 in=16", "conv1", "not the name of an earlier")]
    [InlineData("out=16 bits=32 weights=5504", "out=16 bits=8 weights=5504", "", "'sums=' is missing")]
    [InlineData("query = linear position.add.u8 in=16 out=16 bits=8", "query = linear position.add.u8 in=16 out=16 bits=32", "sums", "not known here")]
    [InlineData("bits=32 weights=0", "bits=8 weights=0", "", "'sums=' is missing")]
    [InlineData("bits=32 weights=0", "bits=32 sums=0 weights=0", "sums", "not known here")]
    [InlineData("bits=32 weights=0", "bits=32 limits=0 weights=0", "limits", "not known here")]
    [InlineData("bits=32 weights=0", "weights=0", "", "'bits=' is missing")]
    [InlineData("bits=32 weights=0", "bits=32 weights=32", "weights", "multiple of 64")]
    [InlineData("out=16 bits=32 weights=5504", "out=16 bits=32 weights=1000000", "weights", "its 1024 bytes must lie within")]
    [InlineData("attention query key position.add", "attention query position.add.u8 position.add", "position.add.u8", "An attention whose query is float32 reads float")]
    [InlineData("attention query key position.add", "attention query key audio", "audio", "An attention whose query is float32 reads float")]
    [InlineData("attention query key position.add", "attention audio key position.add", "audio", "An attention whose query is float32 reads float")]
    [InlineData("attention query key position.add", "attention position.add.u8 key position.add", "key position.add", "An attention whose query is quantized reads quantized")]
    [InlineData("attention query key position.add", "attention queries key position.add", "queries", "not the name of an earlier")]
    [InlineData("heads=2 head-size=8", "heads=2 head-size=7", "heads", "must be the channels")]
    public void An_error_in_a_float_layer_stands_where_it_is(string old, string replacement, string at, string says) =>
        Refused(TinyModel.Float(), old, replacement, at, says);

    // The same in the description of an attention with biases for distances.
    [Theory]
    [InlineData("block0.gate heads=2", "conv0 heads=2", "heads", "must have two channels a head; 'conv0' has 16")]
    [InlineData("block0.gate heads=2", "block0.query.u8 heads=2", "block0.query.u8 heads", "The gate of a biased attention reads float")]
    [InlineData("block0.gate heads=2", "audio heads=2", "audio", "The gate of a biased attention reads float")]
    [InlineData("block0.gate heads=2", "heads=2", "heads", "An input is missing here")]
    [InlineData("block0.gate heads=2", "block0.gate conv0 heads=2", "conv0 heads", "not known here")]
    [InlineData("block0.value.s8 block0.gate", "block0.query.u8 block0.gate", "block0.query.u8 block0.gate", "'quantize' of type s8")]
    [InlineData("behind=3", "behind=-1", "behind", "integer from 0 to 65536")]
    [InlineData("ahead=5", "ahead=65537", "ahead", "integer from 0 to 65536")]
    [InlineData("ahead=5", "ahead=2147483647", "ahead", "integer from 0 to 65536")]
    [InlineData("ahead=5", "ahead=65536", "biases", "must lie within")]
    [InlineData("ahead=5", "", "", "'ahead=' is missing")]
    [InlineData(" biases=", " biases=1", "biases", "multiple of 64")]
    [InlineData(" gains=", " gains=9", "gains", "multiple of 64")]
    public void An_error_in_biases_stands_where_it_is(string old, string replacement, string at, string says) =>
        Refused(TinyModel.BiasedAttention(), old, replacement, at, says);

    // The same in the description of an attention with products of queries and positions.
    [Theory]
    [InlineData("block0.position.s8 block0.position.bias heads", "block0.key.s8 block0.position.bias heads", "block0.key.s8 block0.position.bias heads", "sinusoids in both directions")]
    [InlineData(" directions=both", "", "block0.position.s8 block0.position.bias heads", "sinusoids in both directions, of as many frames as the queries have")]
    [InlineData("directions=both", "directions=2", "directions", "both")]
    [InlineData("block0.position.s8 block0.position.bias heads", "block0.position.s8 conv0 heads", "heads", "their bias one a head; 'block0.position.s8' has 16 and 'conv0' 16")]
    [InlineData("block0.position.s8 block0.position.bias heads", "block0.position block0.position.bias heads", "block0.position block0", "'quantize' of type s8")]
    [InlineData("block0.position.s8 block0.position.bias heads", "block0.position.s8 block0.key.s8 heads", "block0.key.s8 heads", "The bias of a relative attention reads float")]
    [InlineData("block0.position.s8 block0.position.bias heads", "block0.position.s8 heads", "heads", "An input is missing here")]
    [InlineData("sinusoids conv0 channels=6", "sinusoids conv0 channels=7", "channels", "must be even")]
    [InlineData("sinusoids conv0 channels=6", "sinusoids conv0 channels=0", "channels", "integer from 2")]
    [InlineData("sinusoids conv0 channels=6", "sinusoids audio channels=6", "audio", "reads float values")]
    [InlineData("sinusoids conv0 channels=6", "sinusoids conv0.u8 channels=6", "conv0.u8", "reads float values")]
    [InlineData("rotations=", "rotations=1", "rotations", "multiple of 64")]
    public void An_error_in_positions_stands_where_it_is(string old, string replacement, string at, string says) =>
        Refused(TinyModel.RelativeAttention(), old, replacement, at, says);

    // The same in the description of convolutions over time and bands.
    [Theory]
    [InlineData("bands=16 in=1", "bands=15 in=1", "bands", "say 15 bands of 1 channels, but the input has 1 rows of 16 channels a frame")]
    [InlineData("bands=8 in=20", "bands=4 in=20", "bands", "say 4 bands of 20 channels, but the input has 8 rows of 20 channels a frame")]
    [InlineData("subsample0.relu bands=8 in=20", "conv0 bands=16 in=20", "bands", "1 rows of 16 channels")]
    [InlineData("bands=8 in=20 out=20", "bands=8 in=2 out=20", "in", "'in' must be 1, or as many as 'out'")]
    [InlineData("bands=16 in=1 out=20", "bands=16 in=1 out=1", "out", "integer from 2")]
    [InlineData("kernel=3 stride=2 padding=1 bits=8", "kernel=0 stride=2 padding=1 bits=8", "kernel", "integer from 1 to 64")]
    [InlineData("kernel=3 stride=2 padding=1 bits=8", "kernel=65 stride=2 padding=1 bits=8", "kernel", "integer from 1 to 64")]
    [InlineData("kernel=3 stride=2 padding=1 bits=8", "kernel=20 stride=2 padding=1 bits=8", "kernel", "spans more than the 16 bands")]
    [InlineData("kernel=3 stride=2 padding=1 bits=8", "kernel=3 stride=0 padding=1 bits=8", "stride", "integer from 1 to 64")]
    [InlineData("kernel=3 stride=2 padding=1 bits=8", "kernel=3 stride=2 padding=3 bits=8", "padding", "integer from 0 to 2")]
    [InlineData("kernel=3 stride=2 padding=1 bits=8", "kernel=64 stride=2 padding=63 bits=8", "weights", "must lie within")]
    [InlineData("convolution-2d conv0.u8 bands", "convolution-2d conv0 bands", "conv0 bands", "reads quantized values")]
    [InlineData("convolution-2d conv0.u8 bands", "convolution-2d audio bands", "audio", "reads quantized values")]
    [InlineData("in=20 out=16 kernel=3 stride=3", "in=20 out=16 kernel=1 stride=1", "", "the bands of a frame are still rows by themselves")]
    public void An_error_in_a_convolution_over_bands_stands_where_it_is(string old, string replacement, string at, string says) =>
        Refused(TinyModel.Subsampled(), old, replacement, at, says);

    // The same in the description of turned values, and of an attention whose queries have scores for distances.
    [Theory]
    [InlineData("block0.position heads=2", "conv0 heads=2", "behind", "heads × (behind + 1 + ahead) must be the channels of 'conv0', which has 16")]
    [InlineData("block0.position heads=2", "block0.query.u8 heads=2", "block0.query.u8 heads", "The distances of a relative-key attention reads float")]
    [InlineData("block0.position heads=2", "audio heads=2", "audio", "The distances of a relative-key attention reads float")]
    [InlineData("block0.position heads=2", "heads=2", "heads", "An input is missing here")]
    [InlineData("behind=3", "behind=4", "behind", "must be the channels of 'block0.position', which has 18")]
    [InlineData("behind=3", "behind=-1", "behind", "integer from 0 to 65536")]
    [InlineData("ahead=5", "ahead=2147483647", "ahead", "integer from 0 to 65536")]
    [InlineData("ahead=5", "", "", "'ahead=' is missing")]
    [InlineData("rounding=bfloat16", "rounding=float16", "rounding", "bfloat16")]
    [InlineData("rotary conv0 sinusoids heads=2", "rotary conv0 sinusoids heads=0", "heads", "integer from 1")]
    [InlineData("rotary conv0 sinusoids heads=2", "rotary conv0 sinusoids heads=65536", "heads", "Each of the 65536 heads must have the channels of 'sinusoids'")]
    [InlineData("rotary conv0 sinusoids heads=2", "rotary conv0 sinusoids heads=4", "heads", "Each of the 4 heads must have the channels of 'sinusoids'")]
    [InlineData("rotary conv0 sinusoids heads=2", "rotary conv0 heads=2", "heads", "An input is missing here")]
    [InlineData("rotary conv0 sinusoids heads=2", "rotary audio sinusoids heads=2", "audio", "reads float values")]
    public void An_error_in_relative_keys_and_rotary_positions_stands_where_it_is(string old, string replacement, string at, string says) =>
        Refused(TinyModel.RelativeKeyAttention(), old, replacement, at, says);

    // The same of limits, which descriptions had before 0.2: a number that is of no use any more.
    [Theory]
    [InlineData("limits=", "limits", "must be an integer")]
    [InlineData("limits=5120 limits=5120", "limits=5120 source", "stands twice")]
    public void An_error_in_limits_stands_where_it_is(string written, string at, string says) =>
        Refused(TinyModel.Kept(), " source=\"/feed/MatMul\"", $" {written} source=\"/feed/MatMul\"", at, says);

    [Fact]
    public void Limits_that_descriptions_had_before_are_read_and_of_no_use()
    {
        string text = DescriptionWriter.Write(TinyModel.Kept());
        string with = text.Replace(" source=\"/feed/MatMul\"", " limits=5120 source=\"/feed/MatMul\"", StringComparison.Ordinal);
        with.ShouldNotBe(text);
        DescriptionWriter.Write(DescriptionReader.Read(with, out _)!).ShouldBe(text);
    }

    // The same in the description of a model that reads features.
    [Theory]
    [InlineData("features=kaldi", "features=mfcc", "features", "must be nemo, kaldi or given")]
    [InlineData("features=kaldi", "features=\"kaldi\"", "features", "must be nemo, kaldi or given")]
    [InlineData("features=kaldi", "", "window", "not known here")]
    [InlineData("features=kaldi", "features=kaldi normalize=none", "normalize", "not known here")]
    [InlineData("features=kaldi", "features=given", "", "'channels=' is missing")]
    [InlineData("features=kaldi", "features=given channels=0", "window", "not known here")]
    [InlineData("rate=16000", "rate=48000", "rate", "integer from 16000")]
    [InlineData("window=400", "window=513", "window", "integer from 2 to 512")]
    [InlineData("window=400", "window=1", "window", "integer from 2 to 512")]
    [InlineData("window=400", "", "", "'window=' is missing")]
    [InlineData("hop=160", "hop=0", "hop", "integer from 1 to 400")]
    [InlineData("hop=160", "hop=401", "hop", "integer from 1 to 400")]
    [InlineData("hop=160", "hop=4294967456", "hop", "must be an integer")]
    [InlineData("fft=512", "fft=500", "fft", "must be a power of two")]
    [InlineData("fft=512", "fft=8192", "fft", "integer from 16 to 4096")]
    [InlineData("fft=512", "fft=8", "fft", "integer from 16 to 4096")]
    [InlineData("fft=512", "fft=256", "window", "integer from 2 to 256")]
    [InlineData("preemphasis=0.970000029", "preemphasis=1.5", "preemphasis", "number from 0 to 1")]
    [InlineData("preemphasis=0.970000029", "preemphasis=NaN", "preemphasis", "number from 0 to 1")]
    [InlineData("bands=20", "bands=0", "bands", "integer from 1 to 512")]
    [InlineData("bands=20", "bands=513", "bands", "integer from 1 to 512")]
    [InlineData("bands=20", "bands=21", "in=40", "says 40, but the input has 42")]
    [InlineData("low=20", "low=-1", "low", "number from 0 to 8000")]
    [InlineData("low=20", "low=8000", "high", "must be above 'low'")]
    [InlineData("high=8000", "high=8001", "high", "number from 0 to 8000")]
    [InlineData("floor=1.1920929E-07", "floor=0", "floor", "must be a number")]
    [InlineData("epsilon=1.00000001E-07", "epsilon=0", "epsilon", "must be a number")]
    [InlineData("stack=2", "stack=0", "stack", "integer from 1 to 64")]
    [InlineData("stack=2", "stack=65", "stack", "integer from 1 to 64")]
    [InlineData("stack=2", "stack=3", "in=40", "says 40, but the input has 60")]
    [InlineData("projection = linear", "mel = linear", "mel = l", "neither 'audio' nor 'mel'")]
    [InlineData("quantize mel", "quantize audio", "audio", "nor what the front end makes, 'mel'")]
    [InlineData("linear mel.u8", "linear mel", "mel in", "A product of bits=8 reads quantized")]
    [InlineData("convolution mel in=40", "convolution mel.u8 in=40", "mel.u8 in=40 out=16 kernel", "A product of bits=32 reads float")]
    public void An_error_in_features_stands_where_it_is(string old, string replacement, string at, string says) =>
        Refused(TinyModel.Features(), old, replacement, at, says);

    [Fact]
    public void A_window_of_too_many_values_is_refused()
    {
        string text = Large(TinyModel.Float())
            .Replace("position = convolution conv0 in=16 out=16 kernel=4", "position = convolution conv0 in=16384 out=16384 kernel=16385", StringComparison.Ordinal)
            .Replace("in=1 out=16", "in=1 out=16384", StringComparison.Ordinal);
        DescriptionReader.Read(text, out DescriptionError? error).ShouldBeNull();
        error!.Message.ShouldContain("A window of 268451840 values is too large; at most 16777216 are allowed.");
    }

    [Theory]
    [InlineData(16, false)]
    [InlineData(18, false)]
    [InlineData(8192, false)]
    [InlineData(8193, true)]
    public void Outliers_are_kept_of_as_many_channels_as_remainders_can_name(int channels, bool isRefused)
    {
        string text = Large(TinyModel.Kept())
            .Replace("in=1 out=16", $"in=1 out={channels}", StringComparison.Ordinal);
        DescriptionReader.Read(text, out DescriptionError? error);
        (error?.Message.Contains("Outliers can be kept only of 8192 channels at most.", StringComparison.Ordinal) == true).ShouldBe(isRefused, error?.Message);
        if (isRefused)
        {
            (error!.Line, error.Column).ShouldBe(Places.Of(text, text.IndexOf("outliers=keep", StringComparison.Ordinal)));
        }
    }

    // With a weights file in which any block lies.
    private static string Large(ModelDescription model) => TinyModel.Text(model with { Weights = model.Weights with { Bytes = int.MaxValue } });

    private static void Refused(ModelDescription model, string old, string replacement, string at, string says)
    {
        string text = TinyModel.Text(model);
        int place = text.IndexOf(old, StringComparison.Ordinal);
        place.ShouldBeGreaterThanOrEqualTo(0, $"'{old}' is not in\n{text}");
        string edited = text[..place] + replacement + text[(place + old.Length)..];

        DescriptionReader.Read(edited, out DescriptionError? error).ShouldBeNull();
        error.ShouldNotBeNull();
        says.Split('|').ShouldContain(part => error.Message.Contains(part, StringComparison.Ordinal), error.Message);
        Places.ShouldBeInside(error, edited);
        if (at.Length > 0)
        {
            // In what was put in, or else anywhere on its line.
            int expected = edited.IndexOf(at, place, StringComparison.Ordinal);
            expected = expected >= 0 && expected < place + replacement.Length ? expected : edited.IndexOf(at, edited.LastIndexOf('\n', place) + 1, StringComparison.Ordinal);
            (error.Line, error.Column).ShouldBe(Places.Of(edited, expected), error.Message);
        }
    }

    [Fact]
    public void Values_with_different_numbers_of_frames_cannot_meet()
    {
        string text = TinyModel.Text(TinyModel.EveryKind()).Replace("kernel=4 stride=1 pad-left=2 pad-right=1", "kernel=4 stride=1 pad-left=2 pad-right=0", StringComparison.Ordinal);
        DescriptionReader.Read(text, out DescriptionError? error).ShouldBeNull();
        error!.Message.ShouldContain("different numbers of frames");
        (error.Line, error.Column).ShouldBe(Places.Of(text, text.IndexOf("position.add", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_chain_of_strides_beyond_an_hour_is_refused()
    {
        string text = TinyModel.Text(TinyModel.EveryKind()).Replace("kernel=10 stride=5", "kernel=10 stride=65536", StringComparison.Ordinal);
        DescriptionReader.Read(text, out _).ShouldNotBeNull();
        text = text.Replace("kernel=4 stride=1", "kernel=4 stride=65536", StringComparison.Ordinal);
        DescriptionReader.Read(text, out DescriptionError? error).ShouldBeNull();
        error!.Message.ShouldContain("more than 57600000 samples");
    }

    [Fact]
    public void A_file_cut_off_after_any_line_is_an_error_inside_what_is_left()
    {
        string[] lines = TinyModel.Text(TinyModel.EveryKind()).TrimEnd('\n').Split('\n');
        for (int count = 0; count < lines.Length; count++)
        {
            foreach (string cut in (string[])[string.Concat(lines[..count].Select(l => l + "\n")), string.Join('\n', lines[..count])])
            {
                DescriptionReader.Read(cut, out DescriptionError? error).ShouldBeNull($"{count} lines");
                Places.ShouldBeInside(error.ShouldNotBeNull(), cut);
                error.Message.ShouldContain("cut off");
            }
        }
    }

    [Fact]
    public void A_file_cut_off_within_any_line_is_an_error_inside_what_is_left()
    {
        string text = TinyModel.Text(TinyModel.EveryKind()).TrimEnd('\n');
        for (int length = 0; length < text.LastIndexOf(" source=", StringComparison.Ordinal) + " source=".Length; length++)
        {
            DescriptionReader.Read(text[..length], out DescriptionError? error).ShouldBeNull($"{length} characters");
            Places.ShouldBeInside(error.ShouldNotBeNull(), text[..length]);
        }
    }
}
