using System.Text.Json.Serialization;
using TranscriptionServer.Responses;

namespace TranscriptionServer.Live;

/// <summary>How live messages are written and read; generated, so that it needs no reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReadyBody))]
[JsonSerializable(typeof(UtteranceBody))]
[JsonSerializable(typeof(RequestBody))]
internal sealed partial class LiveJson : JsonSerializerContext;

/// <summary>The first message: the stream has its place.</summary>
internal sealed record ReadyBody(string Type, string Model, int SampleRate);

/// <summary>An utterance, or what has been heard of it so far; times are seconds from the stream's start.</summary>
/// <param name="Type"><see cref="Partial"/>, which the next message takes back, or <see cref="Final"/>.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends, or has come to.</param>
/// <param name="Text">What was said; empty where what partial messages said was no speech.</param>
/// <param name="Words">Its words.</param>
internal sealed record UtteranceBody(string Type, double Start, double End, string Text, WordBody[] Words)
{
    public const string Partial = "partial";
    public const string Final = "final";
}

/// <summary>What a client asks for by a text message.</summary>
/// <param name="Type"><see cref="End"/>.</param>
internal sealed record RequestBody(string? Type)
{
    public const string End = "end";
}
