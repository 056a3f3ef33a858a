using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>Builds a conformer block's attention, with positions of any kind.</summary>
/// <param name="model">Receives it.</param>
/// <param name="shape">Its sizes and form.</param>
internal sealed class ConformerAttention(ModelBuilder model, ConformerShape shape)
{
    private const string Waves = "sinusoids";

    private readonly ConformerModules modules = shape.Modules;
    private readonly int hidden = shape.HiddenSize;
    private readonly int heads = shape.Heads;
    private readonly int size = shape.HiddenSize / shape.Heads;

    /// <summary>Builds it with the norm before it; returns its sum with what it reads.</summary>
    public string Build(string name, string blockModule, string stream)
    {
        string module = blockModule + ".self_attn", read = model.LayerNorm(name + ".attention.norm", $"{blockModule}.{modules.AttentionNorm}", stream, hidden, shape.Epsilon);
        string turned = shape.Positions == ConformerPositions.Rotary ? Turned(name, module, read) : read;
        string query = shape.Positions == ConformerPositions.Relative ? RelativeQuery(name, module, read) : Layer(name + ".query", modules.Query, turned);
        string key = Layer(name + ".key", modules.Key, turned);
        string value = Layer(name + ".value", modules.Value, read);
        string attended = shape.Positions switch
        {
            ConformerPositions.Relative => Relative(name, module, read, query, key, value),
            ConformerPositions.RelativeKey => RelativeKey(name, module, query, key, value),
            _ => model.Attention(name + ".attention", module, query, key, value, hidden, heads),
        };
        return model.Sum(name + ".attention.add", stream, Layer(name + ".output", modules.Output, attended));

        string Layer(string layer, string part, string input) => model.Linear(layer, $"{module}.{part}", input, hidden, hidden, modules.HasBias);
    }

    private float Scale => (float)Math.Pow(size, -0.5);

    private string Turned(string name, string module, string read)
    {
        // Some folders have the frequencies.
        StoredTensor? stored = model.Tensors.Find("encoder.embed_positions.inv_freq", size / 2);
        string waves = model.Sinusoids(new Sinusoids(Waves, Waves, read, size), () => stored?.Read() ?? RelativePositionWeights.RotaryFrequencies(size, shape.RotaryBase));
        return model.Rotary(name + ".rotary", module, read, waves, heads);
    }

    // Keys meet queries with a bias of their own.
    private string RelativeQuery(string name, string module, string read)
    {
        string layer = $"{module}.{modules.Query}";
        StoredTensor weight = model.Tensors.Require(layer + ".weight", hidden, hidden), ofKeys = model.Tensors.Require($"{module}.{modules.KeyBias}", heads, size);
        StoredTensor? bias = modules.HasBias ? model.Tensors.Require(layer + ".bias", hidden) : null;
        return model.Linear(
            name + ".query", layer, read, hidden, hidden, () => new FloatParameters(weight.Read(), [.. (bias?.Read() ?? new float[hidden]).Zip(ofKeys.Read(), (b, u) => b + u)]));
    }

    private string Relative(string name, string module, string read, string query, string key, string value)
    {
        string layer = $"{module}.{modules.Position}", bias = $"{module}.{modules.PositionBias}";
        StoredTensor positions = model.Tensors.Require(layer + ".weight", hidden, hidden);
        StoredTensor ofKeys = model.Tensors.Require($"{module}.{modules.KeyBias}", heads, size), ofPositions = model.Tensors.Require(bias, heads, size);
        string waves = model.Sinusoids(new Sinusoids(Waves, Waves, read, hidden) { IsInBothDirections = true }, () => RelativePositionWeights.Frequencies(hidden));
        string position = model.Linear(name + ".position", layer, waves, hidden, hidden, () => new FloatParameters(positions.Read(), null));
        string biases = model.Linear(name + ".position.bias", bias, waves, hidden, heads, () =>
            RelativePositionWeights.Biases(positions.Read(), [.. ofPositions.Read().Zip(ofKeys.Read(), (v, u) => (double)v - u)], heads, Scale));
        return model.Attention(new RelativeAttention(name + ".attention", module, query, key, value, position, biases, heads, size, Scale));
    }

    // The same positions for all heads, each of which is a group of channels.
    private string RelativeKey(string name, string module, string query, string key, string value)
    {
        int count = shape.Behind + 1 + shape.Ahead;
        StoredTensor embedding = model.Tensors.Require(module + ".distance_embedding.weight", count, size);
        var layer = new Convolution(name, module, query, hidden, checked(heads * count), 1, 1, 0, 0, heads);
        string distances = model.Convolution(name + ".position", module + ".distance_embedding", layer, () =>
        {
            float[] each = [.. embedding.Read().Select(w => w * Scale)];
            return new FloatParameters([.. Enumerable.Repeat(each, heads).SelectMany(head => head)], null);
        });
        return model.Attention(new RelativeKeyAttention(name + ".attention", module, query, key, value, distances, heads, size, Scale, shape.Behind, shape.Ahead));
    }
}
