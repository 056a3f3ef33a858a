using System.Text.Json.Serialization;

namespace TranscriptionServer.Responses;

/// <summary>How everything that is sent is written; generated, so that it needs no reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ModelBody))]
[JsonSerializable(typeof(ModelListBody))]
[JsonSerializable(typeof(TextBody))]
[JsonSerializable(typeof(VerboseBody))]
[JsonSerializable(typeof(DeltaEvent))]
[JsonSerializable(typeof(DoneEvent))]
internal sealed partial class ResponseJson : JsonSerializerContext;

/// <summary>A model.</summary>
internal sealed record ModelBody(string Id, string Object, long Created, string OwnedBy);

/// <summary>All models.</summary>
internal sealed record ModelListBody(string Object, ModelBody[] Data);

/// <summary>What a request is charged by: the recording's length in seconds.</summary>
internal sealed record Usage(string Type, double Seconds)
{
    public static Usage Of(TimeSpan duration) => new("duration", duration.TotalSeconds);
}

/// <summary>The answer <c>json</c>.</summary>
internal sealed record TextBody(string Text, Usage Usage);

/// <summary>The answer <c>verbose_json</c>; times are seconds from the recording's start.</summary>
internal sealed record VerboseBody(
    string Task,
    string Language,
    double Duration,
    string Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] WordBody[]? Words,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SegmentBody[]? Segments,
    Usage Usage);

/// <summary>A word; its confidence, 0 … 1, is beyond what OpenAI has.</summary>
internal sealed record WordBody(string Word, double Start, double End, float Confidence);

/// <summary>A segment: what a subtitle shows. The fields of a model that writes tokens are there because clients demand them.</summary>
/// <param name="Id">Its number, from 0 on.</param>
/// <param name="Seek">0: nothing is sought.</param>
/// <param name="Start">Where its first word begins.</param>
/// <param name="End">Where its last word ends.</param>
/// <param name="Text">Its words.</param>
/// <param name="Tokens">None: the model's tokens are characters.</param>
/// <param name="Temperature">0: nothing is drawn.</param>
/// <param name="AvgLogprob">Mean of the logarithms of its words' confidences.</param>
/// <param name="CompressionRatio">1: a CTC model does not repeat itself, which this shows of others.</param>
/// <param name="NoSpeechProb">0: what is no speech has no words.</param>
internal sealed record SegmentBody(
    int Id, int Seek, double Start, double End, string Text, int[] Tokens, double Temperature, double AvgLogprob, double CompressionRatio, double NoSpeechProb);

/// <summary>A piece of the text, as an event.</summary>
internal sealed record DeltaEvent(string Type, string Delta);

/// <summary>The whole text, as the last event.</summary>
internal sealed record DoneEvent(string Type, string Text, Usage Usage);
