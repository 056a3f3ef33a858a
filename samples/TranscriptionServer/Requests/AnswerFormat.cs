namespace TranscriptionServer.Requests;

/// <summary>The form of an answer.</summary>
internal enum AnswerFormat
{
    /// <summary>An object with the text.</summary>
    Json,

    /// <summary>The text alone.</summary>
    Text,

    /// <summary>SubRip.</summary>
    Srt,

    /// <summary>An object with text, words and segments, with times.</summary>
    VerboseJson,

    /// <summary>WebVTT.</summary>
    Vtt,
}

/// <summary>What clients call the forms.</summary>
internal static class AnswerFormats
{
    public static IReadOnlyDictionary<string, AnswerFormat> Names { get; } = new Dictionary<string, AnswerFormat>(StringComparer.Ordinal)
    {
        ["json"] = AnswerFormat.Json,
        ["text"] = AnswerFormat.Text,
        ["srt"] = AnswerFormat.Srt,
        ["verbose_json"] = AnswerFormat.VerboseJson,
        ["vtt"] = AnswerFormat.Vtt,
    };
}
