using System.Security.Cryptography;
using System.Text;

namespace StableQuant.Calibration.Speech;

/// <summary>Speech to calibrate or evaluate with, and what was said in it where that is known.</summary>
public sealed class SpeechDataset
{
    private SpeechDataset(string name, IEnumerable<Utterance> utterances)
    {
        Name = name;
        Utterances = [.. utterances.OrderBy(u => u.Id, StringComparer.Ordinal)];
        ManifestSha256 = Hash(Utterances);
    }

    /// <summary>The set's name: that of its manifest or folder.</summary>
    public string Name { get; }

    /// <summary>The utterances, in ordinal order of their ids.</summary>
    public IReadOnlyList<Utterance> Utterances { get; }

    /// <summary>
    /// SHA-256, in lower-case hexadecimal, over the ids and transcripts: for each utterance the id, then TAB and the
    /// transcript if it has one, then LF, in UTF-8. The same data have the same hash wherever they lie.
    /// </summary>
    public string ManifestSha256 { get; }

    /// <summary>Whether the utterances have transcripts: either all have, or none.</summary>
    public bool HasTranscripts => Utterances[0].Transcript is not null;

    /// <summary>
    /// Reads a data set: a TSV manifest (<see cref="TsvManifest"/>), a LibriSpeech folder
    /// (<see cref="LibriSpeechFolder"/>), or else a folder of audio without transcripts.
    /// </summary>
    /// <exception cref="StableQuantException">There is no such set, or it is malformed or empty.</exception>
    public static SpeechDataset Load(string path)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            throw new StableQuantException($"{path}: there is no such manifest or folder of speech.");
        }

        List<Utterance> utterances =
            File.Exists(path) ? TsvManifest.Read(path) :
            LibriSpeechFolder.Holds(path) ? LibriSpeechFolder.Read(path) :
            AudioFolder.Read(path);
        if (utterances.Count == 0)
        {
            throw new StableQuantException($"{path}: the data set is empty.");
        }

        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return new SpeechDataset(File.Exists(path) ? Path.GetFileNameWithoutExtension(name) : name, utterances);
    }

    /// <summary>The fewest utterances of which <see cref="HoldOut"/> takes some.</summary>
    public const int MinToHoldOut = 2 * HoldOutEvery;

    private const int HoldOutEvery = 5;

    /// <summary>Splits the set in two: every fifth utterance, to measure on, and the others. Null where they are too few.</summary>
    public (SpeechDataset Others, SpeechDataset Held)? HoldOut()
    {
        bool IsHeld(int index) => index % HoldOutEvery == HoldOutEvery - 1;
        return Utterances.Count < MinToHoldOut ? null : (
            new SpeechDataset($"{Name} without every {HoldOutEvery}th", Utterances.Where((_, i) => !IsHeld(i))),
            new SpeechDataset($"{Name}, every {HoldOutEvery}th", Utterances.Where((_, i) => IsHeld(i))));
    }

    /// <summary>The same speech with other transcripts, for instance a float model's where people's are missing.</summary>
    /// <param name="transcripts">One text an utterance, in the order of <see cref="Utterances"/>.</param>
    public SpeechDataset WithTranscripts(IReadOnlyList<string> transcripts)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(transcripts.Count, Utterances.Count);
        return new SpeechDataset(Name, Utterances.Select((utterance, i) => utterance with { Transcript = transcripts[i] }));
    }

    private static string Hash(IReadOnlyList<Utterance> utterances)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Utterance utterance in utterances)
        {
            string line = utterance.Transcript is null ? $"{utterance.Id}\n" : $"{utterance.Id}\t{utterance.Transcript}\n";
            hash.AppendData(Encoding.UTF8.GetBytes(line));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
