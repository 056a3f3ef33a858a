using System.Runtime.Intrinsics;
using StableQuant.Kernels.Gemm.MachineCode;
using StableQuant.Kernels.Outliers;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// What <c>Amx.s</c> needs around its instructions: the tiles' sizes; the inputs that are left behind the last whole step of 64; and the
/// rows' outliers, listed once for all panels, so that adding them is one loop with no branches to mispredict.
/// </summary>
internal static unsafe class AmxTile
{
    /// <summary>Rows of the sums: two tiles of 16.</summary>
    public const int MaxRows = 2 * TileRows;

    /// <summary>Panels of the sums.</summary>
    public const int MaxPanels = 2;

    /// <summary>Bytes of <see cref="TileArguments.Workspace"/>.</summary>
    public static readonly int WorkspaceBytes = sizeof(Workspace) + LineBytes;

    private const int TileRows = 16, StepGroups = 16, GroupInputs = 4, StepInputs = StepGroups * GroupInputs, LineBytes = 64;

    // Five times those of rows of 6144 inputs of which one in a thousand has an outlier.
    private const int MaxTerms = 1024;

    /// <summary>Sums a tile.</summary>
    /// <param name="panels">1 or 2.</param>
    /// <param name="rows">1 … <see cref="MaxRows"/>.</param>
    /// <param name="tile">Where it lies.</param>
    /// <param name="run">Runs the code at an entry of <see cref="AmxCode"/>.</param>
    public static void Sum(int panels, int rows, TileArguments* tile, delegate*<int, void*, void> run)
    {
        var work = (Workspace*)(((nint)tile->Workspace + LineBytes - 1) & -LineBytes);
        if (tile->ConfiguredRows != rows)
        {
            tile->ConfiguredRows = rows;
            Configure(&work->Configuration, rows, (int)Math.Min(tile->Groups, StepGroups));
            run(AmxCode.Configure, &work->Configuration);
        }

        var arguments = new Arguments
        {
            Input = tile->Input,
            InputStride = tile->InputStride,
            Weights = tile->Weights,
            PanelBytes = tile->PanelBytes,
            Groups = tile->Groups,
            Sums = tile->Sums,
            Terms = (Term*)work->Terms,
        };
        if (tile->Groups > StepGroups && tile->Groups % StepGroups != 0)
        {
            FillTail(tile, rows, work->Tail);
            arguments.Tail = work->Tail;
        }

        if (tile->Bounds != null)
        {
            AddOutliers(panels, rows, tile, work, &arguments, run);
        }

        run(rows > TileRows ? panels == 1 ? AmxCode.Tile32x1 : AmxCode.Tile32x2 : panels == 1 ? AmxCode.Tile16x1 : AmxCode.Tile16x2, &arguments);
    }

    // More terms than there is room for are listed part by part, anew for each panel.
    private static void AddOutliers(int panels, int rows, TileArguments* tile, Workspace* work, Arguments* arguments, delegate*<int, void*, void> run)
    {
        int open = 0;
        if (!tile->IsListed)
        {
            open = Open(tile, rows, (RowProducts*)work->Rows);
            work->TermCount = List(work, ref open);
            tile->IsListed = open == 0;
        }

        arguments->TermCount = work->TermCount;
        if (work->TermCount == 0)
        {
            return;
        }

        int entry = panels == 1 ? AmxCode.Terms1 : AmxCode.Terms2;
        Clear(tile->Sums, rows * panels);
        for (; open > 0; arguments->TermCount = List(work, ref open))
        {
            run(entry, arguments);
        }

        run(entry, arguments);
    }

    private static void Clear(int* sums, int vectors)
    {
        for (int i = 0; i < vectors; i++)
        {
            Vector512<int>.Zero.StoreAligned(sums + i * Vector512<int>.Count);
        }
    }

