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

    // Rows with more terms than there is room for are listed part by part, anew for each panel.
    private static void AddOutliers(int panels, int rows, TileArguments* tile, Workspace* work, Arguments* arguments, delegate*<int, void*, void> run)
    {
        int row = 0, product = 0;
        if (!tile->IsListed)
        {
            work->TermCount = List(tile, rows, arguments->Terms, ref row, ref product);
            tile->IsListed = row == rows;
        }

        arguments->TermCount = work->TermCount;
        if (work->TermCount == 0)
        {
            return;
        }

        int entry = panels == 1 ? AmxCode.Terms1 : AmxCode.Terms2;
        Clear(tile->Sums, rows * panels);
        for (; !tile->IsListed && row < rows; arguments->TermCount = List(tile, rows, arguments->Terms, ref row, ref product))
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

    // The terms of rows from one on, until there are no more or there is no room.
    private static int List(TileArguments* tile, int rows, Term* terms, ref int row, ref int product)
    {
        int count = 0;
        for (; row < rows; row++, product = 0)
        {
            int* bounds = (int*)((byte*)tile->Bounds + row * tile->BoundsStride);
            OutlierProduct* first = tile->Products + bounds[0];
            int own = *(int*)((byte*)bounds + tile->WindowBytes) - bounds[0];
            int before = (int)(tile->TermOffset + row * tile->RowWeights);
            for (; product < own; product++)
            {
                if (count == MaxTerms)
                {
                    return count;
                }

                OutlierProduct next = first[product];
                terms[count++] = new Term { Magnitudes = next.Magnitudes, Sign = next.Sign, Weights = next.Weights - before, Row = row * LineBytes };
            }
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

    // What is kept from tile to tile; a line of cache each for the rows of the tail.
    private struct Workspace
    {
        public TileConfiguration Configuration;
        public fixed byte Tail[MaxRows * StepInputs];
        public fixed byte Terms[MaxTerms * 16];
        public int TermCount;
    }
}
