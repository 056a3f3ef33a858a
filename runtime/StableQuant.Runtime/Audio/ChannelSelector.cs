namespace StableQuant.Audio;

/// <summary>Takes from the channels of a recording those that are wanted.</summary>
internal static class ChannelSelector
{
    /// <summary>
    /// Channels cancel each other where their mean has less than this share of the energy that it had if they were independent of each
    /// other. In phase the share is at least 1; 1/4 is 6 dB below what independent noise does.
    /// </summary>
    private const double CancelledShare = 0.25;

    /// <summary>Chooses.</summary>
    /// <param name="clip">All channels of a recording.</param>
    /// <param name="choice">Those that are wanted.</param>
    /// <param name="name">Name of the recording, for errors.</param>
    /// <exception cref="AudioFormatException">The recording has fewer channels than the number that is wanted.</exception>
    public static AudioClip Select(AudioClip clip, ChannelChoice choice, string name)
    {
        if (choice == ChannelChoice.Each)
        {
            return clip;
        }

        if (choice.ChannelNumber is int number)
        {
            return number <= clip.Channels.Count
                ? clip.With([clip.Channels[number - 1]])
                : throw new AudioFormatException(name, -1, $"has {Count(clip.Channels.Count)}, no channel {number}; choose one of 1 to {clip.Channels.Count}, or the mix");
        }

        return clip.Channels.Count == 1 ? clip : Mix(clip);
    }

    private static AudioClip Mix(AudioClip clip)
    {
        float[] mean = Mean(clip.Channels);
        double[] energies = [.. clip.Channels.Select(Energy)];
        double independent = energies.Sum() / ((double)energies.Length * energies.Length);
        if (Energy(mean) >= CancelledShare * independent)
        {
            return clip.With([mean]);
        }

        int loudest = Array.IndexOf(energies, energies.Max());
        return clip.With([clip.Channels[loudest]], $"the {Count(energies.Length)} cancel each other, their mean is next to silence: channel {loudest + 1}, the loudest, was taken; name another or each, or mend the phase");
    }

    private static float[] Mean(IReadOnlyList<float[]> channels)
    {
        var mean = new float[channels[0].Length];
        for (int i = 0; i < mean.Length; i++)
        {
            double sum = 0;
            for (int channel = 0; channel < channels.Count; channel++)
            {
                sum += channels[channel][i];
            }

            mean[i] = (float)(sum / channels.Count);
        }

        return mean;
    }

    /// <summary>Without what a constant offset adds, which recorders have in common on all channels.</summary>
    private static double Energy(float[] samples)
    {
        double sum = 0, squares = 0;
        foreach (float sample in samples)
        {
            sum += sample;
            squares += (double)sample * sample;
        }

        return Math.Max(0, squares - (sum * sum / samples.Length));
    }

    private static string Count(int channels) => channels == 1 ? "1 channel" : $"{channels} channels";
}
