using System.Globalization;

namespace VoiceCommands;

/// <summary>The recordings that lie beside the program, with what is said in them.</summary>
internal static class BundledRecordings
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Recordings");

    /// <summary>Transcribes them all and prints a line each, what was expected where it differs, and a summary.</summary>
    /// <exception cref="RecordingException">They are not where they should be, or one cannot be transcribed.</exception>
    public static void Compare(Transcriber transcriber)
    {
        int exact = 0;
        int recordings = 0;
        double audioSeconds = 0;
        double modelSeconds = 0;
        var errors = new WordErrors();
        foreach ((string name, string expected) in ReadTranscripts())
        {
            Transcript transcript = transcriber.Transcribe(Path.Combine(Folder, name)) with { Path = name };
            Console.WriteLine(transcript);
            recordings++;
            audioSeconds += transcript.AudioSeconds;
            modelSeconds += transcript.ModelSeconds;
            errors.Add(expected, transcript.Text);
            if (transcript.Text == expected)
            {
                exact++;
            }
            else
            {
                Console.WriteLine($"  expected\t{expected}");
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{exact} of {recordings} exact, WER {100 * errors.Rate:F2} % ({errors.Errors} of {errors.Words} words), real-time factor {modelSeconds / audioSeconds:F4}"));
    }

    /// <summary>Prints a line each: name, and a hash of its logits.</summary>
    /// <exception cref="RecordingException">They are not where they should be, or one cannot be transcribed.</exception>
    public static void Fingerprint(Transcriber transcriber)
    {
        foreach ((string name, _) in ReadTranscripts())
        {
            Console.WriteLine($"{name}\t{transcriber.Fingerprint(Path.Combine(Folder, name))}");
        }
    }

    private static List<(string Name, string Text)> ReadTranscripts()
    {
        string manifest = Path.Combine(Folder, "transcripts.tsv");
        try
        {
            var transcripts = new List<(string Name, string Text)>();
            foreach (string line in File.ReadLines(manifest))
            {
                string[] fields = line.Split('\t');
                transcripts.Add((fields[0], fields[1]));
            }

            return transcripts;
        }
        catch (IOException e)
        {
            throw new RecordingException($"the bundled recordings are not beside the program: {e.Message}", e);
        }
    }
}
