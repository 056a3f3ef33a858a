using System.Numerics;

namespace StableQuant.Graph;

/// <summary>
/// A number of frames, made from an earlier one by a convolution: (previous + padding − kernel) / stride + 1. Values whose
/// frames come from the same convolutions have one stage, and so equally many frames, whatever the utterance. Between
/// two-dimensional convolutions a frame is several rows, one a band. What is made of
/// all frames together is one: a stride that nothing reaches.
/// </summary>
/// <param name="Index">Number of the stage; 0 is the audio's samples.</param>
/// <param name="Previous">The stage that it is made from.</param>
/// <param name="Kernel">Taps.</param>
/// <param name="Stride">Stride.</param>
/// <param name="Padding">Zero frames at both ends together.</param>
/// <param name="FrameRows">Rows that a frame of the previous stage is; 1 but where a convolution tells bands apart.</param>
/// <param name="MadeRows">Rows that a frame of this one is.</param>
public sealed record Stage(int Index, int Previous, int Kernel, int Stride, int Padding, int FrameRows = 1, int MadeRows = 1)
{
    /// <summary>The stride of the stage that is one frame of all.</summary>
    public const int Utterance = int.MaxValue;

    /// <summary>Whether it is one frame, made of all those of the previous stage.</summary>
    public bool IsUtterance => Stride == Utterance;

    /// <summary>Rows that so many rows of the previous stage make; none where they are too few.</summary>
    public long Frames(long previous) => Math.Max((previous / FrameRows) + Padding - Kernel + Stride, 0) / Stride * MadeRows;

    /// <summary>The least rows of the previous stage that make so many rows, one at least.</summary>
    public long FramesFor(long rows) => Math.Max(1, (((rows + MadeRows - 1) / MadeRows) - 1) * Stride + Kernel - Padding) * FrameRows;

    /// <summary>Samples from one row to the next; 0 where they are no whole number.</summary>
    /// <param name="stages">All stages, by their index.</param>
    public long SamplesPerRow(IReadOnlyList<Stage> stages)
    {
        (BigInteger samples, BigInteger rows) = (1, 1);
        for (Stage stage = this; stage.Index > 0; stage = stages[stage.Previous])
        {
            samples *= stage.IsUtterance ? 1 : (long)stage.Stride * stage.FrameRows;
            rows *= stage.MadeRows;
        }

        BigInteger whole = BigInteger.DivRem(samples, rows, out BigInteger rest);
        return rest.IsZero && whole <= long.MaxValue ? (long)whole : 0;
    }
}
