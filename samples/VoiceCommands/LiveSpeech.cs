using System.Globalization;
using StableQuant;
using StableQuant.Streaming;

namespace VoiceCommands;

/// <summary>Speech from a pipe, transcribed while it comes: raw 16 kHz, 16 bit, little-endian, mono.</summary>
internal static class LiveSpeech
{
    /// <summary>Prints each utterance when it has ended, until the pipe does: start and end in seconds, text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">The pipe.</param>
    /// <exception cref="RecordingException">Nothing came.</exception>
    public static void Listen(ISpeechModel model, Stream input)
    {
        var session = new StreamingSession(model, (scoped in SpeechResult result) =>
        {
            if (result.Text.Length > 0)
            {
                double start = result.StartSample / (double)model.SampleRate, end = result.EndSample / (double)model.SampleRate;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{start:F2}\t{end:F2}\t{result.Text}"));
                Console.Out.Flush();
            }
        });

        if (session.Listen(input) == 0)
        {
            throw new RecordingException($"{StandardInput.Name}: holds no audio");
        }
    }
}
