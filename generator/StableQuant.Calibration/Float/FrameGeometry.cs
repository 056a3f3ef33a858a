using StableQuant.Graph;

namespace StableQuant.Calibration.Float;

/// <summary>How samples become frames of logits, as the convolutions of a model have it.</summary>
internal sealed class FrameGeometry
{
    private readonly Stage[] stages;

    /// <summary>Follows the frames from the samples to the logits.</summary>
    public FrameGeometry(FloatModel model)
    {
        var shapes = new ValueShapes(model.FrontEnd);
        foreach (Operation operation in model.Operations)
        {
            shapes.Add(operation);
        }

        var way = new Stack<Stage>();
        for (Stage stage = shapes.StageOf(model.Operations[^1].Name); stage.Index > 0; stage = shapes.Stages[stage.Previous])
        {
            way.Push(stage);
        }

        stages = [.. way];
        IsUtterance = stages.Length > 0 && stages[^1].IsUtterance;
        SamplesPerFrame = checked((int)shapes.StageOf(model.Operations[^1].Name).SamplesPerRow(shapes.Stages));
        MinSamples = shapes.Stages.Max(SamplesOfOneFrame);

        int SamplesOfOneFrame(Stage stage)
        {
            long samples = 1;
            for (; stage.Index > 0; stage = shapes.Stages[stage.Previous])
            {
                samples = stage.FramesFor(samples);
            }

            return checked((int)samples);
        }
    }

    /// <summary>Samples that make one frame of every value on the way: the receptive field.</summary>
    public int MinSamples { get; }

    /// <summary>Whether all frames become one.</summary>
    public bool IsUtterance { get; }

    /// <summary>Samples from one frame to the next; where all become one, of those that it is made of.</summary>
    public int SamplesPerFrame { get; }

    /// <summary>Frames that so many samples make; none where they are too few.</summary>
    public int Frames(int samples) => (int)stages.Aggregate((long)samples, (frames, stage) => stage.Frames(frames));
}
