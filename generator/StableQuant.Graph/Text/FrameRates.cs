namespace StableQuant.Graph;

/// <summary>
/// How many frames each value has, as the convolutions that lead to it: two values have equally many, whatever the
/// utterance, if these are the same.
/// </summary>
internal sealed class FrameRates
{
    /// <summary>The most samples that one frame may take: an hour, the longest utterance.</summary>
    public const long MostSamples = 3600 * 16000;

    private readonly Dictionary<string, Rate> rates = new() { [Operation.Audio] = new Rate("", 1, 1) };

    /// <summary>Takes a convolution.</summary>
    /// <returns>False where one frame would take more than <see cref="MostSamples"/>.</returns>
    public bool Convolve(string name, Convolution c)
    {
        Rate input = rates[c.Input];
        int padding = c.PadLeft + c.PadRight;
        long field = input.Field + input.Step * (c.Kernel - 1);
        long step = input.Step * c.Stride;
        if (field > MostSamples || step > MostSamples)
        {
            return false;
        }

        bool same = c.Stride == 1 && padding == c.Kernel - 1;
        rates.Add(name, same ? input with { Field = field } : new Rate(FormattableString.Invariant($"{input.Path} {c.Kernel}/{c.Stride}+{padding}"), field, step));
        return true;
    }

    /// <summary>Takes any other operation; a convolution is in already.</summary>
    /// <returns>False where its inputs differ in frames.</returns>
    public bool Add(Operation operation)
    {
        if (operation is Convolution)
        {
            return true;
        }

        Rate first = rates[operation.Inputs[0]];
        rates.Add(operation.Name, first);
        return operation.Inputs.All(input => rates[input].Path == first.Path);
    }

    /// <param name="Path">The convolutions that change the number of frames, in order.</param>
    /// <param name="Field">Samples that one frame takes, at most.</param>
    /// <param name="Step">Samples from one frame to the next.</param>
    private sealed record Rate(string Path, long Field, long Step);
}
