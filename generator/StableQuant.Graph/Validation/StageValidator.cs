namespace StableQuant.Graph.Validation;

/// <summary>Checks how many frames values have: in the longest utterance, and of what they are made.</summary>
internal sealed class StageValidator
{
    // Of each stage: the samples that one frame takes, those from one frame to the next (none where all frames are one: infinity), and the frames of the longest utterance.
    private readonly List<(double Field, double Step, long Frames)> stages = [(1, 1, GraphLimits.MaxSamples)];

    /// <summary>Begins with the stages of what the first operation reads.</summary>
    /// <param name="frontEnd">The front end, which has been checked.</param>
    public StageValidator(FrontEnd frontEnd)
    {
        foreach (Stage stage in frontEnd.Stages.Skip(1))
        {
            Add(stage);
        }
    }

    /// <summary>Checks a value.</summary>
    /// <param name="stage">Its stage, one of those before or the next.</param>
    /// <param name="channels">Its channels.</param>
    /// <param name="line">The line of the operation that makes it.</param>
    public void Check(Stage stage, int channels, LineCheck line)
    {
        if (stage.Index == stages.Count)
        {
            if (double.IsPositiveInfinity(stages[stage.Previous].Step))
            {
                throw line.Error(GraphError.Name, "This value would be made of several frames, but what it reads is one for the whole utterance.");
            }

            Add(stage);
        }

        (double samples, double stride, long frames) = stages[stage.Index];
        if (samples > GraphLimits.MaxSamples || (stride > GraphLimits.MaxSamples && !stage.IsUtterance))
        {
            throw line.Error("kernel", $"A frame would take more than {GraphLimits.MaxSamples} samples; kernel or stride is too large.");
        }

        if (frames > GraphLimits.MaxFrames || frames * channels * sizeof(float) > GraphLimits.MaxValueBytes)
        {
            throw line.Error(GraphError.Name, $"This value would have {frames} frames of {channels} channels an hour: more than {GraphLimits.MaxFrames} frames, or {GraphLimits.MaxValueBytes} bytes.");
        }
    }

    private void Add(Stage stage)
    {
        (double field, double step, long previous) = stages[stage.Previous];
        double frame = step * stage.FrameRows;
        stages.Add((field + (frame * (stage.Kernel - 1)), stage.IsUtterance ? double.PositiveInfinity : frame * stage.Stride / stage.MadeRows, stage.Frames(previous)));
    }
}
