namespace StableQuant.Graph;

/// <summary>What is made of an utterance before the first layer reads it: one record here for each way.</summary>
/// <param name="SampleRate">Samples a second.</param>
public abstract record FrontEnd(int SampleRate);

/// <summary>
/// The samples themselves, at zero mean and unit variance over the utterance, or as they are. They are carried as 16-bit integers, and gain,
/// mean and deviation are undone by the first convolution.
/// </summary>
/// <param name="SampleRate">See <see cref="FrontEnd"/>.</param>
/// <param name="Epsilon">Added to the utterance's variance; null where samples are taken as they are, −1 … 1.</param>
public sealed record WaveformFrontEnd(int SampleRate, float? Epsilon) : FrontEnd(SampleRate);
