using System.Numerics.Tensors;

namespace StableQuant.Calibration.Quantization;

/// <summary>
/// Second moments of what outputs of a product read, Σ x · xᵀ over windows of speech. Of more than <see cref="MaxInputs"/> inputs only those
/// of neighbours are known, in parts, so that memory and time are bounded. Where rounded weights lie before the product, beside them what is lost on the way:
/// with x of the float model and x̂ in its place, Σ x̂ · x̂ᵀ and Σ x̂ · (x − x̂)ᵀ.
/// </summary>
/// <param name="inputs">Inputs of an output.</param>
/// <param name="areChanged">Whether what outputs read is not what the float model's read.</param>
internal sealed class InputMoments(int inputs, bool areChanged = false)
{
    /// <summary>Inputs whose moments are taken together.</summary>
    public const int MaxInputs = 4096;

    private const int Windows = 64;

    // A diagonal element more, as a share of their mean: what the speech at hand did not vary is not free to be wrong.
    private const double Damping = 0.01;

    // What weights make up for is damped more, and half of it: the rest is another speech's (docs/contributing/decisions.md).
    private const double LossDamping = 0.05, LossShare = 0.5;

    private readonly DenseMatrix[] sums = [.. Parts(inputs).Select(part => new DenseMatrix(part.Count, part.Count))];
    private readonly DenseMatrix[] windows = [.. Parts(inputs).Select(part => new DenseMatrix(Windows, part.Count))];
    private readonly DenseMatrix[] lostSums = areChanged ? [.. Parts(inputs).Select(part => new DenseMatrix(part.Count, part.Count))] : [];
    private readonly DenseMatrix[] lostWindows = areChanged ? [.. Parts(inputs).Select(part => new DenseMatrix(Windows, part.Count))] : [];
    private DenseMatrix[]? factors;
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
    /// <param name="fillOriginal">The same with what the float model's reads, where that is not the same.</param>
    public void Add(Filling fill, Filling? fillOriginal = null)
    {
        int place = 0;
        foreach ((int first, _) in Parts(inputs))
        {
            Span<double> window = windows[place].Row(waiting);
            fill(first, window);
            if (fillOriginal is not null)
            {
                Span<double> lost = lostWindows[place].Row(waiting);
                fillOriginal(first, lost);
                TensorPrimitives.Subtract(lost, window, lost);
            }

            place++;
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

    /// <summary>
    /// The weights that bring outputs nearest to the float model's: w + H⁻¹ · Σ x̂ · (x − x̂)ᵀ · w, H being the moments of x̂ (GPTAQ,
    /// arXiv 2504.02692), of which half is taken. Where nothing is lost, the weights as they are.
    /// </summary>
    /// <param name="weights">[outputs, inputs].</param>
    /// <param name="outputs">Outputs.</param>
    public ReadOnlyMemory<float> Corrected(ReadOnlyMemory<float> weights, int outputs)
    {
        if (!areChanged)
        {
            return weights;
        }

        Flush();
        factors ??= [.. sums.Select(Damped)];
        float[] corrected = weights.ToArray();
        foreach (((int first, int count), int place) in Parts(inputs).Select((part, place) => (part, place)))
        {
            DenseMatrix factor = factors[place], lost = lostSums[place];
            ParallelWork.For(outputs, (long)outputs * count * count, output =>
            {
                ReadOnlySpan<float> own = weights.Span.Slice(output * inputs + first, count);
                var right = new double[count];
                for (int i = 0; i < count; i++)
                {
                    DenseMatrix.AddScaled(right, own[i], lost.Row(i));
                }

                double[] step = factor.Solve(right);
                for (int i = 0; i < count; i++)
                {
                    corrected[output * inputs + first + i] += (float)(LossShare * step[i]);
                }
            });
        }

        return corrected;
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
            if (areChanged)
            {
                // Transposed, so that an input's losses are a row: (x − x̂) · x̂ᵀ.
                lostSums[i].AddProduct(1, lostWindows[i], windows[i], 0, waiting, (0, sums[i].Rows), _ => (0, sums[i].Rows));
            }
        }

        waiting = 0;
    }

    // The factor of moments that are as definite as it takes.
    private static DenseMatrix Damped(DenseMatrix moments)
    {
        int count = moments.Rows;
        double mean = Math.Max(Enumerable.Range(0, count).Average(i => moments[i, i]), 1e-30);
        for (double damping = LossDamping; ; damping *= 10)
        {
            var factor = new DenseMatrix(count, count);
            for (int i = 0; i < count; i++)
            {
                moments.Row(i).CopyTo(factor.Row(i));
                factor[i, i] += damping * mean;
            }

            if (factor.Factorise())
            {
                return factor;
            }
        }
    }
}
