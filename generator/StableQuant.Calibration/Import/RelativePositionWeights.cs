using StableQuant.Calibration.Float;

namespace StableQuant.Calibration.Import;

/// <summary>
/// The layers that make positions of sinusoids. A model has one position for each distance, which is a linear layer of the distance's
/// sinusoids; of keys behind the query distances are positive, of those ahead negative.
/// </summary>
internal static class RelativePositionWeights
{
    // The period of the slowest wave is so many times that of the fastest.
    private const double Base = 10000;

    /// <summary>Frequencies of sinusoids, in float32 as models compute them.</summary>
    public static float[] Frequencies(int channels)
    {
        float step = -(float)(Math.Log(Base) / channels);
        return [.. Enumerable.Range(0, channels / 2).Select(k => MathF.Exp(2 * k * step))];
    }

    /// <summary>Frequencies of rotary positions, in float32 as models compute them.</summary>
    /// <param name="headSize">Channels of a head.</param>
    /// <param name="radix">The number whose powers they are.</param>
    public static float[] RotaryFrequencies(int headSize, double radix) =>
        [.. Enumerable.Range(0, headSize / 2).Select(k => 1 / MathF.Pow((float)radix, 2f * k / headSize))];

    /// <summary>
    /// The layer that makes a bias of each: the model multiplies positions with other queries than keys, and the difference is the same for
    /// all queries.
    /// </summary>
    /// <param name="positions">The layer that makes positions, [channels, channels].</param>
    /// <param name="difference">By what those queries differ, [channels].</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="scale">Factor on scores.</param>
    public static FloatParameters Biases(float[] positions, IReadOnlyList<double> difference, int heads, double scale)
    {
        int channels = difference.Count, size = channels / heads;
        var weights = new float[heads * channels];
        for (int output = 0; output < heads; output++)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                double sum = 0;
                for (int c = 0; c < size; c++)
                {
                    sum += difference[(output * size) + c] * positions[(((output * size) + c) * channels) + channel];
                }

                weights[(output * channels) + channel] = (float)(sum * scale);
            }
        }

        return new FloatParameters(weights, null);
    }
}
