namespace StableQuant.Calibration.Quantization;

/// <summary>
/// The weights of an output while they are rounded anew. With H the moments of the inputs and e the weights' errors, what counts is eᵀ · H · e.
/// </summary>
internal sealed class RefinedOutput
{
    private const int MaxInteger = 127;

    private readonly double[] errors;

    // Which level each weight has.
    private readonly int[] places;

    // H · e, and for each level H · s, where s has ones for the weights of that level: by these a change of levels changes H · e.
    private readonly double[] gradient;
    private readonly double[][] members;

    private readonly sbyte[] levels;

    /// <summary>Takes an output as it is rounded; every input must be taken, too (<see cref="Take"/>).</summary>
    /// <param name="weights">Its weights.</param>
    /// <param name="rounded">Their integers, of few different ones.</param>
    /// <param name="scale">What these are multiplied by.</param>
    public RefinedOutput(ReadOnlySpan<float> weights, ReadOnlySpan<sbyte> rounded, float scale)
    {
        Scale = scale;
        levels = [.. rounded.ToArray().Distinct().Order()];
        (errors, places, gradient) = (new double[weights.Length], new int[weights.Length], new double[weights.Length]);
        members = [.. levels.Select(_ => new double[errors.Length])];
        for (int i = 0; i < weights.Length; i++)
        {
            places[i] = Array.BinarySearch(levels, rounded[i]);
            errors[i] = weights[i] - (double)scale * rounded[i];
        }
    }

    /// <summary>What the integers are multiplied by.</summary>
    public float Scale { get; private set; }

    /// <summary>The error, eᵀ · H · e.</summary>
    public double Error => Dot(errors, gradient);

    /// <summary>Takes an input's moments.</summary>
    /// <param name="first">The first input of its part.</param>
    /// <param name="input">The input, from there.</param>
    /// <param name="moments">Its moments with all inputs of the part.</param>
    public void Take(int first, int input, ReadOnlySpan<double> moments)
    {
        DenseMatrix.AddScaled(gradient.AsSpan(first, moments.Length), errors[first + input], moments);
        DenseMatrix.AddScaled(members[places[first + input]].AsSpan(first, moments.Length), 1, moments);
    }

    /// <summary>Moves each weight to the level at which the error is least while all others stay.</summary>
    /// <param name="orders">The moments.</param>
    public void Sweep(IReadOnlyList<FeedbackOrder> orders)
    {
        foreach (FeedbackOrder order in orders)
        {
            for (int i = 0; i < order.Inputs.Length; i++)
            {
                Move(order.First, i, order.Moments.Row(i));
            }
        }
    }

    /// <summary>Moves the levels to where the error is least while each weight keeps its own, as far as integers go.</summary>
    /// <returns>Whether that made it less; else nothing is changed.</returns>
    public bool Refit()
    {
        double[] best = BestLevels();
        float scale = (float)(best.Max(Math.Abs) / MaxInteger);
        if (!(scale > 0))
        {
            return false;
        }

        sbyte[] integers = [.. best.Select(level => (sbyte)Math.Clamp(Math.Round(level / scale), -MaxInteger, MaxInteger))];
        double[] steps = [.. integers.Select((integer, level) => (double)scale * integer - (double)Scale * levels[level])];
        double[] after = [.. errors.Select((error, i) => error - steps[places[i]])], gradientAfter = [.. gradient];
        for (int level = 0; level < steps.Length; level++)
        {
            DenseMatrix.AddScaled(gradientAfter, -steps[level], members[level]);
        }

        if (!(Dot(after, gradientAfter) < Error))
        {
            return false;
        }

        Scale = scale;
        integers.CopyTo(levels, 0);
        after.CopyTo(errors, 0);
        gradientAfter.CopyTo(gradient, 0);
        return true;
    }

    /// <summary>Writes the integers.</summary>
    public void CopyTo(Span<sbyte> row)
    {
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = levels[places[i]];
        }
    }

    private void Move(int first, int input, ReadOnlySpan<double> moments)
    {
        int i = first + input, from = places[i], to = Nearest((double)Scale * levels[from] + gradient[i] / moments[input]);
        double step = (double)Scale * levels[to] - (double)Scale * levels[from];
        if (step == 0)
        {
            return;
        }

        places[i] = to;
        errors[i] -= step;
        DenseMatrix.AddScaled(gradient.AsSpan(first, moments.Length), -step, moments);
        DenseMatrix.AddScaled(members[from].AsSpan(first, moments.Length), -1, moments);
        DenseMatrix.AddScaled(members[to].AsSpan(first, moments.Length), 1, moments);
    }

    // Least squares: with S the column s of each level, Sᵀ · H · S · steps = Sᵀ · H · e. A level that no weight has stays.
    private double[] BestLevels()
    {
        var left = new DenseMatrix(levels.Length, levels.Length);
        var right = new double[levels.Length];
        for (int i = 0; i < places.Length; i++)
        {
            right[places[i]] += gradient[i];
            for (int level = 0; level < levels.Length; level++)
            {
                left[level, places[i]] += members[level][i];
            }
        }

        for (int level = 0; level < levels.Length; level++)
        {
            if (!places.Contains(level))
            {
                left.Row(level).Clear();
                left[level, level] = 1;
            }
        }

        double[] steps = left.Factorise() ? left.Solve(right) : new double[levels.Length];
        return [.. steps.Select((step, level) => (double)Scale * levels[level] + step)];
    }

    private int Nearest(double weight)
    {
        int nearest = 0;
        for (int level = 1; level < levels.Length; level++)
        {
            if (Math.Abs(weight - (double)Scale * levels[level]) < Math.Abs(weight - (double)Scale * levels[nearest]))
            {
                nearest = level;
            }
        }

        return nearest;
    }

    private static double Dot(double[] left, double[] right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }
}
