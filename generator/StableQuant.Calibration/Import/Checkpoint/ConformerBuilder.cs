using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>Builds Wav2Vec2-Conformer: wav2vec 2.0's feature extractor and projection, and conformer blocks.</summary>
internal static class ConformerBuilder
{
    /// <summary>Builds a model.</summary>
    /// <exception cref="ImportException">Its positions are of another kind.</exception>
    public static void Build(ModelBuilder model, CheckpointFolder folder, ConfigReader json)
    {
        ModelConfig config = ModelConfig.Read(folder, json, isData2Vec: false);
        var shape = ConformerShape.Read(
            folder.Shown(CheckpointFolder.ConfigFile), json, [("relative", ConformerPositions.Relative), ("rotary", ConformerPositions.Rotary)],
            (config.HiddenSize, config.IntermediateSize, config.Heads), config.HiddenActivation, config.Epsilon);

        // The encoder has this convolution and does not use it.
        model.Tensors.PassOver("encoder.pos_conv_embed.");
        string stream = Wav2Vec2Builder.FeatureExtractor(model, config);
        stream = Wav2Vec2Builder.Projection(model, config, stream);
        var blocks = new ConformerBlocks(model, shape);
        for (int block = 0; block < config.Layers; block++)
        {
            model.HiddenState(stream, config.Layers);
            stream = blocks.Build(block, stream);
        }

        string last = stream;
        stream = Wav2Vec2Builder.EncoderNorm(model, config, stream);
        model.HiddenState(config.NormsLastState ? stream : last, config.Layers);
        Wav2Vec2Builder.Head(model, config, AdapterBuilder.Build(model, config, stream));
    }
}
