namespace StableQuant.Audio.Wave;

/// <summary>Advice that several error messages end with.</summary>
internal static class AudioFormatMend
{
    /// <summary>For sound that is fine but written in a way that is not read here.</summary>
    public const string Convert = "convert it, for instance with: ffmpeg -i INPUT -c:a pcm_s16le OUTPUT.wav";
}
