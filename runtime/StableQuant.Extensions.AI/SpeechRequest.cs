using Microsoft.Extensions.AI;
using StableQuant.Audio;
using StableQuant.Recognition;

namespace StableQuant.Extensions.AI;

/// <summary>What one call asks for, checked.</summary>
/// <param name="Recognition">How this call's speech is recognised; null for the client's own way.</param>
/// <param name="RawRate">Samples a second of raw samples; null where the stream is a recording in a format of its own.</param>
internal sealed record SpeechRequest(RecognizerOptions? Recognition, int? RawRate)
{
    /// <summary>Reads a call's options.</summary>
    /// <exception cref="ArgumentException">They ask for what this client or its model cannot do.</exception>
    public static SpeechRequest Of(ISpeechToTextClient client, SpeechToTextOptions? request, StableQuantSpeechToTextOptions options)
    {
        if (request is null)
        {
            return new SpeechRequest(null, null);
        }

        if (request.ModelId is { } model && options.ModelId is { } own && !string.Equals(model, own, StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"ModelId is '{model}'; this client has one model, '{own}'. Leave ModelId out, or call the client of that model.", nameof(request));
        }

        CheckLanguage(request, options.Language);
        return new SpeechRequest(OwnOptions(client, request), RateOfRaw(request));
    }

    private static void CheckLanguage(SpeechToTextOptions request, string? model)
    {
        if (request.SpeechLanguage is { } speech && model is not null && !IsSame(speech, model))
        {
            throw new ArgumentException($"SpeechLanguage is '{speech}'; the model understands '{model}'. Call the client of a model for that language.", nameof(request));
        }

        if (request.TextLanguage is { } text && (request.SpeechLanguage ?? model) is { } spoken && !IsSame(text, spoken))
        {
            throw new ArgumentException($"TextLanguage is '{text}', but the speech is '{spoken}': this client does not translate. Leave TextLanguage out.", nameof(request));
        }
    }

    // Languages, not countries: a model of en hears en-GB.
    private static bool IsSame(string one, string other) => Primary(one).Equals(Primary(other), StringComparison.OrdinalIgnoreCase);

    private static ReadOnlySpan<char> Primary(string tag) => tag.AsSpan(0, tag.AsSpan().IndexOfAny('-', '_') is int end and >= 0 ? end : tag.Length);

    private static RecognizerOptions? OwnOptions(ISpeechToTextClient client, SpeechToTextOptions request) => request.RawRepresentationFactory?.Invoke(client) switch
    {
        null => null,
        RecognizerOptions own => own,
        object other => throw new ArgumentException(
            $"RawRepresentationFactory made a {other.GetType()}; this client takes {typeof(RecognizerOptions)}.", nameof(request)),
    };

    private static int? RateOfRaw(SpeechToTextOptions request)
    {
        object? format = null;
        if (request.AdditionalProperties?.TryGetValue(StableQuantSpeechToTextClient.AudioFormat, out format) is not true || format is null)
        {
            return null;
        }

        if (format is not StableQuantSpeechToTextClient.RawPcm)
        {
            throw new ArgumentException(
                $"{StableQuantSpeechToTextClient.AudioFormat} is '{format}'; it can be '{StableQuantSpeechToTextClient.RawPcm}', raw samples. Leave it out for a recording, whose content tells its format.", nameof(request));
        }

        int rate = request.SpeechSampleRate ?? AudioFile.ModelRate;
        return rate is >= WavFile.MinSampleRate and <= WavFile.MaxSampleRate
            ? rate
            : throw new ArgumentException($"SpeechSampleRate is {rate}; it must be from {WavFile.MinSampleRate} to {WavFile.MaxSampleRate}.", nameof(request));
    }
}
