namespace StableQuant.Calibration.Speech.Forms;

/// <summary>What a manifest or folder lists: utterances, and what is wrong with those that cannot be used.</summary>
/// <param name="form">What the form is called, for people; null for those that are meant where nothing is said.</param>
internal sealed class SpeechList(string? form = null)
{
    private readonly Dictionary<string, string> placeOf = new(StringComparer.Ordinal);

    /// <summary>What the form is called, for people; null for those that are meant where nothing is said.</summary>
    public string? Form { get; } = form;

    /// <summary>The utterances, in the order of the list.</summary>
    public List<Utterance> Utterances { get; } = [];

    /// <summary>Entries that cannot be used: where and why, a sentence each.</summary>
    public List<string> Bad { get; } = [];

    /// <summary>Adds an utterance; one that is listed already, or has no file, is bad.</summary>
    /// <param name="place">Where it is listed: FILE(LINE).</param>
    /// <param name="utterance">The utterance; a path of "" says that there is no such file.</param>
    /// <param name="written">The file as it is written there.</param>
    public void Add(string place, Utterance utterance, string written)
    {
        // An utterance listed twice would count twice.
        if (!placeOf.TryAdd(utterance.Id, place))
        {
            AddBad(place, $"{utterance.Id} is listed already, in {placeOf[utterance.Id]}.");
        }
        else if (utterance.AudioPath.Length == 0)
        {
            AddBad(place, $"there is no audio file {written}.");
        }
        else
        {
            Utterances.Add(utterance);
        }
    }

    /// <summary>Notes an entry that cannot be used.</summary>
    /// <param name="place">Where it is listed: FILE(LINE).</param>
    /// <param name="problem">Why not, a sentence.</param>
    public void AddBad(string place, string problem) => Bad.Add($"{place}: {problem}");
}
