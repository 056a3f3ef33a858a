using StableQuant.Decoding;

namespace StableQuant.Streaming;

/// <summary>An utterance of a recording, recognised. Samples and frames are counted from the recording's start.</summary>
/// <param name="StartSample">The first sample that belongs to it.</param>
/// <param name="EndSample">The sample behind the last one.</param>
/// <param name="Text">Its text; never empty.</param>
/// <param name="Tokens">Its tokens, in order. Frame i is made of the samples from i · <see cref="ISpeechModel.SamplesPerFrame"/> on.</param>
/// <param name="Confidence">The mean of the tokens' probabilities, 0 … 1.</param>
public sealed record SpeechSegment(long StartSample, long EndSample, string Text, IReadOnlyList<CtcToken> Tokens, float Confidence);
