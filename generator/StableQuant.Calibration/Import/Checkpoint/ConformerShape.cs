namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>How a conformer block knows where in time frames are.</summary>
internal enum ConformerPositions
{
    /// <summary>Not at all, but for its convolution.</summary>
    None,

    /// <summary>Queries are multiplied with positions, as Transformer-XL does.</summary>
    Relative,

    /// <summary>What queries and keys are made of is turned by angles of the time.</summary>
    Rotary,

    /// <summary>Queries have a score for each distance.</summary>
    RelativeKey,
}

/// <summary>Sizes and forms of conformer blocks.</summary>
internal sealed record ConformerShape
{
    /// <summary>Channels between blocks.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Channels within a feed-forward half.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Heads of an attention; they divide <see cref="HiddenSize"/>.</summary>
    public required int Heads { get; init; }

    /// <summary>The function within feed-forward halves and behind the depthwise convolution.</summary>
    public required string HiddenActivation { get; init; }

    /// <summary>Added to variances.</summary>
    public required float Epsilon { get; init; }

    /// <summary>Taps of the depthwise convolution; odd.</summary>
    public required int Kernel { get; init; }

    /// <summary>Whether that sees no later frame, and is followed by a layer norm; otherwise it is centred, and a batch norm follows.</summary>
    public bool IsCausal { get; init; }

    /// <summary>Its positions.</summary>
    public required ConformerPositions Positions { get; init; }

    /// <summary>For rotary positions, the number whose powers are the frequencies.</summary>
    public int RotaryBase { get; init; }

    /// <summary>For scores of queries, the most frames behind the query that have one of their own.</summary>
    public int Behind { get; init; }

    /// <summary>The same ahead of it.</summary>
    public int Ahead { get; init; }

    /// <summary>What its modules are called.</summary>
    public ConformerModules Modules { get; init; } = ConformerModules.Wav2Vec2;

    /// <summary>Reads what is said of blocks alone.</summary>
    /// <param name="file">The config.json, for messages.</param>
    /// <param name="json">Its settings.</param>
    /// <param name="positions">The member's kinds of positions by their names, its default first.</param>
    /// <param name="sizes">Channels between blocks and within a feed-forward half, heads.</param>
    /// <param name="activation">Their function.</param>
    /// <param name="epsilon">Added to variances.</param>
    /// <exception cref="ImportException">A setting is malformed, or asks for something that is not supported.</exception>
    public static ConformerShape Read(
        string file, ConfigReader json, (string Name, ConformerPositions Kind)[] positions, (int Hidden, int Intermediate, int Heads) sizes, string activation, float epsilon)
    {
        const string Setting = "position_embeddings_type", Taps = "conv_depthwise_kernel_size";
        string? said = json.IsNull(Setting) ? null : json.Text(Setting, positions[0].Name);
        ConformerPositions kind = said is null ? ConformerPositions.None
            : positions.FirstOrDefault(p => p.Name == said) is { Name: not null } known ? known.Kind
            : throw new ImportException(file, Setting, $"is '{said}'; {string.Join(", ", positions.Select(p => p.Name))} and null are supported");
        ConformerShape shape = new()
        {
            HiddenSize = sizes.Hidden,
            IntermediateSize = sizes.Intermediate,
            Heads = sizes.Heads,
            HiddenActivation = activation,
            Epsilon = epsilon,
            Kernel = json.Number(Taps, 31),
            Positions = kind,
            RotaryBase = json.Number("rotary_embedding_base", 10000),
            Behind = json.Number("left_max_position_embeddings", 64, least: 0),
            Ahead = json.Number("right_max_position_embeddings", 8, least: 0),
        };
        return sizes.Hidden % sizes.Heads != 0 ? throw new ImportException(file, "num_attention_heads", "does not divide hidden_size")
            : shape.Kernel % 2 == 0 ? throw new ImportException(file, Taps, "is even")
            : kind == ConformerPositions.Relative && sizes.Hidden % 2 != 0 ? throw new ImportException(file, "hidden_size", "is odd")
            : kind == ConformerPositions.Rotary && sizes.Hidden / sizes.Heads % 2 != 0 ? throw new ImportException(file, "hidden_size", "has an odd number of channels a head, which have no halves")
            : shape;
    }
}
