namespace StableQuant.Graph;

/// <summary>Channels and stage (number of frames) of every value of a graph.</summary>
public sealed class ValueShapes
{
    private readonly Dictionary<string, (Stage Stage, int Channels)> values;
    private readonly Dictionary<(int Previous, int Kernel, int Stride, int Padding), Stage> known = [];
    private readonly List<Stage> stages = [new(0, 0, 1, 1, 0)];

    /// <summary>The shape of the audio alone.</summary>
    public ValueShapes() => values = new(StringComparer.Ordinal) { [Operation.Audio] = (stages[0], 1) };

    /// <summary>All stages, each after the one that it is made from.</summary>
    public IReadOnlyList<Stage> Stages => stages;

    /// <summary>Takes the value of an operation, whose inputs are known.</summary>
    public void Add(Operation operation)
    {
        (Stage stage, int channels) = values[operation.Inputs[0]];
        values.Add(operation.Name, (operation is Convolution convolution ? After(stage, convolution) : stage, operation.ChannelsFrom(channels)));
    }

    /// <summary>Whether a value is known.</summary>
    public bool Has(string value) => values.ContainsKey(value);

    /// <summary>The stage of a value.</summary>
    public Stage StageOf(string value) => values[value].Stage;

    /// <summary>The channels of a value.</summary>
    public int ChannelsOf(string value) => values[value].Channels;

    // Convolutions of the same geometry over the same frames make the same number of frames; one that keeps it makes no new stage.
    private Stage After(Stage stage, Convolution c)
    {
        int padding = c.PadLeft + c.PadRight;
        if (c.Stride == 1 && padding == c.Kernel - 1)
        {
            return stage;
        }

        (int, int, int, int) key = (stage.Index, c.Kernel, c.Stride, padding);
        if (!known.TryGetValue(key, out Stage? after))
        {
            known.Add(key, after = new Stage(stages.Count, stage.Index, c.Kernel, c.Stride, padding));
            stages.Add(after);
        }

        return after;
    }
}
