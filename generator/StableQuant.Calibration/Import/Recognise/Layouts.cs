using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>Questions about views: which rows and columns of a term an ONNX value shows, and in what order.</summary>
internal static class Layouts
{
    /// <summary>The view [shape] of a whole term, element by element.</summary>
    public static Tensor<int> Whole(params int[] shape) => new(shape, [.. Enumerable.Range(0, TensorShape.Count(shape))]);

    /// <summary>
    /// If the last axis shows whole rows of the term, channels in order: the row that each position of the other axes
    /// shows. Null otherwise.
    /// </summary>
    public static int[]? Rows(Tensor<int> view, int columns)
    {
        if (view.Rank == 0 || view.Shape[^1] != columns || view.Count == 0)
        {
            return null;
        }

        int[] rows = new int[view.Count / columns];
        for (int i = 0; i < rows.Length; i++)
        {
            ReadOnlySpan<int> row = view.Data.AsSpan(i * columns, columns);
            rows[i] = row[0] / columns;
            for (int c = 0; c < columns; c++)
            {
                if (row[c] < 0 || row[c] != rows[i] * columns + c)
                {
                    return null;
                }
            }
        }

        return rows;
    }

    /// <summary>
    /// If the last axis shows whole parts of rows, equal parts of <paramref name="size"/> columns in order: the number of the part that each
    /// position of the other axes shows, counted over rows and within them. Null otherwise.
    /// </summary>
    public static int[]? Parts(Tensor<int> view, Term term, int size) => size > 0 && term.Columns % size == 0 ? Rows(view, size) : null;

    /// <summary>The view of a term of <paramref name="columns"/> columns that shows these rows.</summary>
    public static Tensor<int> OfRows(int[] rows, int columns, int[] shape) =>
        new(shape, [.. rows.SelectMany(r => Enumerable.Range(r * columns, columns))]);

    /// <summary>
    /// If the view is [1, channels, frames] with every frame of the term in order, and zeros around: the zero frames
    /// before and after. Null otherwise.
    /// </summary>
    public static (int Before, int After)? ChannelsFirst(Tensor<int> view, Term term)
    {
        if (view.Rank != 3 || view.Shape[0] != 1 || view.Shape[1] != term.Columns)
        {
            return null;
        }

        int frames = view.Shape[2];
        int before = view.Data.AsSpan(0, frames).IndexOfAnyExcept(-1);
        int after = frames - before - term.Rows;
        if (before < 0 || after < 0)
        {
            return null;
        }

        for (int i = 0; i < view.Count; i++)
        {
            int row = i % frames - before;
            int expected = row < 0 || row >= term.Rows ? -1 : row * term.Columns + i / frames;
            if (view.Data[i] != expected)
            {
                return null;
            }
        }

        return (before, after);
    }

    /// <summary>
    /// If the view is [heads…, frames, head size] of a term [frames, heads × head size]: the number of heads. Null otherwise.
    /// </summary>
    public static int? Heads(Tensor<int> view, Term term)
    {
        if (view.Rank < 2 || view.Shape[^2] != term.Rows || view.Count != term.Rows * term.Columns)
        {
            return null;
        }

        int size = view.Shape[^1];
        for (int i = 0; i < view.Count; i++)
        {
            int head = i / size / term.Rows, frame = i / size % term.Rows;
            if (view.Data[i] != frame * term.Columns + head * size + i % size)
            {
                return null;
            }
        }

        return term.Columns / size;
    }

    /// <summary>The view with its last two axes swapped.</summary>
    public static Tensor<int> SwapLast(Tensor<int> view) =>
        view.Rank < 2
            ? throw new OperatorException("multiplies a vector, which is not supported")
            : (Tensor<int>)ViewOperators.Transpose(view, [.. Enumerable.Range(0, view.Rank - 2).Select(a => (long)a), view.Rank - 1, view.Rank - 2]);

    /// <summary>
    /// How two values meet element by element. Both views must show the same row and the same column at each place; a
    /// term with a single row or column (a mean) meets all.
    /// </summary>
    public static Tensor<int> Meet(DynamicValue left, DynamicValue right)
    {
        int[] shape = TensorShape.Broadcast(left.View.Shape, right.View.Shape);
        int[] a = ((Tensor<int>)ViewOperators.BroadcastTo(left.View, shape)).Data;
        int[] b = ((Tensor<int>)ViewOperators.BroadcastTo(right.View, shape)).Data;
        (int rowsA, int columnsA, int rowsB, int columnsB) = (left.Term.Rows, left.Term.Columns, right.Term.Rows, right.Term.Columns);
        int columns = Math.Max(columnsA, columnsB);
        int[] met = new int[a.Length];
        bool fits = (rowsA == rowsB || rowsA == 1 || rowsB == 1) && (columnsA == columnsB || columnsA == 1 || columnsB == 1);
        for (int i = 0; i < met.Length && fits; i++)
        {
            int row = rowsA >= rowsB ? a[i] / columnsA : b[i] / columnsB;
            int column = columnsA >= columnsB ? a[i] % columnsA : b[i] % columnsB;
            met[i] = row * columns + column;
            fits = a[i] >= 0 && b[i] >= 0
                && a[i] == (rowsA == 1 ? 0 : row) * columnsA + (columnsA == 1 ? 0 : column)
                && b[i] == (rowsB == 1 ? 0 : row) * columnsB + (columnsB == 1 ? 0 : column);
        }

        return fits ? new Tensor<int>(shape, met)
            : throw new OperatorException("combines two values whose frames or channels do not lie alike; that is not supported");
    }
}
