namespace StableQuant.Audio.Wave;

/// <summary>Advice that several error messages end with.</summary>
internal static class AudioFormatMend
{
    /// <summary>For sound that is fine but written in a way that is not read here.</summary>
    public const string Decoder = "only WAV is read without help: install ffmpeg, or convert the recording to WAV, for instance with: ffmpeg -i INPUT -c:a pcm_s16le OUTPUT.wav";

    /// <summary>For a header that nothing can be made of.</summary>
    public const string DamagedHeader = "the header is damaged, write the recording again";

    /// <summary>For a file that ends before its sound.</summary>
    public const string CutShort = "the file was cut short or its header is wrong; copy or record it again";
}
