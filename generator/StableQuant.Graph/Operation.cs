using StableQuant.Graph.Layout;

namespace StableQuant.Graph;

/// <summary>
/// One operation of the graph. It computes one value, which carries the operation's name; all values are matrices
/// [frames, channels], stored row by row. The first segment of the name, up to a dot, is the layer that the operation
/// belongs to, in the sense of the StableQuant paper: <c>conv0</c> …, <c>projection</c>, <c>position</c>, <c>block0</c> …, <c>head</c>.
/// </summary>
/// <param name="Name">Unique name: letters, digits, underscores and dots, starting with a letter.</param>
/// <param name="Source">Name of the ONNX node or of the checkpoint's module that it was made from; untrusted text, for people only.</param>
public abstract record Operation(string Name, string Source)
{
    /// <summary>The name of the graph's input, the samples of one utterance: it is no operation.</summary>
    public const string Audio = "audio";

    /// <summary>
    /// The name of the graph's input where the front end makes features of the samples: a float value, no operation. (In models that read samples,
    /// <c>features</c> is the norm behind the convolutions.)
    /// </summary>
    public const string Features = "mel";

    /// <summary>The kind's name, as in the description, the emitter and the tests.</summary>
    public abstract string Kind { get; }

    /// <summary>The values read, in order: names of earlier operations, <see cref="Audio"/> or <see cref="Features"/>.</summary>
    public abstract EquatableArray<string> Inputs { get; }

    /// <summary>The layer (see the type's summary) that this operation belongs to.</summary>
    public string Layer => Name.Split('.')[0];

    /// <summary>Its own dimensions, for people: of its weights or its heads; none where it has the shape of what it reads.</summary>
    public virtual EquatableArray<int> Dimensions => new([]);

    /// <summary>Constants of its own, biases included.</summary>
    public virtual long Parameters => 0;

    /// <summary>Channels of its value, by those of the first value that it reads.</summary>
    public virtual int ChannelsFrom(int input) => input;
}

/// <summary>Where a product's constants lie in the weights file; offsets in bytes, multiples of 64. Their form is the product's precision.</summary>
/// <param name="Weights">Offset of the packed weights, see <see cref="PanelLayout"/>.</param>
/// <param name="Bias">Offset of each output channel's bias, float32; zeros where the layer has none.</param>
public abstract record PackedWeights(long Weights, long Bias);

/// <summary>An int8 product's constants: it reads a quantized value, or the audio's integers.</summary>
/// <param name="Weights">See <see cref="PackedWeights"/>.</param>
/// <param name="Multipliers">Offset of each output channel's dequantisation factor (activation scale × weight scale), float32.</param>
/// <param name="Bias">See <see cref="PackedWeights"/>.</param>
public abstract record PackedIntegers(long Weights, long Multipliers, long Bias) : PackedWeights(Weights, Bias);

/// <summary>An int8 product's constants, its weights as kernels read them. What proves that sums of their products fit int16 is worked out when they are loaded.</summary>
/// <param name="Weights">See <see cref="PackedWeights"/>.</param>
/// <param name="Sums">Offset of Σw of each output channel, int32, for the zero-point correction −z·Σw.</param>
/// <param name="Multipliers">See <see cref="PackedIntegers"/>.</param>
/// <param name="Bias">See <see cref="PackedWeights"/>.</param>
public sealed record PackedInt8(long Weights, long Sums, long Multipliers, long Bias) : PackedIntegers(Weights, Multipliers, Bias);

/// <summary>
/// An int8 product's constants, its weights stored as indices into a few int8 levels of each output channel. Products expand them; what follows
/// from them, Σw and limits, is worked out when they are loaded.
/// </summary>
/// <param name="Bits">Bits of an index, 3 or 4; a channel has 2^bits levels.</param>
/// <param name="Weights">Offset of the indices, see <see cref="IndexLayout"/>.</param>
/// <param name="Levels">Offset of each output channel's levels, int8.</param>
/// <param name="Multipliers">See <see cref="PackedIntegers"/>.</param>
/// <param name="Bias">See <see cref="PackedWeights"/>.</param>
public sealed record PackedIndices(int Bits, long Weights, long Levels, long Multipliers, long Bias) : PackedIntegers(Weights, Multipliers, Bias);

/// <summary>A float32 product's constants: it reads a float value, or the audio's normalised samples.</summary>
/// <param name="Weights">See <see cref="PackedWeights"/>.</param>
/// <param name="Bias">See <see cref="PackedWeights"/>.</param>
public sealed record PackedFloat(long Weights, long Bias) : PackedWeights(Weights, Bias);

