using System.Text.Json;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Checkpoint;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Graph;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>
/// What a model's outputs stand for, before it is imported: a checkpoint's config.json names its head. Of an ONNX file the output's name and shape
/// tell an embedding and an utterance's classes; classes of frames are told from tokens by labels, or the config.json beside it.
/// </summary>
public static class HeadFile
{
    /// <summary>Reads the head of a model.</summary>
    /// <param name="modelPath">The model: an <c>.onnx</c> file, or a folder with a <c>config.json</c>.</param>
    /// <param name="vocabularyPath">The vocabulary of a model that recognises words; null for the one beside it, or in its folder.</param>
    /// <param name="labelsPath">The labels of a model that classifies; null for those of the config.json beside it, or in its folder.</param>
    /// <param name="choice">What the user says of the vocabulary; null for nothing.</param>
    /// <param name="note">Receives a line on each thing that is not as it should be, and how it was read.</param>
    /// <exception cref="StableQuantException">There is no such model, nothing tells what its outputs are, or a file is malformed or another model's.</exception>
    public static Head LoadFor(string modelPath, string? vocabularyPath, string? labelsPath, VocabularyChoice? choice = null, Action<string>? note = null)
    {
        HeadKind kind = KindOf(modelPath, labelsPath);
        if (kind is HeadKind.Ctc or HeadKind.Embedding && labelsPath is not null)
        {
            throw new StableQuantException($"{modelPath}: {(kind == HeadKind.Ctc ? "recognises words" : "makes embeddings")}: it has no classes that --labels could name.");
        }

        if (kind != HeadKind.Ctc && vocabularyPath is not null)
        {
            throw new StableQuantException($"{modelPath}: {(kind == HeadKind.Embedding ? "makes embeddings" : "tells classes apart")}: it has no tokens that --vocab could name.");
        }

        return kind switch
        {
            HeadKind.Ctc => VocabularyFile.LoadFor(modelPath, vocabularyPath, choice, note),
            HeadKind.Embedding => new Embedding(),
            _ => LabelsFile.LoadFor(modelPath, labelsPath, perFrame: kind == HeadKind.FrameClasses, note),
        };
    }

    private static HeadKind KindOf(string modelPath, string? labelsPath)
    {
        if (Directory.Exists(modelPath))
        {
            return OfConfiguration(modelPath);
        }

        if (!File.Exists(modelPath))
        {
            throw new StableQuantException($"{modelPath}: there is no such model.");
        }

        (string name, bool isUtterance) = Signature(modelPath);
        return LogitsOutput.IsEmbedding(name) ? HeadKind.Embedding
            : isUtterance ? HeadKind.Classes
            : labelsPath is not null || IsOfFrames(modelPath) ? HeadKind.FrameClasses
            : HeadKind.Ctc;
    }

    // A file that cannot be read will tell why when it is imported.
    private static (string Name, bool IsUtterance) Signature(string modelPath)
    {
        try
        {
            return LogitsOutput.Signature(OnnxOutputs.Read(modelPath)) ?? ("", false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ("", false);
        }
    }

    private static HeadKind OfConfiguration(string folder)
    {
        var files = new CheckpointFolder(folder);
        using JsonDocument json = files.ReadJson(CheckpointFolder.ConfigFile);
        return CheckpointMember.Find(files, new ConfigReader(files.Shown(CheckpointFolder.ConfigFile), json.RootElement)).Head.Kind;
    }

    private static bool IsOfFrames(string modelPath)
    {
        using LabelsConfiguration? beside = LabelsConfiguration.Beside(modelPath);
        return beside?.Architectures.Any(name => name.EndsWith("ForAudioFrameClassification", StringComparison.Ordinal)) == true;
    }
}
