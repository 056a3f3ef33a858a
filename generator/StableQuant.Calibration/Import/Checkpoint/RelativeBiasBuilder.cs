using StableQuant.Calibration.Float;
using StableQuant.Graph;
using StableQuant.Graph.Validation;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>
/// Builds WavLM's attention. Distances between query and key fall into buckets, near ones into one each, far ones into wider and wider ones;
/// all blocks share one embedding of the buckets, and each gates it with what it reads.
/// </summary>
/// <param name="buckets">Buckets, half of them for each direction.</param>
/// <param name="maxDistance">The distance from which on all fall into the last bucket.</param>
internal sealed class RelativeBiasBuilder(int buckets, int maxDistance)
{
    private const string Embedding = "encoder.layers.0.attention.rel_attn_embed.weight";

    // A gate is made of two sums of four outputs each.
    private const int Summed = 4;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="ImportException">They make no buckets.</exception>
    public static RelativeBiasBuilder Read(CheckpointFolder folder, ConfigReader json)
    {
        int buckets = json.Number("num_buckets", 320), maxDistance = json.Number("max_bucket_distance", 800);
        string file = folder.Shown(CheckpointFolder.ConfigFile);
        return buckets < 4 || buckets % 4 != 0 ? throw new ImportException(file, "num_buckets", $"is {buckets}, not a multiple of 4")
            : maxDistance <= buckets / 4 || maxDistance > GraphLimits.MaxDistance
                ? throw new ImportException(file, "max_bucket_distance", $"is {maxDistance}, not above {buckets / 4} and at most {GraphLimits.MaxDistance}")
            : new RelativeBiasBuilder(buckets, maxDistance);
    }

    /// <summary>Builds a block's gate and its attention; returns the attention's name.</summary>
    public string Attention(ModelBuilder model, string block, string module, string input, string query, string key, string value, int channels, int heads)
    {
        int size = channels / heads;
        StoredTensor weight = model.Tensors.Require(module + ".gru_rel_pos_linear.weight", 2 * Summed, size);
        StoredTensor bias = model.Tensors.Require(module + ".gru_rel_pos_linear.bias", 2 * Summed);
        StoredTensor gains = model.Tensors.Require(module + ".gru_rel_pos_const", 1, heads, 1, 1);
        StoredTensor embedding = model.Tensors.Require(Embedding, buckets, heads);
        string gate = model.Linear(block + ".gate", module + ".gru_rel_pos_linear", input, channels, 2 * heads, () => Gate(weight.Read(), bias.Read(), channels, heads));

        int furthest = maxDistance;
        while (furthest > 1 && Bucket(furthest - 1) == Bucket(furthest))
        {
            furthest--;
        }

        var attention = new BiasedAttention(block + ".attention", module, query, key, value, gate, heads, size, (float)Math.Pow(size, -0.5), furthest, furthest);
        return model.Attention(attention, () => new FloatParameters(Biases(embedding.Read(), heads, furthest), gains.Read()));
    }

    // Each head reads its own channels: a linear layer over all of them with zeros beside a head's own weights.
    private static FloatParameters Gate(float[] weight, float[] bias, int channels, int heads)
    {
        int size = channels / heads;
        var weights = new float[2 * heads * channels];
        var biases = new float[2 * heads];
        for (int output = 0; output < biases.Length; output++)
        {
            (int half, int head) = Math.DivRem(output, heads);
            for (int channel = 0; channel < size; channel++)
            {
                weights[(output * channels) + (head * size) + channel] = (float)Enumerable.Range(half * Summed, Summed).Sum(row => (double)weight[(row * size) + channel]);
            }

            biases[output] = (float)Enumerable.Range(half * Summed, Summed).Sum(row => (double)bias[row]);
        }

        return new FloatParameters(weights, biases);
    }

    private float[] Biases(float[] embedding, int heads, int furthest)
    {
        int distances = (2 * furthest) + 1;
        var biases = new float[heads * distances];
        for (int distance = -furthest; distance <= furthest; distance++)
        {
            int bucket = Bucket(Math.Abs(distance)) + (distance > 0 ? buckets / 2 : 0);
            for (int head = 0; head < heads; head++)
            {
                biases[(head * distances) + furthest + distance] = embedding[(bucket * heads) + head];
            }
        }

        return biases;
    }

    // In float32, as training did: the borders of the wide buckets follow from it.
    private int Bucket(int distance)
    {
        int own = buckets / 2, exact = own / 2;
        if (distance < exact)
        {
            return distance;
        }

        float share = MathF.Log((float)distance / exact) / (float)Math.Log(maxDistance / (double)exact);
        return Math.Min((int)(exact + (share * (own - exact))), own - 1);
    }
}