/// <summary>Where a norm's constants lie in the weights file; offsets in bytes, multiples of 64.</summary>
/// <param name="Gain">Offset of each channel's gain, float32.</param>
/// <param name="Bias">Offset of each channel's bias, float32.</param>
public sealed record PackedNorm(long Gain, long Bias);

/// <summary>Where an attention's biases lie in the weights file; offsets in bytes, multiples of 64.</summary>
/// <param name="Biases">Offset of each head's bias for each distance, from the furthest behind to the furthest ahead, float32; each head's row is padded to a multiple of 16.</param>
/// <param name="Gains">Offset of each head's gain of the gate, float32.</param>
public sealed record PackedBias(long Biases, long Gains);

/// <summary>A product with constant weights: a convolution or a linear layer.</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">The value multiplied.</param>
/// <param name="InputChannels">Channels read.</param>
/// <param name="OutputChannels">Channels made.</param>
public abstract record Product(string Name, string Source, string Input, int InputChannels, int OutputChannels) : Operation(Name, Source)
{
    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Input]);

    /// <summary>Taps along time; 1 for a linear layer.</summary>
    public abstract int Kernel { get; init; }

    /// <summary>Frames from one output to the next; 1 for a linear layer.</summary>
    public abstract int Stride { get; init; }

    /// <summary>Channel groups that do not mix; 1 for a linear layer.</summary>
    public abstract int Groups { get; init; }

    /// <summary>Inputs that one output reads: taps × channels of its group.</summary>
    public virtual int GroupInputs => checked(Kernel * (InputChannels / Groups));

    /// <summary>
    /// Whether each channel is convolved by itself: a convolution of as many groups as it has channels. Its packed weights are one matrix of
    /// channels by taps, not one of a single output a group.
    /// </summary>
    public virtual bool IsDepthwise => Groups > 1 && Groups == InputChannels && Groups == OutputChannels;

    /// <summary>Matrices that the packed weights are: one a channel group, but one of all channels where it is depthwise.</summary>
    public int PackedGroups => IsDepthwise ? 1 : Groups;

    /// <summary>Outputs of a packed matrix.</summary>
    public int PackedOutputs => OutputChannels / PackedGroups;

    /// <summary>The packed constants; null in a model as imported.</summary>
    public PackedWeights? Packed { get; init; }

    /// <inheritdoc/>
    public override long Parameters => OutputChannels * (1L + GroupInputs);

    /// <inheritdoc/>
    public override int ChannelsFrom(int input) => OutputChannels;
}

/// <summary>A one-dimensional convolution over time.</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">The value convolved.</param>
/// <param name="InputChannels">Channels read; 1 for the audio.</param>
/// <param name="OutputChannels">Channels made.</param>
/// <param name="Kernel">Taps along time.</param>
/// <param name="Stride">Frames between two outputs.</param>
/// <param name="PadLeft">Zero frames put before the first.</param>
/// <param name="PadRight">Zero frames put after the last; it may differ from <paramref name="PadLeft"/>.</param>
/// <param name="Groups">Channel groups that do not mix.</param>
public sealed record Convolution(
    string Name, string Source, string Input, int InputChannels, int OutputChannels, int Kernel, int Stride, int PadLeft, int PadRight, int Groups)
    : Product(Name, Source, Input, InputChannels, OutputChannels)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "convolution";

    /// <summary>The kind's name where each channel is convolved by itself.</summary>
    public const string DepthwiseKindName = "depthwise-convolution";

    /// <inheritdoc/>
    public override string Kind => IsDepthwise ? DepthwiseKindName : KindName;

    /// <inheritdoc/>
    public override EquatableArray<int> Dimensions => new([OutputChannels, InputChannels / Groups, Kernel]);
}

/// <summary>
/// A convolution over time and bands alike, which makes many channels of one, or convolves each channel by itself. Its result has a row for each
/// frame and band, [frames × bands, channels]; so has its input where that has channels, and [frames, bands] where it has one.
/// </summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">The value convolved.</param>
/// <param name="Bands">Bands of a frame of it.</param>
/// <param name="InputChannels">Channels read: 1, or those made.</param>
/// <param name="OutputChannels">Channels made.</param>
/// <param name="Kernel">Taps along time, and as many along bands.</param>
/// <param name="Stride">Frames, and bands, between two outputs.</param>
/// <param name="Padding">Zero frames, and bands, put before the first and after the last.</param>
public sealed record Convolution2d(
    string Name, string Source, string Input, int Bands, int InputChannels, int OutputChannels, int Kernel, int Stride, int Padding)
    : Product(Name, Source, Input, InputChannels, OutputChannels)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "convolution-2d";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override int Groups { get; init; } = InputChannels;

    /// <summary>Always: also of one channel that all outputs read.</summary>
    public override bool IsDepthwise => true;

    /// <summary>Rows that a frame of the input is.</summary>
    public int FrameRows => InputChannels == 1 ? 1 : Bands;

    /// <summary>Bands of a frame of the result.</summary>
    public int OutputBands => ((Bands + (2 * Padding) - Kernel) / Stride) + 1;

    /// <inheritdoc/>
    public override int GroupInputs => checked(Kernel * Kernel);

    /// <inheritdoc/>
    public override EquatableArray<int> Dimensions => new([OutputChannels, Kernel, Kernel]);
}

