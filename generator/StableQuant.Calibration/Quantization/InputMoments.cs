namespace StableQuant.Calibration.Quantization;

/// <summary>
/// Second moments of what outputs of a product read, Σ x · xᵀ over windows of speech. Of more than <see cref="MaxInputs"/> inputs only those
/// of neighbours are known, in parts, so that memory and time are bounded.
/// </summary>
/// <param name="inputs">Inputs of an output.</param>
internal sealed class InputMoments(int inputs)
{
    /// <summary>Inputs whose moments are taken together.</summary>
    public const int MaxInputs = 4096;

    private const int Windows = 64;

    // A diagonal element more, as a share of their mean: what the speech at hand did not vary is not free to be wrong.
    private const double Damping = 0.01;

    private readonly DenseMatrix[] sums = [.. Parts(inputs).Select(part => new DenseMatrix(part.Count, part.Count))];
    private readonly DenseMatrix[] windows = [.. Parts(inputs).Select(part => new DenseMatrix(Windows, part.Count))];
    private int waiting;

    /// <summary>Inputs of an output.</summary>
    public int Inputs => inputs;

    /// <summary>The first input and the inputs of each part.</summary>
    public static IEnumerable<(int First, int Count)> Parts(int inputs)
    {
        int count = (inputs + MaxInputs - 1) / MaxInputs;
        return Enumerable.Range(0, count).Select(part => ((int)((long)inputs * part / count), (int)((long)inputs * (part + 1) / count) - (int)((long)inputs * part / count)));
    }

    /// <summary>Bytes that the moments of so many inputs take.</summary>
    public static long Bytes(int inputs) => Parts(inputs).Sum(part => (long)sizeof(double) * part.Count * (part.Count + Windows));

    /// <summary>Adds a window: the caller fills it with what an output reads.</summary>
    /// <param name="fill">Is given each part, and its first input.</param>
    public void Add(Filling fill)
    {
        int place = 0;
        foreach ((int first, _) in Parts(inputs))
        {
            fill(first, windows[place++].Row(waiting));
        }

        if (++waiting == Windows)
        {
            Flush();
        }
    }

    /// <summary>Fills a part of a window.</summary>
    /// <param name="first">The first input.</param>
    /// <param name="values">Receives that and the next ones.</param>
    public delegate void Filling(int first, Span<double> values);

    /// <summary>The mean of each input's square.</summary>
    public double[] Squares()
    {
        Flush();
        return [.. sums.SelectMany(sum => Enumerable.Range(0, sum.Rows).Select(i => sum[i, i]))];
    }

    /// <summary>What errors are fed back by, a part each; the moments are used up.</summary>
    public IReadOnlyList<FeedbackOrder> Orders()
    {
        Flush();
        return [.. Parts(inputs).Select((part, i) => FeedbackOrder.Of(part.First, sums[i], Damping))];
    }

    private void Flush()
    {
        for (int i = 0; i < sums.Length && waiting > 0; i++)
        {
            sums[i].AddProduct(1, windows[i], windows[i], 0, waiting, (0, sums[i].Rows), row => (row, sums[i].Rows));
        }

        waiting = 0;
    }
}
