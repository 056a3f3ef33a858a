using StableQuant.Kernels.Gemm.MachineCode;
using StableQuant.Kernels.Outliers;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// Adds outliers to the sums of AMX's tiles: those of some rows are listed once for all panels, so that adding them is one loop with no branches to mispredict.
/// </summary>
internal static unsafe class AmxOutliers
{
    /// <summary>Adds the products of a tile's rows to its sums. More terms than there is room for are listed part by part, anew for each panel.</summary>
    /// <param name="panels">1 or 2.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="tile">Where it lies.</param>
    /// <param name="run">Runs the code.</param>
    public static void Add(int panels, int rows, TileArguments* tile, delegate*<int, void*, void> run)
    {
        AmxWorkspace* work = AmxWorkspace.Of(tile);
        int open = 0;
        if (work->ListedRow != tile->Input)
        {
            open = Open(tile, rows, (RowProducts*)work->Rows);
            work->TermCount = List(work, ref open);
            work->ListedRow = open == 0 ? tile->Input : null;
        }

        if (work->TermCount == 0)
        {
            return;
        }

        int entry = panels == 1 ? AmxCode.Terms1 : AmxCode.Terms2;
        var arguments = new AmxArguments { Weights = tile->Weights, PanelBytes = tile->PanelBytes, Sums = tile->Sums, Terms = work->Terms, TermCount = work->TermCount };
        for (; open > 0; arguments.TermCount = List(work, ref open))
        {
            run(entry, &arguments);
        }

        run(entry, &arguments);
    }

    // The rows that have products, and which.
    private static int Open(TileArguments* tile, int rows, RowProducts* open)
    {
        int count = 0;
        for (int row = 0; row < rows; row++)
        {
            int* bounds = (int*)((byte*)tile->Bounds + row * tile->BoundsStride);
            int end = *(int*)((byte*)bounds + tile->WindowBytes);
            open[count] = new RowProducts { Next = tile->Products + bounds[0], End = tile->Products + end, WeightsBefore = (int)(tile->TermOffset + row * tile->RowWeights), Row = row * AmxWorkspace.LineBytes };
            count += bounds[0] < end ? 1 : 0;
        }

        return count;
    }

    // A product of each open row in turn, until none is left or there is no room for one of each. Terms of one row one behind the other
    // would each wait until the sums of the one before are stored: half as much time again, and more where rows have many.
    private static int List(AmxWorkspace* work, ref int open)
    {
        var rows = (RowProducts*)work->Rows;
        var terms = (Term*)work->Terms;
        int count = 0;
        while (open > 0 && count + open <= AmxWorkspace.MaxTerms)
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
}
