namespace StableQuant.Streaming;

/// <summary>Reads the next samples of a recording.</summary>
/// <param name="buffer">Receives samples, mono, at the model's rate.</param>
/// <returns>How many were written; 0 at the end of the recording.</returns>
public delegate int SampleReader(Span<float> buffer);
