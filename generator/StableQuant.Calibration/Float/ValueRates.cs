using StableQuant.Audio;
using StableQuant.Graph;

namespace StableQuant.Calibration.Float;

/// <summary>Frames a second and channels of a model's values, and with them the work of its products. What is one frame for the whole utterance counts as none.</summary>
internal sealed class ValueRates
{
    private readonly Dictionary<string, (double Rate, int Channels)> shapes = new(StringComparer.Ordinal);

    public ValueRates(FloatModel model)
    {
        double samples = model.FrontEnd.Stages.Aggregate(1.0, (step, stage) => step * stage.Stride);
        shapes.Add(model.FrontEnd.Value, (AudioFile.ModelRate / samples, model.FrontEnd.Channels));
        foreach (Operation operation in model.Operations)
        {
            (double rate, int channels) = shapes[operation.Inputs[0]];
            shapes.Add(operation.Name, (operation switch { Convolution2d c => rate / c.FrameRows / c.Stride * c.OutputBands, Product p => rate / p.Stride, AveragePool p => rate / p.Frames, UtterancePool => 0, Sinusoids s => rate * s.Rows, Upsample u => shapes[u.Like].Rate, _ => rate }, operation.ChannelsFrom(channels)));
        }
    }

    /// <summary>Frames a second and channels.</summary>
    public (double Rate, int Channels) Of(string value) => shapes[value];

    /// <summary>Multiplications a second of audio.</summary>
    public double Multiplications(Product product) => Of(product.Name).Rate * product.OutputChannels * product.GroupInputs;
}
