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

    // Up to the last with a stride, or that makes fewer frames for lack of padding; the convolutions after it keep the number of frames.
    private static List<(long Kernel, long Stride)> StridedConvolutions(ConstantPool constants)
    {
        List<(long Kernel, long Stride)> all = [];
        int end = 0;
        var makers = new Dictionary<string, OnnxNode>(StringComparer.Ordinal);
        foreach (OnnxNode node in constants.Rest)
        {
            foreach (string output in node.Outputs)
            {
                makers[output] = node;
            }

            if (node.Operator != "Conv")
            {
                continue;
            }

            long stride = Math.Clamp(node.Ints("strides")?[0] ?? 1, 1, MaxSamples), dilation = Math.Clamp(node.Ints("dilations")?[0] ?? 1, 1, MaxSamples);
            int taps = node.Inputs.Count > 1 && constants[node.Inputs[1]]?.Shape is [_, _, var alongTime, ..] ? alongTime : 1;
            long kernel = Math.Min(((taps - 1L) * dilation) + 1, MaxSamples);
            long padding = node.Ints("pads") is { Length: > 1 } pads ? Math.Clamp(pads[0], 0, MaxSamples) + Math.Clamp(pads[pads.Length / 2], 0, MaxSamples) : 0;
            bool keepsFrames = stride == 1 && IsPadded(node, kernel, makers);

            // What is padded need not be there.
            all.Add((keepsFrames ? 1 : Math.Max(kernel - padding, 1), stride));
            end = keepsFrames ? end : all.Count;
        }

        return all[..end];
    }

    // Whether a convolution is given as many frames of zeros as its kernel takes away: by itself, or by what stands before it.
    private static bool IsPadded(OnnxNode convolution, long kernel, Dictionary<string, OnnxNode> makers)
    {
        if (kernel <= 1 || convolution.Text("auto_pad") is "SAME_UPPER" or "SAME_LOWER" || (convolution.Ints("pads")?.Sum(pad => Math.Clamp(pad, 0, MaxSamples)) ?? 0) >= kernel - 1)
        {
            return true;
        }

        OnnxNode? before = makers.GetValueOrDefault(convolution.Inputs[0]);
        while (before?.Operator is "Transpose" or "Cast" or "Identity")
        {
            before = makers.GetValueOrDefault(before.Inputs[0]);
        }

        return before?.Operator is "Pad" or "Concat";
    }
}
