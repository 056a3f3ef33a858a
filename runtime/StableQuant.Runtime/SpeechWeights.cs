using System.ComponentModel;
using StableQuant.Decoding;
using StableQuant.Weights;

namespace StableQuant;

/// <summary>
/// A weights file that is mapped to be the weights of a class which was compiled with <c>StableQuantWeights="mount"</c>: one class serves all
/// models of its shape, each with a vocabulary of its own. Instances share it, on any threads. It is unmapped when neither they nor anything
/// else refers to it; until then the file must stay as it is, and a new one takes its place by being renamed to its name.
/// </summary>
public sealed class SpeechWeights
{
    private readonly MountedWeights mounted;

    private SpeechWeights(MountedWeights mounted) => this.mounted = mounted;

    /// <summary>The file's path, as it was opened.</summary>
    public string Path => mounted.Name;

    /// <summary>SHA-256 of the shape, as 64 lower-case hexadecimal digits: classes state theirs as a constant of this name.</summary>
    public string Shape => mounted.Shape;

    /// <summary>The tokens that the weights were trained for.</summary>
    public CtcVocabulary Vocabulary => mounted.Vocabulary;

    /// <summary>Maps a file, read-only, and checks that it is whole.</summary>
    /// <param name="path">A <c>.sqweights</c> that calibration wrote.</param>
    /// <exception cref="InvalidDataException">The file is missing, cannot be read, is damaged, or does not say what its shape is.</exception>
    public static SpeechWeights Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new SpeechWeights(MountedWeights.Open(path));
    }

    /// <summary>What generated classes ask before they take weights.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="model">The class.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="grids">The grids that it reads.</param>
    /// <param name="content">What the weights must be.</param>
    /// <exception cref="InvalidDataException">They have another shape, or hold what kernels cannot take.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static MountedWeights Mount(SpeechWeights weights, string model, string shape, int grids, Func<MountedWeights, WeightsContent> content)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(content);
        weights.mounted.Check(model, shape, grids, content);
        return weights.mounted;
    }
}
