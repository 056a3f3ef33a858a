using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Prove;

/// <summary>Which model to quantise and judge, on which speech.</summary>
public sealed record ProofRequest
{
    /// <summary>The float model.</summary>
    public required string ModelPath { get; init; }

    /// <summary>Whether symbolic links to the model's external data may lead out of its folder and of its download cache.</summary>
    public bool AllowSymlinks { get; init; }

    /// <summary>Of a checkpoint with adapters for languages, which; null for its own choice.</summary>
    public string? Language { get; init; }

    /// <summary>What the head's outputs stand for.</summary>
    public required Vocabulary Vocabulary { get; init; }

    /// <summary>Speech with transcripts, to judge both models on.</summary>
    public required SpeechDataset Data { get; init; }

    /// <summary>Speech to calibrate with, of which none is in <see cref="Data"/>. Null: every fifth utterance of <see cref="Data"/>, which is then not judged on.</summary>
    public SpeechDataset? CalibrationData { get; init; }

    /// <summary>Where the quantized model goes; its weights go beside it.</summary>
    public required string OutputPath { get; init; }

    /// <summary>A word counts as rare where all transcripts of <see cref="Data"/> have it at most so many times; 1 or more.</summary>
    public int RareLimit { get; init; } = RareWords.Limit;

    /// <summary>Threads to use.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The command that asked for this; null where there was none.</summary>
    public string? CommandLine { get; init; }

    /// <summary>Is told in a sentence what a person should know of the work; null for nobody.</summary>
    public Action<string>? Note { get; init; }
}
