namespace StableQuant.Kernels.Gemm;

/// <summary>What <c>ldtilecfg</c> reads.</summary>
internal unsafe struct AmxConfiguration
{
    private const int TileRows = 16;

    public byte Palette;
    private fixed byte reserved[15];
    public fixed ushort RowBytes[16];
    public fixed byte Rows[16];

    /// <summary>Sums 0 and 1 and inputs 4 are the first 16 rows, sums 2 and 3 and inputs 5 the others; 6 and 7 are weights.</summary>
    /// <param name="rows">1 … 32.</param>
    /// <param name="groups">Groups of 4 inputs that one instruction multiplies, 1 … 16.</param>
    public static AmxConfiguration Of(int rows, int groups)
    {
        int upper = Math.Min(rows, TileRows), lower = rows - upper;
        var configuration = new AmxConfiguration { Palette = 1 };
        ReadOnlySpan<int> heights = [upper, upper, lower, lower, upper, lower, groups, groups];
        for (int i = 0; i < heights.Length; i++)
        {
            configuration.Rows[i] = (byte)heights[i];
            configuration.RowBytes[i] = (ushort)(heights[i] == 0 ? 0 : i is 4 or 5 ? groups * 4 : 64);
        }

        return configuration;
    }
}
