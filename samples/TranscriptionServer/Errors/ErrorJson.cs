using System.Text.Json.Serialization;

namespace TranscriptionServer.Errors;

/// <summary>How errors are written; generated, so that it needs no reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorBody))]
internal sealed partial class ErrorJson : JsonSerializerContext;

/// <summary>An error, in OpenAI's form.</summary>
internal sealed record ErrorBody(ErrorDetail Error);

/// <summary>What is wrong: for people, its kind, the field, and what programs know it by.</summary>
internal sealed record ErrorDetail(string Message, string Type, string? Param, string? Code);
