using System.Buffers.Binary;
using System.Diagnostics;
using StableQuant;
using StableQuant.Streaming;

namespace VoiceCommands;

/// <summary>Speech from a pipe, transcribed while it comes: raw 16 kHz, 16 bit, little-endian, mono.</summary>
internal static class LiveSpeech
{
    // A tenth of a second.
    private const int BlockBytes = 3200;

    /// <summary>Prints each utterance when it has ended, until the pipe does.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">The pipe.</param>
    /// <exception cref="RecordingException">Nothing came.</exception>
    public static void Listen(ISpeechModel model, Stream input)
    {
        long start = 0, heard = 0;
        var session = new StreamingSession(model, (scoped in SpeechResult result) =>
        {
            if (result.Text.Length > 0)
            {
                double seconds = (result.EndSample - result.StartSample) / (double)model.SampleRate;
                Console.WriteLine(new Transcript(CommandLine.StandardInput, result.Text.ToString(), seconds, Stopwatch.GetElapsedTime(start).TotalSeconds, model.Kernels));
                Console.Out.Flush();
            }
        });

        byte[] block = new byte[BlockBytes];
        float[] samples = new float[BlockBytes / 2];
        for (int kept = 0, got = 1; got > 0;)
        {
            // What has come is heard at once; half a sample waits for its other half.
            got = input.Read(block, kept, block.Length - kept);
            int count = (kept + got) / 2;
            for (int i = 0; i < count; i++)
            {
                samples[i] = BinaryPrimitives.ReadInt16LittleEndian(block.AsSpan(2 * i)) / 32768f;
            }

            kept = (kept + got) % 2;
            block[0] = kept > 0 ? block[2 * count] : (byte)0;
            start = Stopwatch.GetTimestamp();
            session.Push(samples.AsSpan(0, count));
            heard += count;
        }

        session.Finish();
        if (heard == 0)
        {
            throw new RecordingException($"{StandardInput.Name}: holds no audio");
        }
    }
}