/// <summary>A matrix product with constant weights, plus bias.</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">The value multiplied.</param>
/// <param name="InputChannels">Channels read.</param>
/// <param name="OutputChannels">Channels made.</param>
public sealed record Linear(string Name, string Source, string Input, int InputChannels, int OutputChannels)
    : Product(Name, Source, Input, InputChannels, OutputChannels)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "linear";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override int Kernel { get; init; } = 1;

    /// <inheritdoc/>
    public override int Stride { get; init; } = 1;

    /// <inheritdoc/>
    public override int Groups { get; init; } = 1;

    /// <inheritdoc/>
    public override EquatableArray<int> Dimensions => new([OutputChannels, InputChannels]);
}

/// <summary>
/// Multi-head attention of one utterance with itself: softmax(scale · q·kᵀ)·v, head by head, no mask. What it reads says
/// how precise it is: three quantized values, or three float values.
/// </summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Query">Queries [frames, heads × head size].</param>
/// <param name="Key">Keys, same shape.</param>
/// <param name="Value">Values, same shape.</param>
/// <param name="Heads">Number of heads.</param>
/// <param name="HeadSize">Channels of one head.</param>
/// <param name="Scale">Factor on q·kᵀ before the softmax.</param>
public record Attention(string Name, string Source, string Query, string Key, string Value, int Heads, int HeadSize, float Scale)
    : Operation(Name, Source)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "attention";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => Operands;

    /// <summary>The values that its products multiply: all quantized, or all float.</summary>
    public virtual EquatableArray<string> Operands => new([Query, Key, Value]);

    /// <inheritdoc/>
    public override EquatableArray<int> Dimensions => new([Heads, HeadSize]);
}

/// <summary>
/// Attention that also tells by how many frames a key is ahead of the query (WavLM): softmax(scale · q·kᵀ + gate · bias[ahead])·v. Each head has a
/// bias for each distance; a query's gate is σ(a) · (σ(b) · gain − 1) + 2, of two numbers a and b that the model makes for each head and query.
/// </summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Query">See <see cref="Attention"/>.</param>
/// <param name="Key">See <see cref="Attention"/>.</param>
/// <param name="Value">See <see cref="Attention"/>.</param>
/// <param name="Gate">Float values [frames, 2 × heads]: each head's a, then each head's b.</param>
/// <param name="Heads">See <see cref="Attention"/>.</param>
/// <param name="HeadSize">See <see cref="Attention"/>.</param>
/// <param name="Scale">See <see cref="Attention"/>.</param>
/// <param name="Behind">The most frames behind the query that have a bias of their own; what lies further behind has that one's.</param>
/// <param name="Ahead">The same ahead of it.</param>
public sealed record BiasedAttention(
    string Name, string Source, string Query, string Key, string Value, string Gate, int Heads, int HeadSize, float Scale, int Behind, int Ahead)
    : Attention(Name, Source, Query, Key, Value, Heads, HeadSize, Scale)
{
    /// <summary>The kind's name.</summary>
    public new const string KindName = "biased-attention";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Query, Key, Value, Gate]);

    /// <summary>Biases of a head.</summary>
    public int Distances => checked(Behind + 1 + Ahead);

    /// <summary>The packed constants; null before quantisation.</summary>
    public PackedBias? Packed { get; init; }

    /// <inheritdoc/>
    public override long Parameters => Heads * (Distances + 1L);
}

