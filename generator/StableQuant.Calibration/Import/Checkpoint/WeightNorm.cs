namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>Weights that are stored as lengths and directions: w = g · v / ‖v‖, the norm over all axes but the one along which g has elements.</summary>
internal static class WeightNorm
{
    /// <summary>The weights, in the shape of the directions.</summary>
    /// <param name="gain">g, of the directions' shape where it has elements and 1 elsewhere.</param>
    /// <param name="direction">v [outputs, inputs, kernel].</param>
    /// <exception cref="ImportException">The shapes do not belong together.</exception>
    public static Func<float[]> Of(StoredTensor gain, StoredTensor direction)
    {
        int axis = Enumerable.Range(0, 3).FirstOrDefault(i => gain.Shape[i] != 1, 2);
        if (Enumerable.Range(0, 3).Any(i => gain.Shape[i] != (i == axis ? direction.Shape[i] : 1)))
        {
            throw new ImportException(gain.File.Path, $"tensor '{gain.Name}'", $"has the shape {gain.ShapeText}, which gives '{direction.Name}' {direction.ShapeText} no lengths along one axis");
        }

        return () => Product(gain.Read(), direction.Read(), (int)direction.Shape.Skip(axis + 1).Aggregate(1L, (product, size) => product * size));
    }

    // Along the axis an element's index is its place, over the elements of the inner axes, modulo the lengths.
    private static float[] Product(float[] lengths, float[] values, int inner)
    {
        var squares = new double[lengths.Length];
        for (int i = 0; i < values.Length; i++)
        {
            squares[i / inner % lengths.Length] += (double)values[i] * values[i];
        }

        for (int i = 0; i < values.Length; i++)
        {
            int at = i / inner % lengths.Length;
            values[i] = (float)(values[i] * (lengths[at] / Math.Sqrt(squares[at])));
        }

        return values;
    }
}
