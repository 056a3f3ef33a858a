namespace StableQuant.Graph;

/// <summary>Channels and stage (number of frames) of every value of a graph.</summary>
public sealed class ValueShapes
{
    private readonly Dictionary<string, (Stage Stage, int Channels)> values;
    private readonly Dictionary<(int Previous, int Missing, int Stride), Stage> known = [];
    private readonly List<Stage> stages = [new(0, 0, 1, 1, 0)];

    /// <summary>The shape of the audio alone.</summary>
    public ValueShapes() => values = new(StringComparer.Ordinal) { [Operation.Audio] = (stages[0], 1) };

    /// <summary>All stages, each after the one that it is made from.</summary>
    public IReadOnlyList<Stage> Stages => stages;

    /// <summary>Takes the value of an operation, whose inputs are known.</summary>
    public void Add(Operation operation)
    {
        (Stage stage, int channels) = values[operation.Inputs[0]];
        Stage made = operation switch
        {
            Convolution c => After(stage, c.Kernel, c.Stride, c.PadLeft + c.PadRight),
            AveragePool p => After(stage, p.Frames, p.Frames, 0),
            UtterancePool p => After(stage, p.MinFrames, Stage.Utterance, 0),
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
    private Stage After(Stage stage, int kernel, int stride, int padding)
    {
        if (stride == 1 && padding == kernel - 1)
        {
            return stage;
        }

        (int, int, int) key = (stage.Index, kernel - padding, stride);
        if (!known.TryGetValue(key, out Stage? after))
        {
            known.Add(key, after = new Stage(stages.Count, stage.Index, kernel, stride, padding));
            stages.Add(after);
        }

        return after;
    }
}
