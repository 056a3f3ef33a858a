using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Lower;

/// <summary>One step of the lowered model: an operation and what was fused into it.</summary>
/// <param name="Name">Name of the first operation in it.</param>
/// <param name="Layer">The paper's layer that it belongs to.</param>
/// <param name="Stage">The stage whose frames are its rows.</param>
/// <param name="Epilogue">What happens to each result before it is stored.</param>
internal abstract record Step(string Name, string Layer, int Stage, Epilogue Epilogue);

/// <summary>The first convolution in int8, over the samples, and the norm over time that follows it.</summary>
/// <param name="Name">See <see cref="Step"/>.</param>
/// <param name="Layer">See <see cref="Step"/>.</param>
/// <param name="Stage">See <see cref="Step"/>.</param>
/// <param name="Epilogue">See <see cref="Step"/>.</param>
/// <param name="Convolution">The convolution.</param>
/// <param name="Norm">The norm; null where none follows.</param>
/// <param name="Samples">The front end's samples.</param>
/// <param name="Filters">The filters of an utterance.</param>
/// <param name="Moments">Each thread's part of the audio's moments, which the norm's statistics follow from; null without a norm.</param>
internal sealed record WaveformStep(
    string Name, string Layer, int Stage, Epilogue Epilogue, Convolution Convolution, GroupNorm? Norm, Buffer Samples, Buffer Filters, Buffer? Moments)
    : Step(Name, Layer, Stage, Epilogue);

/// <summary>Log-mel features of the samples.</summary>
/// <param name="Name">See <see cref="Step"/>.</param>
/// <param name="Layer">See <see cref="Step"/>.</param>
/// <param name="Stage">See <see cref="Step"/>.</param>
/// <param name="Epilogue">See <see cref="Step"/>.</param>
/// <param name="FrontEnd">How they are made.</param>
/// <param name="Samples">The front end's samples.</param>
/// <param name="Logarithms">Each frame's logarithms, before they are normalised and stacked.</param>
/// <param name="Statistics">Mean and inverse deviation of each channel.</param>
/// <param name="Scratch">Where each thread transforms frames (<see cref="LogMelLayout"/>).</param>
internal sealed record LogMelStep(
    string Name, string Layer, int Stage, Epilogue Epilogue, LogMelFrontEnd FrontEnd, Buffer Samples, Buffer Logarithms, Buffer Statistics, Buffer Scratch)
    : Step(Name, Layer, Stage, Epilogue);

/// <summary>A convolution or linear layer.</summary>
/// <param name="Name">See <see cref="Step"/>.</param>
/// <param name="Layer">See <see cref="Step"/>.</param>
/// <param name="Stage">See <see cref="Step"/>.</param>
/// <param name="Epilogue">See <see cref="Step"/>.</param>
/// <param name="Product">The operation.</param>
/// <param name="Input">What it reads; for a float32 convolution of the audio, where the step itself puts the samples.</param>
/// <param name="Samples">The front end's samples, for a convolution of the audio in float32; else null.</param>
/// <param name="Planes">For a grouped convolution, where the input is laid out group by group; else null.</param>
/// <param name="Gathered">Where outliers are gathered (<see cref="OutlierScratch"/>); null where the input keeps none.</param>
/// <param name="Expanded">Where panels of weights that are stored as indices are expanded, some at a time; null where they lie expanded.</param>
internal sealed record ProductStep(
    string Name, string Layer, int Stage, Epilogue Epilogue, Product Product, Operand Input, Buffer? Samples, Buffer? Planes, Buffer? Gathered, Buffer? Expanded)
    : Step(Name, Layer, Stage, Epilogue)
{
    /// <summary>Whether its outputs are as many as the mounted weights have tokens, and its constants where these say.</summary>
    public bool IsMountedHead { get; init; }
}

/// <summary>A convolution of each channel by itself.</summary>
/// <param name="Name">See <see cref="Step"/>.</param>
/// <param name="Layer">See <see cref="Step"/>.</param>
/// <param name="Stage">See <see cref="Step"/>.</param>
/// <param name="Epilogue">See <see cref="Step"/>.</param>
/// <param name="Convolution">The operation.</param>
/// <param name="Input">What it reads.</param>
/// <param name="Scratch">Where frames are laid out in int8 (<see cref="DepthwiseScratch"/>); null in float32.</param>
internal sealed record DepthwiseStep(string Name, string Layer, int Stage, Epilogue Epilogue, Convolution Convolution, Operand Input, Buffer? Scratch)
    : Step(Name, Layer, Stage, Epilogue);

/// <summary>A convolution over time and bands.</summary>
/// <param name="Name">See <see cref="Step"/>.</param>
/// <param name="Layer">See <see cref="Step"/>.</param>
/// <param name="Stage">See <see cref="Step"/>.</param>
/// <param name="Epilogue">See <see cref="Step"/>.</param>
/// <param name="Convolution">The operation.</param>
/// <param name="Input">What it reads.</param>
/// <param name="Scratch">Where frames are laid out in int8 (<see cref="Convolution2dScratch"/>); null in float32.</param>
internal sealed record Convolution2dStep(string Name, string Layer, int Stage, Epilogue Epilogue, Convolution2d Convolution, Operand Input, Buffer? Scratch)
    : Step(Name, Layer, Stage, Epilogue);

