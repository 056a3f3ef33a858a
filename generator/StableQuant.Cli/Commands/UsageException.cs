namespace StableQuant.Cli.Commands;

/// <summary>A command line that parses but cannot be meant so.</summary>
internal sealed class UsageException(string message) : Exception(message);
