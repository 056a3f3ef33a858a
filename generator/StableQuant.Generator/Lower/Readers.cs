using StableQuant.Graph;

namespace StableQuant.Generator.Lower;

/// <summary>Who reads each value of a model.</summary>
internal sealed class Readers
{
    private static readonly List<Operation> Nobody = [];

    private readonly Dictionary<string, List<Operation>> readers = new(StringComparer.Ordinal);

    public Readers(ModelDescription model)
    {
        foreach (Operation operation in model.Operations)
        {
            // Sinusoids read no numbers.
            foreach (string input in operation is Sinusoids ? [] : operation.Inputs.Distinct())
            {
                if (!readers.TryGetValue(input, out List<Operation>? list))
                {
                    readers.Add(input, list = []);
                }

                list.Add(operation);
            }
        }
    }

    /// <summary>The operations that read a value, in order.</summary>
    public IReadOnlyList<Operation> Of(string value) => readers.TryGetValue(value, out List<Operation>? list) ? list : Nobody;

    /// <summary>The one that does, where there is but one.</summary>
    public Operation? OnlyOf(string value) => Of(value) is { Count: 1 } only ? only[0] : null;
}
