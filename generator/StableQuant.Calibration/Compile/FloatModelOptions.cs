using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;

namespace StableQuant.Calibration.Compile;

/// <summary>How a float model is opened.</summary>
public sealed record FloatModelOptions
{
    /// <summary>The vocabulary; null for the one beside the model, or in its folder.</summary>
    public string? VocabularyPath { get; init; }

    /// <summary>The labels of a model that classifies; null for those of the config.json beside the model, or in its folder.</summary>
    public string? LabelsPath { get; init; }

    /// <summary>What the user says of the vocabulary.</summary>
    public VocabularyChoice Choice { get; init; } = VocabularyChoice.None;

    /// <summary>Whether symbolic links to the model's external data may lead out of its folder and of its download cache.</summary>
    public bool AllowSymlinks { get; init; }

    /// <summary>Is told in a sentence what was not as it should be, and how it was read; null for nobody.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>Reads what the outputs of a model stand for.</summary>
    /// <param name="modelPath">The model.</param>
    /// <exception cref="StableQuantException">Nothing tells it, a file is malformed, or it is another model's.</exception>
    public Head LoadHead(string modelPath) => HeadFile.LoadFor(modelPath, VocabularyPath, LabelsPath, Choice, Note);
}
