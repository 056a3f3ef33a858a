namespace StableQuant.Calibration.Float;

/// <summary>Normalisations; sums run in double, so that the reference does not depend on their order.</summary>
internal static class ReferenceNorms
{
    /// <summary>Each frame over its channels.</summary>
    public static Matrix Layer(Matrix input, float epsilon, FloatParameters parameters)
    {
        Matrix result = new(input.Rows, input.Columns);
        Parallel.For(0, input.Rows, row => Normalise(input, result, row * input.Columns, 1, input.Columns, epsilon, c => c, parameters));
        return result;
    }

    /// <summary>Each channel over the utterance.</summary>
    public static Matrix Group(Matrix input, float epsilon, FloatParameters parameters)
    {
        Matrix result = new(input.Rows, input.Columns);
        Parallel.For(0, input.Columns, column => Normalise(input, result, column, input.Columns, input.Rows, epsilon, _ => column, parameters));
        return result;
    }

    private static void Normalise(
        Matrix input, Matrix result, int start, int step, int count, float epsilon, Func<int, int> channelOf, FloatParameters parameters)
    {
        double sum = 0, squares = 0;
        for (int i = 0; i < count; i++)
        {
            sum += input.Data[start + i * step];
        }

        double mean = sum / count;
        for (int i = 0; i < count; i++)
        {
            double centered = input.Data[start + i * step] - mean;
            squares += centered * centered;
        }

        double factor = 1 / Math.Sqrt(squares / count + epsilon);
        for (int i = 0; i < count; i++)
        {
            int at = start + i * step, channel = channelOf(i);
            result.Data[at] = (float)((input.Data[at] - mean) * factor * parameters.Weight[channel] + (parameters.Bias?[channel] ?? 0));
        }
    }
}
