using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>Lines on standard error: errors, and notes on what is being done.</summary>
internal static class Messages
{
    /// <summary>Writes one line to standard error.</summary>
    public static void WriteError(string message) => WriteNote($"stablequant: {message}");

    /// <summary>Writes one line to standard error that is no error. What it quotes from a file does nothing to a terminal.</summary>
    public static void WriteNote(string message) =>
        ProgressDisplay.WriteLine(PlainText.Of(string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))));
}