/// <summary>
/// Attention that multiplies queries with positions, too, as Transformer-XL does: softmax(scale · (q·kᵀ + q·pᵀ[behind]) + bias[behind])·v, where
/// behind is by how many frames the key is behind the query. Every query and key may be a frame of positions apart, in either direction.
/// </summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Query">See <see cref="Attention"/>.</param>
/// <param name="Key">See <see cref="Attention"/>.</param>
/// <param name="Value">See <see cref="Attention"/>.</param>
/// <param name="Position">Positions [2 × frames, heads × head size]: row 2t has that of keys t frames behind, row 2t + 1 that of keys t frames ahead.</param>
/// <param name="Bias">Float biases [2 × frames, heads]: the same, one a head.</param>
/// <param name="Heads">See <see cref="Attention"/>.</param>
/// <param name="HeadSize">See <see cref="Attention"/>.</param>
/// <param name="Scale">See <see cref="Attention"/>.</param>
public sealed record RelativeAttention(
    string Name, string Source, string Query, string Key, string Value, string Position, string Bias, int Heads, int HeadSize, float Scale)
    : Attention(Name, Source, Query, Key, Value, Heads, HeadSize, Scale)
{
    /// <summary>The kind's name.</summary>
    public new const string KindName = "relative-attention";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Query, Key, Value, Position, Bias]);

    /// <inheritdoc/>
    public override EquatableArray<string> Operands => new([Query, Key, Value, Position]);
}

/// <summary>
/// Attention whose queries have a score of their own for each distance to a key (Wav2Vec2-BERT): softmax(scale · q·kᵀ + distances[ahead])·v, where
/// ahead is by how many frames the key is ahead of the query.
/// </summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Query">See <see cref="Attention"/>.</param>
/// <param name="Key">See <see cref="Attention"/>.</param>
/// <param name="Value">See <see cref="Attention"/>.</param>
/// <param name="Distances">Float scores [frames, heads × (behind + 1 + ahead)], head by head: of each query, from the furthest key behind it to the furthest ahead.</param>
/// <param name="Heads">See <see cref="Attention"/>.</param>
/// <param name="HeadSize">See <see cref="Attention"/>.</param>
/// <param name="Scale">See <see cref="Attention"/>.</param>
/// <param name="Behind">The most frames behind the query that have a score of their own; what lies further behind has that one's.</param>
/// <param name="Ahead">The same ahead of it.</param>
public sealed record RelativeKeyAttention(
    string Name, string Source, string Query, string Key, string Value, string Distances, int Heads, int HeadSize, float Scale, int Behind, int Ahead)
    : Attention(Name, Source, Query, Key, Value, Heads, HeadSize, Scale)
{
    /// <summary>The kind's name.</summary>
    public new const string KindName = "relative-key-attention";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Query, Key, Value, Distances]);
}

/// <summary>
/// Rotary positions: each head's first half of the channels with its second half, pair by pair, turned by the pair's angle, a · cos − b · sin and
/// b · cos + a · sin.
/// </summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">The value turned.</param>
/// <param name="Waves">Sines and cosines of the angles, as <see cref="Sinusoids"/> has them: as many channels as a head has.</param>
/// <param name="Heads">Number of heads.</param>
public sealed record Rotary(string Name, string Source, string Input, string Waves, int Heads) : Operation(Name, Source)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "rotary";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Input, Waves]);

    /// <inheritdoc/>
    public override EquatableArray<int> Dimensions => new([Heads]);
}

/// <summary>
/// Where in time frames are: channels 2k and 2k + 1 of frame t are the sine and the cosine of t · frequency k. In both directions each frame is two
/// rows, of t and then of −t. It depends on the number of frames alone.
/// </summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">A value that has as many frames; nothing else of it is read.</param>
/// <param name="Channels">Channels made; even.</param>
public sealed record Sinusoids(string Name, string Source, string Input, int Channels) : Operation(Name, Source)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "sinusoids";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Input]);

    /// <summary>Whether each frame is two rows: of its time, and of as much in the other direction, where the sines have the other sign.</summary>
    public bool IsInBothDirections { get; init; }

    /// <summary>Rows that a frame is.</summary>
    public int Rows => IsInBothDirections ? 2 : 1;

    /// <summary>Whether its values are rounded to bfloat16, as those of models that were trained in it.</summary>
    public bool IsBFloat16 { get; init; }

    /// <summary>Offset in the weights file of what turns a frame's values into the next one's (<see cref="RotationLayout"/>); null before quantisation.</summary>
    public long? Packed { get; init; }

    /// <inheritdoc/>
    public override EquatableArray<int> Dimensions => new([Channels]);

    /// <inheritdoc/>
    public override int ChannelsFrom(int input) => Channels;
}

/// <summary>A normalisation to zero mean and unit variance (biased), then gain and bias of each channel.</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">The value normalised.</param>
/// <param name="Channels">Number of channels.</param>
/// <param name="Epsilon">Added to the variance.</param>
public abstract record Norm(string Name, string Source, string Input, int Channels, float Epsilon) : Operation(Name, Source)
{
    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Input]);

    /// <summary>The packed constants; null before quantisation.</summary>
    public PackedNorm? Packed { get; init; }

    /// <inheritdoc/>
    public override EquatableArray<int> Dimensions => new([Channels]);

    /// <inheritdoc/>
    public override long Parameters => 2L * Channels;
}

