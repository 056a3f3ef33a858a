using StableQuant.Graph;

namespace StableQuant.Generator.Lower;

/// <summary>A lowered model: steps in order, the buffers between them, and where these lie.</summary>
/// <param name="Model">The description it was made from.</param>
/// <param name="Stages">The frame counts that occur; stage 0 is the samples of the utterance.</param>
/// <param name="Buffers">All buffers.</param>
/// <param name="SlotCount">Number of slots of the arena that the buffers share.</param>
/// <param name="Steps">The steps.</param>
/// <param name="Samples">Where the front end puts the samples, of 16 bits for a waveform; alive until the last step that reads them.</param>
/// <param name="Logits">The buffer that holds the logits after the last step.</param>
internal sealed record LoweredModel(
    ModelDescription Model,
    EquatableArray<Stage> Stages,
    EquatableArray<Buffer> Buffers,
    int SlotCount,
    EquatableArray<Step> Steps,
    Buffer Samples,
    Buffer Logits)
{
    /// <summary>SHA-256 of the shape of weights that its class mounts; null where it has weights of its own.</summary>
    public string? Shape { get; init; }

    /// <summary>Whether the model has weights that are expanded when they are loaded.</summary>
    public bool HasExpandedWeights => Model.Operations.OfType<Product>().Any(product => product.Packed is ExpandedWeights or LimitedWeights);

    /// <summary>Samples that make one frame of logits, and of every value on the way: the receptive field.</summary>
    public long MinSamples => Stages.Max(SamplesOfOneFrame);

    /// <summary>Samples from one frame of logits to the next; where all frames become one, of those.</summary>
    public long SamplesPerFrame => Stages[Logits.Stage].SamplesPerRow(Stages);

    private long SamplesOfOneFrame(Stage stage)
    {
        long samples = 1;
        for (; stage.Index > 0; stage = Stages[stage.Previous])
        {
            samples = stage.FramesFor(samples);
        }

        return samples;
    }
}

/// <summary>A piece of the arena: <c>FixedBytes</c>, or <c>(frames of the stage + padding) · RowBytes</c>.</summary>
/// <param name="Name">The value it holds, or what it is for.</param>
/// <param name="Stage">The stage whose frames are its rows.</param>
/// <param name="RowBytes">Bytes of one row.</param>
/// <param name="PadLeft">Rows before the first frame.</param>
/// <param name="PadRight">Rows after the last frame.</param>
/// <param name="FixedBytes">Bytes that do not depend on the utterance.</param>
/// <param name="Slot">Number of its slot; −1 before planning.</param>
/// <param name="PerThread">Whether each thread has one of its own.</param>
internal sealed record Buffer(string Name, int Stage, int RowBytes, int PadLeft = 0, int PadRight = 0, long FixedBytes = 0, int Slot = -1, bool PerThread = false);
