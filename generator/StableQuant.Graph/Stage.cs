namespace StableQuant.Graph;

/// <summary>
/// A number of frames, made from an earlier one by a convolution: (previous + padding − kernel) / stride + 1. Values whose
/// frames come from the same convolutions have one stage, and so equally many frames, whatever the utterance. What is made of all
/// frames together is one: a stride that nothing reaches.
/// </summary>
/// <param name="Index">Number of the stage; 0 is the audio's samples.</param>
/// <param name="Previous">The stage that it is made from.</param>
/// <param name="Kernel">Taps.</param>
/// <param name="Stride">Stride.</param>
/// <param name="Padding">Zero frames at both ends together.</param>
public sealed record Stage(int Index, int Previous, int Kernel, int Stride, int Padding)
{
    /// <summary>The stride of the stage that is one frame of all.</summary>
    public const int Utterance = int.MaxValue;

    /// <summary>Whether it is one frame, made of all those of the previous stage.</summary>
    public bool IsUtterance => Stride == Utterance;

    /// <summary>Frames that so many frames of the previous stage make; none where they are too few.</summary>
    public long Frames(long previous) => Math.Max(previous + Padding - Kernel + Stride, 0) / Stride;
}
