using System.Security.Cryptography;
using System.Text;
using StableQuant.Calibration.Speech.Forms;

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

    /// <summary>Entries of the data that could not be used and were left out.</summary>
    public int Skipped { get; private init; }

    /// <summary>
    /// Reads a data set, in any form that <see cref="SpeechForms"/> knows: a TSV manifest, a table with a header such as Common Voice's or a
    /// <c>metadata.csv</c>, JSON such as NeMo's, a LibriSpeech or Kaldi folder, or a folder of audio without transcripts. Recordings are not
    /// opened.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <exception cref="StableQuantException">There is no such set, or it is malformed, ambiguous or empty, or lists what cannot be used.</exception>
    public static SpeechDataset Load(string path)
    {
        SpeechList list = SpeechForms.Read(path);
        Refuse(NameOf(path), list.Bad, list.Utterances.Count + list.Bad.Count, null);
        return new SpeechDataset(NameOf(path), NotEmpty(path, list.Utterances));
    }

    /// <summary>Reads data sets into one, chooses from them, and decodes what is chosen, so that no recording ends the work that follows.</summary>
    /// <param name="paths">The files or folders, as for <see cref="Load(string)"/>; with more than one an id begins with its set's name.</param>
    /// <param name="selection">What to take.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="StableQuantException">A set is malformed, ambiguous or empty, or lists what cannot be used.</exception>
    public static SpeechDataset Load(IReadOnlyList<string> paths, SpeechSelection selection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(selection);
        string name = string.Join(" + ", paths.Select(NameOf));
        var bad = new List<string>();
        var listed = new SpeechList();
        foreach (string path in paths)
        {
            SpeechList list = SpeechForms.Read(path);
            bad.AddRange(list.Bad);
            foreach (Utterance utterance in list.Utterances)
            {
                listed.Add(path, paths.Count == 1 ? utterance : utterance with { Id = $"{NameOf(path)}/{utterance.Id}" }, utterance.AudioPath);
            }

            if (list.Form is not null)
            {
                selection.Log?.Invoke($"{path}: {list.Form}, {list.Utterances.Count} utterances.");
            }
        }

        bad.AddRange(listed.Bad);
        int total = listed.Utterances.Count + bad.Count;
        (List<Utterance> chosen, List<string> unusable) = SpeechSampler.Choose(NotEmpty(name, listed.Utterances, bad, selection.Log), selection, cancellationToken);
        bad.AddRange(unusable);
        if (!selection.SkipsBad || chosen.Count == 0)
        {
            Refuse(name, bad, total, selection.Log);
        }

        bad.ForEach(problem => selection.Log?.Invoke($"left out: {problem}"));
        CheckTranscripts(name, chosen);
        string taken = selection.Utterances is int wanted && wanted < listed.Utterances.Count ? FormattableString.Invariant($", {chosen.Count} of {listed.Utterances.Count}") : "";
        return new SpeechDataset(name + taken + (bad.Count > 0 ? FormattableString.Invariant($", {bad.Count} bad left out") : ""), chosen) { Skipped = bad.Count };
    }

    private static void CheckTranscripts(string name, List<Utterance> utterances)
    {
        if (utterances.Exists(u => u.Transcript is null) && utterances.Find(u => u.Transcript is not null) is { } told)
        {
            throw new StableQuantException($"{name}: some recordings have transcripts ({told.Id}), others have none ({utterances.Find(u => u.Transcript is null)!.Id}); name data of one kind.");
        }
    }

    private static string NameOf(string path)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return File.Exists(path) ? Path.GetFileNameWithoutExtension(name) : name;
    }

    private static List<Utterance> NotEmpty(string name, List<Utterance> utterances, List<string>? bad = null, Action<string>? log = null)
    {
        if (utterances.Count == 0 && bad is { Count: > 0 })
        {
            Refuse(name, bad, bad.Count, log);
        }

        return utterances.Count > 0 ? utterances : throw new StableQuantException($"{name}: the data set is empty.");
    }

    /// <summary>Refuses data of which something cannot be used: all of it is told at once.</summary>
    private static void Refuse(string name, List<string> bad, int total, Action<string>? log)
    {
        if (bad.Count == 0)
        {
            return;
        }

        if (bad.Count == 1)
        {
            throw new StableQuantException(bad[0]);
        }

        if (log is not null)
        {
            bad.ForEach(log);
        }

        throw new StableQuantException(FormattableString.Invariant(
            $"{name}: {bad.Count} of {total} recordings cannot be used; mend them, or leave them out with --skip-bad. {(log is null ? string.Join(" ", bad) : "")}").TrimEnd());
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
