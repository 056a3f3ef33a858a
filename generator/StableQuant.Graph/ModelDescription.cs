namespace StableQuant.Graph;

/// <summary>The quantized graph description: everything in a <c>.sqmodel</c>.</summary>
/// <param name="Name">The model's name; the file's name by default.</param>
/// <param name="Weights">The weights file that belongs to it.</param>
/// <param name="FrontEnd">What is made of the audio before the first layer.</param>
/// <param name="Head">What the values of the last operation stand for.</param>
/// <param name="Receipt">What the accuracy was measured on, and how.</param>
/// <param name="Operations">The operations, each after those it reads; the last one makes what the head is of.</param>
public sealed record ModelDescription(
    string Name, WeightsFile Weights, FrontEnd FrontEnd, Head Head, Receipt Receipt, EquatableArray<Operation> Operations)
{
    /// <summary>The newest version of the format that this code reads.</summary>
    public const int NewestFormat = 2;

    /// <summary>The oldest version of the format that has all of it: 2 where weights are stored in fewer than 8 bits, values are dithered, or the model reads features.</summary>
    public int FormatVersion => FrontEnd is not WaveformFrontEnd || Operations.Any(operation => operation is Product { Packed: PackedIndices } or Quantize { IsDithered: true }) ? NewestFormat : 1;

    /// <summary>
    /// The last operation, where it is a linear layer whose outputs are a vocabulary's tokens: these are the weights' own, whatever the shape of all before it; else null.
    /// </summary>
    public Linear? VocabularyHead => Head is Vocabulary ? Operations[Operations.Count - 1] as Linear : null;

    /// <summary>Values of a frame of outputs.</summary>
    public int OutputWidth
    {
        get
        {
            var shapes = new ValueShapes(FrontEnd);
            foreach (Operation operation in Operations)
            {
                shapes.Add(operation);
            }

            return shapes.ChannelsOf(Operations[Operations.Count - 1].Name);
        }
    }
}

/// <summary>The weights file that belongs to a description.</summary>
/// <param name="Sha256">SHA-256 of its bytes, 64 lower-case hexadecimal digits.</param>
/// <param name="Bytes">Its length in bytes.</param>
public sealed record WeightsFile(string Sha256, long Bytes);

/// <summary>The accuracy receipt: what the model was calibrated with and how well it did.</summary>
/// <param name="Method">The calibration method.</param>
/// <param name="Levers">What was used beyond the method's own steps, by name.</param>
/// <param name="Outliers">Layers that keep outliers exactly, in order; a layer that is not named has none.</param>
/// <param name="Measurements">One line a data set.</param>
public sealed record Receipt(string Method, EquatableArray<string> Levers, EquatableArray<OutlierShare> Outliers, EquatableArray<Measurement> Measurements)
{
    /// <summary>Layers whose weights are stored in fewer than 8 bits, in order.</summary>
    public EquatableArray<StoredBits> Stored { get; init; } = new([]);
}

/// <summary>In how many bits a layer's weights are stored, and what that alone does.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Bits">Bits of a weight.</param>
/// <param name="Divergence">Divergence of the token probabilities from the float model's with only these weights quantized, nats a frame, on the calibration speech; null where nobody measured it.</param>
public sealed record StoredBits(string Layer, int Bits, double? Divergence);

/// <summary>How many of a layer's operand values lie beyond their grids and are kept exactly, which is run time.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Share">Share of the calibration values, a fraction.</param>
public sealed record OutlierShare(string Layer, double Share);

/// <summary>Error rates on one data set.</summary>
/// <param name="Role">What the set was used for: <c>calibration</c>, <c>holdout</c> or <c>probe</c>.</param>
/// <param name="Data">The set's name.</param>
/// <param name="Utterances">Number of utterances.</param>
/// <param name="Words">Number of reference words, or of what <paramref name="Kind"/> counts in their place.</param>
/// <param name="ManifestSha256">SHA-256 of the manifest: its paths and transcripts.</param>
/// <param name="FloatWer">Error rate of the float model, a fraction.</param>
/// <param name="QuantizedWer">Error rate of the quantized model, a fraction.</param>
/// <param name="Differing">
/// Words of the quantized model that differ from the float model's, a fraction of the latter; null where nobody counted them.
/// </param>
/// <param name="Kind">What is counted.</param>
public sealed record Measurement(
    string Role, string Data, int Utterances, int Words, string ManifestSha256, double FloatWer, double QuantizedWer, double? Differing = null, MeasureKind Kind = MeasureKind.Words)
{
    /// <summary>What more is known of the set, each figure with its interval; none where nobody worked them out.</summary>
    public EquatableArray<MeasuredFigure> Figures { get; init; } = new([]);
}

/// <summary>A figure of both models on a data set, and how far other utterances of the same kind could have moved it.</summary>
/// <param name="Name">What it is: <c>wer</c>, <c>differing</c>, <c>rare-wer</c>, <c>worst-wer</c>, <c>worst-differing</c>; of models without words <c>error</c> in place of <c>wer</c>.</param>
/// <param name="Float">The float model's, a fraction; null where the figure is one of the quantized model against it.</param>
/// <param name="Quantized">The quantized model's, a fraction.</param>
/// <param name="Low">Lower end of the 95 % interval of quantized less float, a fraction; of the figure itself where float has none.</param>
/// <param name="High">Upper end.</param>
public sealed record MeasuredFigure(string Name, double? Float, double Quantized, double Low, double High);
