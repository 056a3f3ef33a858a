namespace StableQuant.Calibration.Simulate;

/// <summary>What dithered values have added before they are rounded, from docs/numbers.md and not from the kernels, so that an error of theirs cannot hide here.</summary>
internal static class DitherSequence
{
    /// <summary>Numbers of the sequence, which then begins anew.</summary>
    public const int Length = 1024;

    /// <summary>From one row to the next, of 2³².</summary>
    public const long RowStep = 2654435769;

    /// <summary>For each number of the sequence that a row can begin with, what the row's channels have [<see cref="Length"/>, channels].</summary>
    public static float[] Rows(int channels)
    {
        var rows = new float[Length * channels];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = Number((i / channels + i % channels) % Length);
        }

        return rows;
    }

    // Its place's bits, the lowest as the half, the next as the quarter …
    private static float Number(int place)
    {
        float number = 0.5f / Length - 0.5f;
        for (float worth = 0.5f; place > 0; place /= 2, worth /= 2)
        {
            number += place % 2 * worth;
        }

        return number;
    }
}
