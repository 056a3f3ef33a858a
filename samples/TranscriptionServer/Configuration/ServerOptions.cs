namespace TranscriptionServer.Configuration;

/// <summary>
/// What the server allows. Set in the section <c>Transcription</c> of appsettings.json, by an environment variable such as
/// <c>Transcription__QueueLength</c>, or by an argument such as <c>--Transcription:QueueLength=100</c>.
/// </summary>
internal sealed record ServerOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Transcription";

    /// <summary>Recordings that are recognised at a time, each on an instance of the model; one a processor by default.</summary>
    public int Instances { get; init; } = Environment.ProcessorCount;

    /// <summary>Requests that may wait beside those that are recognised; further ones are refused with 429.</summary>
    public int QueueLength { get; init; } = 64;

    /// <summary>The largest body of a request, in bytes. OpenAI's own limit by default.</summary>
    public long MaxUploadBytes { get; init; } = 25 << 20;

    /// <summary>The longest recording or live stream, in seconds: a small file can hold many hours.</summary>
    public int MaxAudioSeconds { get; init; } = 1800;

    /// <summary>How long the headers of a request may take to arrive, in seconds.</summary>
    public int HeaderSeconds { get; init; } = 10;

    /// <summary>How long the body of a request, or the next audio of a live stream, may take to arrive, in seconds.</summary>
    public int UploadSeconds { get; init; } = 60;

    /// <summary>How long a recording, or a piece of a live stream, may wait and be recognised, in seconds.</summary>
    public int RecognitionSeconds { get; init; } = 120;

    /// <summary>How long what was accepted may still take when the server is asked to stop, in seconds.</summary>
    public int ShutdownSeconds { get; init; } = 30;

    /// <summary>Connections that may be open at a time; further ones are closed.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>What clients have to send as <c>Authorization: Bearer …</c>; without it the server is open to all.</summary>
    public string? ApiKey { get; init; }
}
