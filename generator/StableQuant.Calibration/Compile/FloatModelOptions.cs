using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;

namespace StableQuant.Calibration.Compile;

/// <summary>How a float model is opened.</summary>
public sealed record FloatModelOptions
{
    /// <summary>The vocabulary; null for the one beside the model, or in its folder.</summary>
    public string? VocabularyPath { get; init; }

    /// <summary>What the user says of the vocabulary.</summary>
    public VocabularyChoice Choice { get; init; } = VocabularyChoice.None;

    /// <summary>Whether symbolic links to the model's external data may lead out of its folder and of its download cache.</summary>
    public bool AllowSymlinks { get; init; }

    /// <summary>Is told in a sentence what was not as it should be, and how it was read; null for nobody.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>Reads the vocabulary of a model.</summary>
    /// <param name="modelPath">The model.</param>
    /// <exception cref="StableQuantException">There is none, it is malformed, or it is another model's.</exception>
    public Vocabulary LoadVocabulary(string modelPath) => VocabularyFile.LoadFor(modelPath, VocabularyPath, Choice, Note);
}
