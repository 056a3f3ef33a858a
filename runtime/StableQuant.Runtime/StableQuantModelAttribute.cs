namespace StableQuant;

/// <summary>
/// Names the quantized graph description that the generator turns into this class. The class must be partial; it becomes
/// an <see cref="ISpeechModel"/>, an <see cref="ISpeechClassifier"/> or an <see cref="ISpeechEmbedder"/>, as the model's head is, with a
/// constructor that takes the longest utterance in seconds.
/// </summary>
/// <param name="path">Path or file name of a <c>.sqmodel</c> among the project's AdditionalFiles.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StableQuantModelAttribute(string path) : Attribute
{
    /// <summary>Path or file name of the description.</summary>
    public string Path { get; } = path;
}
