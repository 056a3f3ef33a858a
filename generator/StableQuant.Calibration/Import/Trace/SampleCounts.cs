using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Calibration.Import.Trace;

/// <summary>Chooses the lengths at which a graph is traced: short, so that views stay small, and different, so that nothing length-dependent passes unnoticed.</summary>
internal static class SampleCounts
{
    /// <summary>Longest utterance traced: one minute. A model that needs more for a handful of frames is no speech model.</summary>
    private const long MaxSamples = 960_000;

    /// <summary>The lengths, in samples.</summary>
    public static IReadOnlyList<int> Choose(ConstantPool constants, int? fixedSamples)
    {
        string path = constants.File.Path;
        if (fixedSamples is { } only)
        {
            return only <= MaxSamples ? [only] : throw new ImportException(path, null, $"is fixed to {only} samples, more than a minute; export it for shorter audio");
        }

        List<(long Kernel, long Stride)> strided = StridedConvolutions(constants);
        long stride = 1;
        foreach ((_, long s) in strided)
        {
            stride = Math.Min(stride * s, MaxSamples);
        }

        // The second length is no exact fit, so that the convolutions leave samples over.
        long first = Needed(strided, 3), second = Needed(strided, 5) + stride / 2;
        return second <= MaxSamples ? [(int)first, (int)second]
            : throw new ImportException(path, null, "strides over more than a minute of audio for five frames; this is no speech model");
    }

    /// <summary>Samples that make so many frames where a trace of some samples made others: of the convolutions with a stride those up to there count.</summary>
    public static int Needed(ConstantPool constants, int samples, int tracedFrames, int frames)
    {
        List<(long Kernel, long Stride)> all = StridedConvolutions(constants);
        long made = samples;
        int count = 0;
        while (made != tracedFrames && count < all.Count)
        {
            made = ((made - all[count].Kernel) / all[count].Stride) + 1;
            count++;
        }

        return (int)Needed(all[..count], frames);
    }

    private static long Needed(List<(long Kernel, long Stride)> convolutions, long frames)
    {
        for (int i = convolutions.Count - 1; i >= 0; i--)
        {
            frames = Math.Min((frames - 1) * convolutions[i].Stride + convolutions[i].Kernel, MaxSamples + 1);
        }

        return frames;
    }

    // Up to the last with a stride; the convolutions after it keep the number of frames.
    private static List<(long Kernel, long Stride)> StridedConvolutions(ConstantPool constants)
    {
        List<(long Kernel, long Stride)> all = [];
        int end = 0;
        foreach (OnnxNode node in constants.Rest.Where(n => n.Operator == "Conv"))
        {
            long stride = node.Ints("strides")?[0] ?? 1;
            int kernel = node.Inputs.Count > 1 && constants[node.Inputs[1]]?.Shape is [_, _, var taps, ..] ? taps : 1;
            long padding = node.Ints("pads") is { Length: > 1 } pads ? Math.Clamp(pads[0], 0, MaxSamples) + Math.Clamp(pads[pads.Length / 2], 0, MaxSamples) : 0;

            // What is padded need not be there.
            all.Add((Math.Clamp(kernel - padding, 1L, MaxSamples), Math.Clamp(stride, 1, MaxSamples)));
            end = stride > 1 ? all.Count : end;
        }

        return all[..end];
    }
}
