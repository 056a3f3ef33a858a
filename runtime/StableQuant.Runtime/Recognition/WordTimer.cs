namespace StableQuant.Recognition;

/// <summary>Gives words their times, one after the other: a word's end is known when the next one's tokens are.</summary>
/// <param name="levels">Levels of the audio, or none.</param>
/// <param name="timing">When frames are.</param>
internal struct WordTimer(SpeechLevels levels, FrameTiming timing)
{
    private readonly WordBounds bounds = new(levels);
    private bool hasWord;
    private double start;
    private int tail;

    /// <summary>Goes on to a word.</summary>
    /// <param name="firstFrame">The first frame of its tokens; not before the former word's last.</param>
    /// <param name="endFrame">The frame behind their last.</param>
    /// <returns>Start and end of the word before, in seconds; nothing of worth for the first.</returns>
    public (double Start, double End) Next(int firstFrame, int endFrame)
    {
        (double, double) former = Cut(Math.Max(tail, Cell(firstFrame)), hasHead: true, out int next);
        hasWord = true;
        start = SpeechLevels.Seconds(next);
        tail = Math.Max(next, Cell(endFrame - 1) + 1);
        return former;
    }

    /// <summary>Ends the last word.</summary>
    /// <returns>Its start and end, in seconds.</returns>
    public readonly (double Start, double End) Last() =>
        // Where there is no audio, a second stands for what follows.
        Cut(Math.Max(levels.Count, tail + (levels.Count > 0 ? 0 : SpeechLevels.CellsPerSecond)), hasHead: false, out _);

    private readonly (double Start, double End) Cut(int head, bool hasHead, out int next)
    {
        (int end, next) = bounds.Cut(tail, head, hasWord, hasHead);
        return (start, SpeechLevels.Seconds(end));
    }

    private readonly int Cell(int frame) => levels.CellOf(timing.MiddleSample(frame));
}
