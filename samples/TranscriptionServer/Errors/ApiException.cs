namespace TranscriptionServer.Errors;

/// <summary>A request that is answered with an error, in OpenAI's form.</summary>
/// <param name="status">Status of the answer.</param>
/// <param name="message">What is wrong and what mends it, for people.</param>
/// <param name="param">The field of the form that is wrong, if it is one.</param>
/// <param name="code">What programs know the error by, if they shall.</param>
internal sealed class ApiException(int status, string message, string? param = null, string? code = null) : Exception(message)
{
    public int Status => status;

    public string? Param => param;

    public string? Code => code;

    /// <summary>When the client may try again, in seconds; null where that would not help.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>A request that finds no place.</summary>
    public static ApiException Full() =>
        new(StatusCodes.Status429TooManyRequests, "The server has as many requests as it takes; try again.", code: "rate_limit_exceeded") { RetryAfter = 1 };

    /// <summary>A request that did not arrive in time.</summary>
    public static ApiException TooSlow() => new(StatusCodes.Status408RequestTimeout, "The request took too long to arrive.", code: "request_timeout");

    /// <summary>A request beyond the limit, in bytes.</summary>
    public static ApiException TooLarge(long limit) =>
        new(StatusCodes.Status413PayloadTooLarge, FormattableString.Invariant($"The request is larger than the {limit} bytes that this server takes."), "file", "request_too_large");

    /// <summary>A request that will never do as it is.</summary>
    public static ApiException Invalid(string message, string? param = null, string? code = null) =>
        new(StatusCodes.Status400BadRequest, message, param, code);
}
