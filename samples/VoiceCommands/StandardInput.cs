using System.Buffers.Binary;
using System.Runtime.InteropServices;
using StableQuant.Audio;

namespace VoiceCommands;

/// <summary>Audio from a pipe: a WAV stream when it begins so, else raw 16 kHz, 16 bit, little-endian, mono.</summary>
internal static class StandardInput
{
    /// <summary>What to call it in messages.</summary>
    public const string Name = "standard input";

    // Ctrl-C in a terminal goes to both ends of the pipe: the recorder stops, and what it recorded is transcribed. A second one ends this
    // program, too.
    private static PosixSignalRegistration? interrupt;

    private static readonly Lazy<(Stream Stream, bool IsWave)> Opened = new(Open);

    /// <summary>Whether it is a WAV stream, not raw samples.</summary>
    public static bool IsWave => Opened.Value.IsWave;

    /// <summary>The stream, from its first byte on.</summary>
    public static Stream Stream => Opened.Value.Stream;

    /// <summary>Reads to the end of the stream, or just past the limit.</summary>
    /// <param name="maxSamples">Raw samples beyond this many are of no use: one more is read, to show that there are.</param>
    /// <exception cref="AudioFormatException">The stream holds no audio, or a WAV stream that cannot be read.</exception>
    public static float[] Read(int maxSamples)
    {
        if (!IsWave)
        {
            return ReadRaw(Stream, maxSamples);
        }

        AudioClip clip = WavFile.Read(Stream, Name);
        return Resampler.Resample(clip.Samples, clip.SampleRate, AudioFile.ModelRate);
    }

    private static (Stream Stream, bool IsWave) Open()
    {
        int pressed = 0;
        interrupt ??= PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = pressed++ == 0);
        Stream input = Console.OpenStandardInput();
        byte[] head = new byte[4];
        int got = input.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return (new PrefixedStream(head.AsMemory(0, got), input), head.AsSpan(0, got).SequenceEqual("RIFF"u8));
    }

    private static float[] ReadRaw(Stream stream, int maxSamples)
    {
        var samples = new List<float>();
        byte[] block = new byte[8192];
        int got;
        do
        {
            got = stream.ReadAtLeast(block, block.Length, throwOnEndOfStream: false);
            // A recorder that is stopped may leave half a sample.
            for (int i = 0; i + 2 <= got && samples.Count <= maxSamples; i += 2)
            {
                samples.Add(BinaryPrimitives.ReadInt16LittleEndian(block.AsSpan(i)) / 32768f);
            }
        }
        while (got == block.Length && samples.Count <= maxSamples);

        return samples.Count > 0 ? [.. samples] : throw new AudioFormatException(Name, -1, "holds no audio");
    }
}
