using StableQuant.Streaming;

namespace StableQuant.Recognition;

/// <summary>Where the speech of a recording begins and ends.</summary>
/// <param name="detector">Tells speech from its background.</param>
internal sealed class SpeechExtent(IVoiceActivityDetector detector)
{
    private readonly float[] zeros = new float[detector.BlockSamples];

    /// <summary>The first sample of the speech, and the one behind its last, with a margin; null for a recording without speech.</summary>
    /// <param name="pcm">The recording.</param>
    /// <param name="margin">Samples on either side.</param>
    public (int Start, int End)? Of(ReadOnlySpan<float> pcm, int margin)
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

        return first < 0 ? null : (Math.Max(first * size - margin, 0), Math.Min((last + 1) * size + margin, pcm.Length));
    }
}
