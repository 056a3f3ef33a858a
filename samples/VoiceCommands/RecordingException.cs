namespace VoiceCommands;

/// <summary>A recording that cannot be transcribed; the message is one line for the user.</summary>
internal sealed class RecordingException(string message, Exception? inner = null)
    : Exception(message.ReplaceLineEndings(" "), inner);
