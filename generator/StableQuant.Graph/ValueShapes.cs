namespace StableQuant.Graph;

/// <summary>Channels and stage (number of frames) of every value of a graph.</summary>
public sealed class ValueShapes
{
    private readonly Dictionary<string, (Stage Stage, int Channels)> values;
    private readonly Dictionary<(int Previous, int Missing, int Stride, int MadeRows), Stage> known = [];
    private readonly List<Stage> stages;

    /// <summary>The shape of what the front end makes alone.</summary>
    public ValueShapes(FrontEnd frontEnd)
    {
        stages = [.. frontEnd.Stages];
        values = new(StringComparer.Ordinal) { [frontEnd.Value] = (stages[stages.Count - 1], frontEnd.Channels) };
    }

    /// <summary>All stages, each after the one that it is made from.</summary>
    public IReadOnlyList<Stage> Stages => stages;

    /// <summary>Takes the value of an operation, whose inputs are known.</summary>
    public void Add(Operation operation)
    {
        (Stage stage, int channels) = values[operation.Inputs[0]];
        Stage made = operation switch
        {
            Convolution c => After(stage, c.Kernel, c.Stride, c.PadLeft + c.PadRight),
            Convolution2d c => After(stage, c.Kernel, c.Stride, 2 * c.Padding, c.FrameRows, c.OutputBands),
            AveragePool p => After(stage, p.Frames, p.Frames, 0),
            UtterancePool p => After(stage, p.MinFrames, Stage.Utterance, 0),
            Sinusoids s => After(stage, 1, 1, 0, 1, s.Rows),
            Upsample u => values[u.Like].Stage,
            _ => stage,
        };
        values.Add(operation.Name, (made, operation.ChannelsFrom(channels)));
    }

    /// <summary>Whether a value is known.</summary>
    public bool Has(string value) => values.ContainsKey(value);

    /// <summary>The stage of a value.</summary>
    public Stage StageOf(string value) => values[value].Stage;

    /// <summary>The channels of a value.</summary>
    public int ChannelsOf(string value) => values[value].Channels;

    // Windows over the same frames make the same number of frames where they step alike and lack as many; those that keep it make no new stage.
    private Stage After(Stage stage, int kernel, int stride, int padding, int frameRows = 1, int madeRows = 1)
    {
        if (stride == 1 && padding == kernel - 1 && frameRows == madeRows)
        {
            return stage;
        }

        (int, int, int, int) key = (stage.Index, kernel - padding, stride, madeRows);
        if (!known.TryGetValue(key, out Stage? after))
        {
            known.Add(key, after = new Stage(stages.Count, stage.Index, kernel, stride, padding, frameRows, madeRows));
            stages.Add(after);
        }

        return after;
    }
}
