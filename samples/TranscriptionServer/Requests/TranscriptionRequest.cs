using System.Globalization;
using Microsoft.Extensions.Primitives;
using TranscriptionServer.Errors;

namespace TranscriptionServer.Requests;

/// <summary>What a client asks for.</summary>
/// <param name="File">The recording.</param>
/// <param name="Format">The form of the answer.</param>
/// <param name="HasWords">Whether <see cref="AnswerFormat.VerboseJson"/> has words.</param>
/// <param name="HasSegments">Whether it has segments.</param>
/// <param name="IsStreamed">Whether the answer comes as server-sent events.</param>
internal sealed record TranscriptionRequest(IFormFile File, AnswerFormat Format, bool HasWords, bool HasSegments, bool IsStreamed)
{
    private const string Granularities = "timestamp_granularities[]";

    // prompt, temperature and chunking_strategy change nothing: the model takes no text, its decoding does not draw, and long recordings are cut
    // at their pauses in any case.
    private static readonly string[] Fields =
        ["file", "model", "language", "prompt", "response_format", Granularities, "stream", "temperature", "chunking_strategy"];

    /// <summary>Reads it from a form.</summary>
    /// <exception cref="ApiException">A field is missing, is not known, or has a value that it does not take.</exception>
    public static TranscriptionRequest Of(IFormCollection form)
    {
        if (form.Keys.Concat(form.Files.Select(file => file.Name)).FirstOrDefault(key => !Fields.Contains(key)) is { } unknown)
        {
            throw ApiException.Invalid($"There is no field '{unknown}'; there are {string.Join(", ", Fields)}.", unknown, "unknown_parameter");
        }

        if (form.Files.FirstOrDefault(file => file.Name != "file") is { } misplaced)
        {
            throw ApiException.Invalid($"'{misplaced.Name}' is a file, but takes text.", misplaced.Name, "invalid_value");
        }

        if (Single(form, "model") is { } model)
        {
            CheckModel(model);
        }

        CheckLanguage(Single(form, "language"));
        CheckTemperature(Single(form, "temperature"));
        Single(form, "prompt");
        AnswerFormat format = Choice(form, "response_format", AnswerFormats.Names, AnswerFormat.Json);
        bool isStreamed = Choice(form, "stream", StreamNames, false);
        if (isStreamed && format is not (AnswerFormat.Json or AnswerFormat.Text))
        {
            throw ApiException.Invalid("A streamed answer has text alone: leave out response_format, or stream.", "stream", "invalid_value");
        }

        (bool words, bool segments) = ReadGranularities(form, format);
        return new TranscriptionRequest(ReadFile(form), format, words, segments, isStreamed);
    }

    /// <summary>Refuses every model but the one that is there.</summary>
    /// <exception cref="ApiException">It is another.</exception>
    public static void CheckModel(string id)
    {
        if (id != Commands.Id)
        {
            throw new ApiException(StatusCodes.Status404NotFound, $"The model '{id}' does not exist; this server has '{Commands.Id}'.", "model", "model_not_found");
        }
    }

    private static Dictionary<string, bool> StreamNames { get; } = new(StringComparer.OrdinalIgnoreCase) { ["true"] = true, ["false"] = false };

    private static IFormFile ReadFile(IFormCollection form) => form.Files switch
    {
        { Count: 1 } files when files[0].Length > 0 => files[0],
        { Count: 1 } => throw ApiException.Invalid("The file is empty.", "file", "empty_file"),
        { Count: > 1 } => throw ApiException.Invalid("The form has more than one file; send one request a recording.", "file", "invalid_value"),
        _ => throw ApiException.Invalid(
            form.ContainsKey("file") ? "'file' is text; send the recording as a file, with a filename." : "The form has no 'file', the recording.", "file", "missing_required_parameter"),
    };

    private static (bool Words, bool Segments) ReadGranularities(IFormCollection form, AnswerFormat format)
    {
        StringValues wanted = form[Granularities];
        if (wanted.FirstOrDefault(value => value is not ("word" or "segment")) is { } other)
        {
            throw ApiException.Invalid($"{Granularities} takes word and segment, not '{other}'.", Granularities, "invalid_value");
        }

        if (wanted.Count > 0 && format != AnswerFormat.VerboseJson)
        {
            throw ApiException.Invalid($"{Granularities} goes with response_format verbose_json alone.", Granularities, "invalid_value");
        }

        return (wanted.Contains("word"), wanted.Count == 0 || wanted.Contains("segment"));
    }

    // A hint to models of many languages; this one has one.
    private static void CheckLanguage(string? language)
    {
        if (!string.IsNullOrEmpty(language)
            && !language.Equals(Commands.LanguageName, StringComparison.OrdinalIgnoreCase)
            && !language.Split('-', '_')[0].Equals(Commands.Language, StringComparison.OrdinalIgnoreCase))
        {
            throw ApiException.Invalid($"The model '{Commands.Id}' hears '{Commands.Language}', not '{language}'.", "language", "invalid_value");
        }
    }

    private static void CheckTemperature(string? temperature)
    {
        if (temperature is not null
            && !(double.TryParse(temperature, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is >= 0 and <= 1))
        {
            throw ApiException.Invalid($"temperature takes a number from 0 to 1, not '{temperature}'.", "temperature", "invalid_value");
        }
    }

    private static T Choice<T>(IFormCollection form, string name, IReadOnlyDictionary<string, T> names, T byDefault) => Single(form, name) switch
    {
        null => byDefault,
        { } text => names.TryGetValue(text, out T? value)
            ? value
            : throw ApiException.Invalid($"{name} takes {string.Join(", ", names.Keys)}, not '{text}'.", name, "invalid_value"),
    };

    private static string? Single(IFormCollection form, string name) => form[name] switch
    {
        { Count: 0 } => null,
        { Count: 1 } value => value[0],
        _ => throw ApiException.Invalid($"{name} is there more than once.", name, "invalid_value"),
    };
}
