using StableQuant.Calibration.Float;

namespace StableQuant.Calibration.Import;

/// <summary>
/// The layers that make positions of sinusoids. A model has one position for each distance, which is a linear layer of the distance's
/// sinusoids; of keys behind the query distances are positive. Of negative distances the sines have the other sign, so that one layer with
/// twice the outputs makes both of the sinusoids of as many frames as the utterance has.
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

    /// <summary>The layer that makes positions of keys behind the query, and then of those ahead.</summary>
    /// <param name="weight">The model's own layer, [channels, channels].</param>
    public static FloatParameters Positions(float[] weight)
    {
        int channels = (int)Math.Sqrt(weight.Length);
        return new FloatParameters([.. weight, .. weight.Select((w, i) => i % channels % 2 == 0 ? -w : w)], null);
    }

    /// <summary>
    /// The layer that makes a bias of each: the model multiplies positions with other queries than keys, and the difference is the same for
    /// all queries.
    /// </summary>
    /// <param name="positions">The layer above.</param>
    /// <param name="difference">By what those queries differ, [channels].</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="scale">Factor on scores.</param>
    public static FloatParameters Biases(FloatParameters positions, IReadOnlyList<double> difference, int heads, double scale)
    {
        int channels = difference.Count, size = channels / heads;
        var weights = new float[2 * heads * channels];
        for (int output = 0; output < 2 * heads; output++)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                double sum = 0;
                for (int c = 0; c < size; c++)
                {
                    sum += difference[(output % heads * size) + c] * positions.Weight[(((output * size) + c) * channels) + channel];
                }

                weights[(output * channels) + channel] = (float)(sum * scale);
            }
        }

        return new FloatParameters(weights, null);
    }
}
