namespace StableQuant.Calibration;

/// <summary>
/// Something the user can put right: a file that is missing or malformed, a model that is not supported. The message is
/// complete by itself; tools show it without the stack trace.
/// </summary>
public class StableQuantException : Exception
{
    /// <summary>Creates an exception without a message.</summary>
    public StableQuantException()
    {
    }

    /// <summary>Creates an exception with a message for the user.</summary>
    public StableQuantException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with a message for the user and the cause, for developers; null for none.</summary>
    public StableQuantException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
