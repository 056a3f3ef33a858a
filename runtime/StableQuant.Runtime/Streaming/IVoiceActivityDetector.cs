namespace StableQuant.Streaming;

/// <summary>
/// Tells speech from its background, block by block. <see cref="StreamingSession"/> has one of its own, which goes by energy; this is for a
/// better one. The same samples must always get the same answers: final text is promised to depend on nothing else.
/// </summary>
public interface IVoiceActivityDetector
{
    /// <summary>Samples of one block, at the model's rate: 16 to 8000. Small blocks bound utterances more exactly.</summary>
    int BlockSamples { get; }

    /// <summary>How many blocks an answer lags behind: 0 where a block is judged at once, at most 1000.</summary>
    int Delay { get; }

    /// <summary>Hears the next block. Behind the end of a recording follow <see cref="Delay"/> blocks of zeros.</summary>
    /// <param name="block"><see cref="BlockSamples"/> samples, all finite.</param>
    /// <returns>Whether there is speech in the block that came <see cref="Delay"/> blocks before this one; of no account where there is none.</returns>
    bool IsSpeech(ReadOnlySpan<float> block);

    /// <summary>Forgets all: another recording begins.</summary>
    void Reset();
}
