using StableQuant.Graph;

namespace StableQuant.Generator.Lower;

/// <summary>Channels and stage (frame count) of every value, and who reads it.</summary>
internal sealed class Shapes
{
    private readonly Dictionary<string, (int Stage, int Channels)> values = new() { [Operation.Audio] = (0, 1) };
    private readonly Dictionary<string, List<Operation>> readers = [];
    private readonly List<Stage> stages = [new(0, 0, 1, 1, 0)];

    public Shapes(ModelDescription model)
    {
        foreach (Operation operation in model.Operations)
        {
            (int stage, int channels) = values[operation.Inputs[0]];
            values.Add(operation.Name, operation switch
            {
                Convolution c => (StageAfter(stage, c), c.OutputChannels),
                Linear l => (stage, l.OutputChannels),
                _ => (stage, channels),
            });
            foreach (string input in operation.Inputs.Distinct())
            {
                Readers(input).Add(operation);
            }
        }
    }

    public IReadOnlyList<Stage> Stages => stages;

    public int StageOf(string value) => values[value].Stage;

    public int ChannelsOf(string value) => values[value].Channels;

    /// <summary>The operations that read a value, in order.</summary>
    public List<Operation> Readers(string value)
    {
        if (!readers.TryGetValue(value, out List<Operation>? list))
        {
            readers.Add(value, list = []);
        }

        return list;
    }

    // Convolutions of the same geometry over the same frames make the same number of frames; one that keeps it makes no new stage.
    private int StageAfter(int stage, Convolution c)
    {
        int padding = c.PadLeft + c.PadRight;
        if (c.Stride == 1 && padding == c.Kernel - 1)
        {
            return stage;
        }

        Stage? same = stages.FirstOrDefault(s => s.Index > 0 && s.Previous == stage && s.Kernel == c.Kernel && s.Stride == c.Stride && s.Padding == padding);
        if (same is null)
        {
            stages.Add(same = new Stage(stages.Count, stage, c.Kernel, c.Stride, padding));
        }

        return same.Index;
    }
}
