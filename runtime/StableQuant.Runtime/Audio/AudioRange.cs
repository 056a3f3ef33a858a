namespace StableQuant.Audio;

/// <summary>A part of a recording.</summary>
/// <param name="Start">Where it begins; not negative.</param>
/// <param name="Length">How long it is at most; not negative.</param>
/// <param name="MayBeEmpty">Whether it may lie behind the end.</param>
internal readonly record struct AudioRange(TimeSpan Start, TimeSpan Length, bool MayBeEmpty)
{
    /// <summary>All of it.</summary>
    public static AudioRange Whole => new(TimeSpan.Zero, TimeSpan.MaxValue, false);

    /// <summary>Frames before the part.</summary>
    public long FirstFrame(int rate) => Frames(Start, rate);

    /// <summary>Frames of the part, as many as there are at most.</summary>
    public long MaxFrames(int rate) => Frames(Length, rate);

    private static long Frames(TimeSpan time, int rate) => (long)Math.Min(Math.Round(time.TotalSeconds * rate), long.MaxValue / 2);
}
