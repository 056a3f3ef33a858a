namespace StableQuant.Calibration;

/// <summary>
/// A model that cannot be imported: a damaged or hostile file, or a part of the graph that is not understood. The
/// message names the file, the place in it, why, and what mends it.
/// </summary>
public sealed class ImportException : StableQuantException
{
    /// <summary>Builds the message from its parts.</summary>
    /// <param name="file">The model's file, as it was given.</param>
    /// <param name="place">Where in the file: <c>node 'n' (MatMul)</c>, <c>tensor 't'</c>; null for the file as a whole.</param>
    /// <param name="why">What is wrong, and what mends it.</param>
    /// <param name="cause">The error that showed it, if any.</param>
    public ImportException(string file, string? place, string why, Exception? cause = null)
        : base(place is null ? $"{file}: {why}" : $"{file}: {place}: {why}", cause)
    {
        File = file;
        Place = place;
    }

    /// <summary>The model's file, as it was given.</summary>
    public string File { get; }

    /// <summary>Where in the file; null for the file as a whole.</summary>
    public string? Place { get; }
}
