namespace StableQuant.Calibration.Float;

/// <summary>A value [rows, columns], row by row.</summary>
internal sealed record Matrix(float[] Data, int Rows, int Columns)
{
    /// <summary>A matrix of zeros.</summary>
    public Matrix(int rows, int columns)
        : this(new float[checked(rows * columns)], rows, columns)
    {
    }

    /// <summary>One row.</summary>
    public Span<float> Row(int row) => Data.AsSpan(row * Columns, Columns);
}