/// <summary>Normalisation of each frame over its channels (layer normalisation).</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">See <see cref="Norm"/>.</param>
/// <param name="Channels">See <see cref="Norm"/>.</param>
/// <param name="Epsilon">See <see cref="Norm"/>.</param>
public sealed record LayerNorm(string Name, string Source, string Input, int Channels, float Epsilon) : Norm(Name, Source, Input, Channels, Epsilon)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "layer-norm";

    /// <inheritdoc/>
    public override string Kind => KindName;
}

/// <summary>Normalisation of each channel over the whole utterance (group normalisation, one channel a group).</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">See <see cref="Norm"/>.</param>
/// <param name="Channels">See <see cref="Norm"/>.</param>
/// <param name="Epsilon">See <see cref="Norm"/>.</param>
public sealed record GroupNorm(string Name, string Source, string Input, int Channels, float Epsilon) : Norm(Name, Source, Input, Channels, Epsilon)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "group-norm";

    /// <inheritdoc/>
    public override string Kind => KindName;
}

/// <summary>An activation function, element by element; its kind is the function's name.</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">The value it is applied to.</param>
/// <param name="Function">The function.</param>
public sealed record Activation(string Name, string Source, string Input, ActivationFunction Function) : Operation(Name, Source)
{
    /// <inheritdoc/>
    public override string Kind => Function.Name;

    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Input]);
}

/// <summary>The gated linear unit: the first half of the channels, each times the sigmoid of its partner in the second half, a / (1 + e⁻ᵇ).</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">The value whose halves these are; it has an even number of channels.</param>
public sealed record GatedLinearUnit(string Name, string Source, string Input) : Operation(Name, Source)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "glu";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Input]);

    /// <inheritdoc/>
    public override int ChannelsFrom(int input) => input / 2;
}

/// <summary>The mean of some neighbouring frames as one; frames behind the last whole group are dropped.</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">The value whose frames these are.</param>
/// <param name="Frames">Frames of a group; 2 at least.</param>
public sealed record AveragePool(string Name, string Source, string Input, int Frames) : Operation(Name, Source)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "average-pool";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Input]);
}

/// <summary>
/// Each frame as some frames of fewer channels, one behind the other: what makes as many frames again as a stride left out. Where these are fewer
/// than another value has, frames of zeros follow.
/// </summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">The value whose frames are cut; its frames are those of <paramref name="Like"/>, divided by <paramref name="Factor"/> and rounded down.</param>
/// <param name="Like">The value that has as many frames as the result.</param>
/// <param name="Factor">Frames that one becomes; it divides the channels.</param>
public sealed record Upsample(string Name, string Source, string Input, string Like, int Factor) : Operation(Name, Source)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "upsample";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Input, Like]);

    /// <inheritdoc/>
    public override int ChannelsFrom(int input) => input / Factor;
}

/// <summary>What is made of all frames together: one frame.</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">The value whose frames these are.</param>
public abstract record UtterancePool(string Name, string Source, string Input) : Operation(Name, Source)
{
    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Input]);

    /// <summary>The fewest frames that it can be made of.</summary>
    public abstract int MinFrames { get; }
}

/// <summary>The mean of all frames.</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">See <see cref="UtterancePool"/>.</param>
public sealed record MeanPool(string Name, string Source, string Input) : UtterancePool(Name, Source, Input)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "mean-pool";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override int MinFrames => 1;
}

/// <summary>Each channel's mean over all frames, then each channel's standard deviation, by one less than the frames (statistics pooling, as x-vectors have it).</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">See <see cref="UtterancePool"/>.</param>
public sealed record StatisticsPool(string Name, string Source, string Input) : UtterancePool(Name, Source, Input)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "statistics-pool";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override int MinFrames => 2;

    /// <inheritdoc/>
    public override int ChannelsFrom(int input) => 2 * input;
}

/// <summary>A value times a constant: a part of a weighted sum of layers.</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Input">The value.</param>
/// <param name="Factor">The constant.</param>
public sealed record Scale(string Name, string Source, string Input, float Factor) : Operation(Name, Source)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "scale";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Input]);
}

/// <summary>The sum of two values: a residual connection.</summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Source">See <see cref="Operation"/>.</param>
/// <param name="Left">One value.</param>
/// <param name="Right">The other, of the same shape.</param>
public sealed record Add(string Name, string Source, string Left, string Right) : Operation(Name, Source)
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "add";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Left, Right]);
}
