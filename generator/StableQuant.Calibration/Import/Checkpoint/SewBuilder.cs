namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>Builds SEW: wav2vec 2.0 whose blocks see a frame for every few, and whose result is spread over all frames again.</summary>
internal static class SewBuilder
{
    private static readonly (int[] Dim, int[] Kernel, int[] Stride) Convolutions =
        ([64, 128, 128, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512], [10, 3, 1, 3, 1, 3, 1, 3, 1, 2, 1, 2, 1], [5, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]);

    /// <summary>Builds a model.</summary>
    public static void Build(ModelBuilder model, CheckpointFolder folder, ConfigReader json)
    {
        ModelConfig config = ModelConfig.Read(folder, json, isData2Vec: false, Convolutions) with { PreNorm = false, BlockAdapterSize = null, AdapterLayers = 0 };
        int squeeze = json.Number("squeeze_factor", 2), channels = config.ConvDim[^1];
        if (squeeze < 2 || (config.PositionKernel + 1) / 2 < squeeze)
        {
            throw new ImportException(folder.Shown(CheckpointFolder.ConfigFile), "squeeze_factor", $"is {squeeze}; 2 to half of num_conv_pos_embeddings are supported");
        }

        string stream = Wav2Vec2Builder.FeatureExtractor(model, config);
        stream = model.LayerNorm("projection.norm", "layer_norm", stream, channels, config.Epsilon);
        if (channels != config.HiddenSize)
        {
            stream = model.Linear("projection", "feature_projection", stream, channels, config.HiddenSize);
        }

        string frames = stream;
        string pooled = model.AveragePool("position.pool", "encoder.pool", frames, squeeze);
        stream = model.Sum("position.add", pooled, PositionBuilder.Single(model, config, frames, squeeze));
        stream = Wav2Vec2Builder.EncoderNorm(model, config, stream);
        for (int block = 0; block < config.Layers; block++)
        {
            model.HiddenState(stream, config.Layers);
            stream = Wav2Vec2Builder.EncoderBlock(model, config, null, block, stream);
        }

        string wide = model.Linear("upsample", "encoder.upsample.projection", stream, config.HiddenSize, squeeze * config.HiddenSize);
        string activated = model.Activation("upsample", "feat_extract_activation", config.ConvActivation, wide);
        Wav2Vec2Builder.Head(model, config, model.Upsample("upsample.frames", "encoder.upsample", activated, frames, squeeze));
    }
}
