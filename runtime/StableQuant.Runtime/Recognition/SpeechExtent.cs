using StableQuant.Streaming;

namespace StableQuant.Recognition;

/// <summary>Where the speech of a recording begins and ends.</summary>
/// <param name="detector">Tells speech from its background.</param>
/// <param name="edges">Tells how far an utterance reaches beyond it.</param>
internal sealed class SpeechExtent(IVoiceActivityDetector detector, SpeechEdges edges)
{
    private readonly float[] zeros = new float[detector.BlockSamples];

    /// <summary>The first sample of the speech, and the one behind its last; null for a recording without speech.</summary>
    /// <param name="pcm">The recording.</param>
    public (int Start, int End)? Of(ReadOnlySpan<float> pcm)
    {
        int size = detector.BlockSamples, first = -1, last = -1;
        int blocks = pcm.Length / size;
        detector.Reset();
        for (int block = 0; block < blocks + detector.Delay; block++)
        {
            bool isSpeech = detector.IsSpeech(block < blocks ? pcm.Slice(block * size, size) : zeros);
            if (isSpeech && block >= detector.Delay)
            {
                first = first < 0 ? block - detector.Delay : first;
                last = block - detector.Delay;
            }
        }

        if (first < 0)
        {
            return null;
        }

        (int start, int end) = (first * size, (last + 1) * size);
        return (start - edges.Before(pcm[Math.Max(start - edges.Reach, 0)..start]), end + edges.Behind(pcm[end..Math.Min(end + edges.Reach, pcm.Length)]));
    }
}
