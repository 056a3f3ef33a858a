namespace StableQuant.Streaming;

/// <summary>
/// Makes utterances of a voice activity detector's answers: some speech begins one, a pause ends it. The longer an utterance is,
/// the shorter the pause that will do.
/// </summary>
/// <param name="endPause">Blocks without speech that end a short utterance.</param>
/// <param name="shortPause">Blocks without speech that end an utterance of the greatest length.</param>
/// <param name="relaxed">Blocks up to which an utterance is short.</param>
/// <param name="longest">Blocks of the longest utterance.</param>
/// <param name="onset">Blocks that are looked at for the begin of an utterance; half of them must have speech.</param>
internal sealed class Segmenter(int endPause, int shortPause, int relaxed, int longest, int onset)
{
    private readonly bool[] recent = new bool[onset];
    private long blocks;
    private long begin;

    /// <summary>Whether an utterance has begun and not ended.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>The first block of the utterance that is open or was the last.</summary>
    public long FirstBlock { get; private set; }

    /// <summary>The block behind its last one with speech.</summary>
    public long EndBlock { get; private set; }

    /// <summary>Blocks with speech in it.</summary>
    public int SpeechBlocks { get; private set; }

    /// <summary>The first block that the next utterance can begin with.</summary>
    public long EarliestNext => Math.Max((IsOpen ? EndBlock : blocks) - onset, 0);

    /// <summary>Goes on by one block.</summary>
    /// <param name="speech">Whether there is speech in it.</param>
    /// <returns>Whether the block ended an utterance.</returns>
    public bool Step(bool speech)
    {
        recent[(int)(blocks++ % onset)] = speech;
        if (!IsOpen)
        {
            Open();
            return false;
        }

        if (speech)
        {
            EndBlock = blocks;
            SpeechBlocks++;
        }

        IsOpen = blocks - EndBlock < Pause(blocks - begin);
        return !IsOpen;
    }

    /// <summary>Ends the utterance that is open, since the recording ends or the utterance was cut.</summary>
    public void Close()
    {
        IsOpen = false;
        Array.Clear(recent);
    }

    /// <summary>Lets the open utterance go on behind a cut.</summary>
    /// <param name="block">The block of the cut.</param>
    public void ContinueFrom(long block)
    {
        begin = block;
        FirstBlock = block;
        EndBlock = Math.Max(EndBlock, block);
    }

    /// <summary>Forgets all.</summary>
    public void Reset()
    {
        Close();
        blocks = 0;
    }

    private void Open()
    {
        int count = 0;
        foreach (bool speech in recent)
        {
            count += speech ? 1 : 0;
        }

        if (2 * count < onset)
        {
            return;
        }

        long first = Math.Max(blocks - onset, 0);
        while (!recent[(int)(first % onset)])
        {
            first++;
        }

        IsOpen = true;
        FirstBlock = first;
        begin = first;
        EndBlock = blocks;
        SpeechBlocks = count;
        // A block is counted once: behind the end of this utterance the next one begins with blocks of its own.
        Array.Clear(recent);
    }

    private long Pause(long length)
    {
        long beyond = Math.Clamp(length - relaxed, 0, longest - relaxed);
        return endPause - ((endPause - shortPause) * beyond / Math.Max(longest - relaxed, 1));
    }
}
