namespace TranscriptionServer.Configuration;

/// <summary>A setting that the server cannot start with; the message names it, what it has, and what it takes.</summary>
internal sealed class ConfigurationException(string message) : Exception(message);
