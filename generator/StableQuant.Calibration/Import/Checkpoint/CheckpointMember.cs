namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>A member of the family as a checkpoint names it: one row here for each that can be imported.</summary>
/// <param name="ModelType">Its <c>model_type</c>.</param>
/// <param name="Architecture">Its class with a CTC head, in <c>architectures</c>.</param>
/// <param name="Prefix">What stands before the names of its tensors.</param>
/// <param name="Build">Makes its operations.</param>
internal sealed record CheckpointMember(string ModelType, string Architecture, string Prefix, Action<ModelBuilder, CheckpointFolder, ConfigReader> Build)
{
    /// <summary>What is made of the audio for it, by its folder and its settings; and who is told what these do not say.</summary>
    public Func<CheckpointFolder, ConfigReader, Action<string>?, Graph.FrontEnd> FrontEnd { get; private init; } = (folder, _, note) => PreprocessorConfig.Read(folder, note);

    private static readonly CheckpointMember[] All =
    [
        new("wav2vec2", "Wav2Vec2ForCTC", "wav2vec2", Wav2Vec2Builder.Build),
        new("hubert", "HubertForCTC", "hubert", Wav2Vec2Builder.Build),
        new("unispeech", "UniSpeechForCTC", "unispeech", Wav2Vec2Builder.Build),
        new("unispeech-sat", "UniSpeechSatForCTC", "unispeech_sat", Wav2Vec2Builder.Build),
        new("wavlm", "WavLMForCTC", "wavlm", Wav2Vec2Builder.BuildWavLM),
        new("sew", "SEWForCTC", "sew", SewBuilder.Build),
        new("wav2vec2-conformer", "Wav2Vec2ConformerForCTC", "wav2vec2_conformer", ConformerBuilder.Build),
        new("wav2vec2-bert", "Wav2Vec2BertForCTC", "wav2vec2_bert", Wav2Vec2BertBuilder.Build) { FrontEnd = BertFeatures.Read },
        new("parakeet_ctc", "ParakeetForCTC", "parakeet", ParakeetBuilder.Build) { FrontEnd = ParakeetFeatures.Read },
        new("data2vec-audio", "Data2VecAudioForCTC", "data2vec_audio", Wav2Vec2Builder.BuildData2Vec),
    ];

    // What the names of its classes begin with.
    private string Stem => Architecture[..^"ForCTC".Length];

    /// <summary>The member and the head that a config.json names.</summary>
    /// <exception cref="ImportException">It names none that is known.</exception>
    public static (CheckpointMember Member, CheckpointHead Head) Find(CheckpointFolder folder, ConfigReader config)
    {
        string file = folder.Shown(CheckpointFolder.ConfigFile);
        IReadOnlyList<string> architectures = config.Texts("architectures");
        string? type = config.Text("model_type");
        string?[] named = architectures.Count > 0 ? [.. architectures] : type is null ? [] : [null];
        foreach (CheckpointMember member in All.Where(member => type is null || type == member.ModelType))
        {
            foreach (string? architecture in named)
            {
                if (CheckpointHead.Find(architecture, member.Stem) is { } head)
                {
                    return (member, head);
                }
            }
        }

        return All.FirstOrDefault(member => member.ModelType == type) is { } known
            ? throw new ImportException(file, null, $"describes {Description(type, architectures)}, whose head is not supported; {string.Join(", ", CheckpointHead.Endings.Select(ending => known.Stem + ending))} are")
            : throw new ImportException(file, null, $"describes {Description(type, architectures)}, which is not supported; {string.Join(", ", All.Select(member => member.Architecture))} are, and these with other heads");
    }

    private static string Description(string? type, IReadOnlyList<string> architectures) =>
        architectures.Count > 0 ? string.Join(", ", architectures) : type is null ? "a model without model_type and architectures" : $"a model of the type '{type}'";
}