    // The rows that have products, and which.
    private static int Open(TileArguments* tile, int rows, RowProducts* open)
    {
        int count = 0;
        for (int row = 0; row < rows; row++)
        {
            int* bounds = (int*)((byte*)tile->Bounds + row * tile->BoundsStride);
            int end = *(int*)((byte*)bounds + tile->WindowBytes);
            open[count] = new RowProducts { Next = tile->Products + bounds[0], End = tile->Products + end, WeightsBefore = (int)(tile->TermOffset + row * tile->RowWeights), Row = row * LineBytes };
            count += bounds[0] < end ? 1 : 0;
        }

        return count;
    }

    // A product of each open row in turn, until none is left or there is no room for one of each. Terms of one row one behind the other
    // would each wait until the sums of the one before are stored: half as much time again, and more where rows have many.
    private static int List(Workspace* work, ref int open)
    {
        var rows = (RowProducts*)work->Rows;
        var terms = (Term*)work->Terms;
        int count = 0;
        while (open > 0 && count + open <= MaxTerms)
        {
            int left = 0;
            for (int i = 0; i < open; i++)
            {
                RowProducts row = rows[i];
                OutlierProduct product = *row.Next++;
                terms[count++] = new Term { Magnitudes = product.Magnitudes, Sign = product.Sign, Weights = product.Weights - row.WeightsBefore, Row = row.Row };
                rows[left] = row;
                left += row.Next < row.End ? 1 : 0;
            }

            open = left;
        }

        return count;
    }

    // A step of its own, which begins so early that it is whole, with inputs of 0 where products are in the sums already: no kernel reads
    // behind its weights.
    private static void FillTail(TileArguments* tile, int rows, byte* tail)
    {
        int hidden = (int)(StepGroups - tile->Groups % StepGroups) * GroupInputs;
        Vector512<byte> left = Vector512.GreaterThanOrEqual(Vector512<byte>.Indices, Vector512.Create((byte)hidden));
        byte* input = tile->Input + tile->Groups * GroupInputs - StepInputs;
        for (int row = 0; row < rows; row++, input += tile->InputStride)
        {
            (Vector512.Load(input) & left).Store(tail + row * StepInputs);
        }
    }

    // Sums 0 and 1 and inputs 4 are the first 16 rows, sums 2 and 3 and inputs 5 the others; 6 and 7 are weights.
    private static void Configure(TileConfiguration* configuration, int rows, int groups)
    {
        int upper = Math.Min(rows, TileRows), lower = rows - upper;
        *configuration = new TileConfiguration { Palette = 1 };
        ReadOnlySpan<int> heights = [upper, upper, lower, lower, upper, lower, groups, groups];
        for (int i = 0; i < heights.Length; i++)
        {
            configuration->Rows[i] = (byte)heights[i];
            configuration->RowBytes[i] = (ushort)(heights[i] == 0 ? 0 : i is 4 or 5 ? groups * GroupInputs : StepInputs);
        }
    }

    // What ldtilecfg reads.
    private struct TileConfiguration
    {
        public byte Palette;
        private fixed byte reserved[15];
        public fixed ushort RowBytes[16];
        public fixed byte Rows[16];
    }

    // What the code reads.
    private struct Arguments
    {
        public byte* Input;
        public long InputStride;
        public byte* Weights;
        public long PanelBytes;
        public long Groups;
        public int* Sums;
        public byte* Tail;
        public Term* Terms;
        public long TermCount;
    }

    // An OutlierProduct of one row.
    private struct Term
    {
        public int Magnitudes;
        public int Sign;
        public int Weights;
        public int Row;
    }

    // The products of one row that are not listed yet.
    private struct RowProducts
    {
        public OutlierProduct* Next;
        public OutlierProduct* End;
        public int WeightsBefore;
        public int Row;
    }

    // What is kept from tile to tile; a line of cache each for the rows of the tail.
    private struct Workspace
    {
        public TileConfiguration Configuration;
        public fixed byte Tail[MaxRows * StepInputs];
        public fixed byte Terms[MaxTerms * 16];
        public fixed byte Rows[MaxRows * 24];
        public int TermCount;
    }
}