/// <summary>Attention, head by head, in blocks of <see cref="TileLayout.AttentionRows"/> queries. In float32 it needs no sums, and its probabilities replace the scores; without a bias for distances <c>Bias</c> is null, without products with positions <c>Positions</c>, without scores for distances <c>Distances</c>.</summary>
internal sealed record AttentionStep(
    string Name,
    string Layer,
    int Stage,
    Epilogue Epilogue,
    Attention Attention,
    Operand Query,
    Operand Key,
    Operand Value,
    Buffer KeyPanels,
    Buffer? KeySums,
    Buffer ValuePanels,
    Buffer? ValueSums,
    Buffer Scores,
    Buffer? Probabilities,
    BiasBuffers? Bias,
    PositionBuffers? Positions,
    Buffer? Distances)
    : Step(Name, Layer, Stage, Epilogue);

/// <summary>What a <see cref="BiasedAttention"/> reads and works with beside its operands.</summary>
/// <param name="Gate">The numbers that its gates are made of.</param>
/// <param name="Biases">For each head a bias for each distance that occurs in the utterance.</param>
/// <param name="Gates">For each head each query's gate.</param>
internal sealed record BiasBuffers(Buffer Gate, Buffer Biases, Buffer Gates);

/// <summary>What a <see cref="RelativeAttention"/> reads and works with beside queries, keys and values.</summary>
/// <param name="Position">Positions.</param>
/// <param name="Bias">Their biases.</param>
/// <param name="Panels">For each head the positions of all distances, packed.</param>
/// <param name="Sums">Σ of each, in int8; else null.</param>
/// <param name="Biases">For each head a bias for each distance.</param>
/// <param name="Scores">Products of a block of queries with the positions that they need.</param>
internal sealed record PositionBuffers(Operand Position, Buffer Bias, Buffer Panels, Buffer? Sums, Buffer Biases, Buffer Scores);

/// <summary>A norm, a gate, a mean, a scale, or nothing, over a float value, row by row.</summary>
/// <param name="Name">See <see cref="Step"/>.</param>
/// <param name="Layer">See <see cref="Step"/>.</param>
/// <param name="Stage">See <see cref="Step"/>.</param>
/// <param name="Epilogue">See <see cref="Step"/>.</param>
/// <param name="Operation">The <see cref="LayerNorm"/>, <see cref="GroupNorm"/>, <see cref="GatedLinearUnit"/>, <see cref="AveragePool"/>, <see cref="UtterancePool"/>, <see cref="Scale"/>, <see cref="Sinusoids"/> or <see cref="Rotary"/>; null where only the epilogue is wanted.</param>
/// <param name="Channels">Width of a row of the result.</param>
/// <param name="Input">The float input; of sinusoids and rotary positions, where the step itself puts them.</param>
/// <param name="Statistics">For group normalisation, mean and deviation of each channel; for a pool of all frames, what it made; else null.</param>
/// <param name="Turned">For rotary positions, what is turned; else null.</param>
internal sealed record RowStep(
    string Name, string Layer, int Stage, Epilogue Epilogue, Operation? Operation, int Channels, Buffer Input, Buffer? Statistics, TurnedBuffers? Turned)
    : Step(Name, Layer, Stage, Epilogue);

/// <summary>What a <see cref="Rotary"/> reads.</summary>
/// <param name="Input">The value turned.</param>
/// <param name="Waves">Sines and cosines of its angles.</param>
internal sealed record TurnedBuffers(Buffer Input, Buffer Waves);

/// <summary>What is done to a result, in this order, while it is in registers: activation, residual, store, quantise and store.</summary>
/// <param name="Activation">The activation function applied; null for none.</param>
/// <param name="Residual">The value added; null for none.</param>
/// <param name="Float">Where the float result goes; null where nobody reads it.</param>
/// <param name="Quantized">Where the quantized result goes; null where nobody reads it.</param>
/// <param name="Fused">Names of the operations done here.</param>
internal sealed record Epilogue(ActivationFunction? Activation, Buffer? Residual, Buffer? Float, QuantizedBuffer? Quantized, EquatableArray<string> Fused);

/// <summary>A value that a product reads.</summary>
/// <param name="Buffer">Where it lies.</param>
internal abstract record Operand(Buffer Buffer);

/// <summary>A float32 value.</summary>
/// <param name="Buffer">The floats.</param>
internal sealed record FloatBuffer(Buffer Buffer) : Operand(Buffer);

/// <summary>A buffer and the grid of the integers in it.</summary>
/// <param name="Buffer">The integers.</param>
/// <param name="Grid">Their grid.</param>
/// <param name="Channels">Channels of a row.</param>
/// <param name="Kept">Where outliers are kept; null where they are clipped.</param>
internal sealed record QuantizedBuffer(Buffer Buffer, Quantize Grid, int Channels, OutlierBuffers? Kept) : Operand(Buffer)
{
    /// <summary>Number of its grid among those of the weights that the class mounts; null where the grid is a constant of the class.</summary>
    public int? MountedGrid { get; init; }
}

/// <summary>The memory of exact outliers, and how large they may be.</summary>
/// <param name="Heads">For each frame 32 bytes: how many outliers it has, and the first of them.</param>
/// <param name="Tails">The others, an int32 each: which channel of which frame, and how much.</param>
/// <param name="Limit">The largest integer, in magnitude, before and after the split: no sum of a product that reads it leaves int32.</param>
internal sealed record OutlierBuffers(Buffer Heads, Buffer Tails, int Limit);
