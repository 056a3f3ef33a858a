using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>
/// Cuts a term down to the rows and columns that a view shows. A positional convolution pads one frame too many and
/// drops it afterwards: that is a convolution with less padding. A product that makes queries, keys and values at once
/// is three products.
/// </summary>
internal static class Narrowing
{
    /// <summary>The same value over a smaller term, where the term allows it; otherwise the value as it is.</summary>
    public static DynamicValue Narrow(DynamicValue value, Origin origin)
    {
        (int firstRow, int lastRow, int firstColumn, int lastColumn) = (int.MaxValue, -1, int.MaxValue, -1);
        int columns = value.Term.Columns;
        foreach (int index in value.View.Data)
        {
            if (index >= 0)
            {
                (firstRow, lastRow) = (Math.Min(firstRow, index / columns), Math.Max(lastRow, index / columns));
                (firstColumn, lastColumn) = (Math.Min(firstColumn, index % columns), Math.Max(lastColumn, index % columns));
            }
        }

        Term? rows = lastRow < 0 || (firstRow == 0 && lastRow == value.Term.Rows - 1) ? null
            : Rows(value.Term, firstRow, value.Term.Rows - 1 - lastRow, origin);
        if (rows is not null)
        {
            value = new(rows, Shift(value.View, firstRow * columns));
        }

        if (value.Term is LinearTerm linear && lastColumn >= 0 && lastColumn - firstColumn + 1 < columns)
        {
            int count = lastColumn - firstColumn + 1;
            LinearTerm part = new(origin, linear.Inputs[0], linear.Weights.Select(firstColumn, count));
            value = new(part, new Tensor<int>(
                value.View.Shape, [.. value.View.Data.Select(i => i < 0 ? i : i / columns * count + i % columns - firstColumn)]));
        }

        return value.Term is LinearTerm or FunctionTerm { Argument: LinearTerm } ? Spread(value) : value;
    }

    // Columns that lie apart, the same of every row.
    private static DynamicValue Spread(DynamicValue value)
    {
        int columns = value.Term.Columns;
        int[] used = [.. value.View.Data.Where(i => i >= 0).Select(i => i % columns).Distinct().Order()];
        if (used.Length == columns || used.Length == 0)
        {
            return value;
        }

        LinearTerm Selected(LinearTerm of) => new(of.Origin, of.Inputs[0], of.Weights.Select(used));
        Term part = value.Term is FunctionTerm function ? new FunctionTerm(function.Origin, Selected((LinearTerm)function.Argument), function.Values) : Selected((LinearTerm)value.Term);
        return new(part, new Tensor<int>(value.View.Shape, [.. value.View.Data.Select(i => i < 0 ? i : (i / columns * used.Length) + Array.BinarySearch(used, i % columns))]));
    }

    private static Term? Rows(Term term, int before, int after, Origin origin)
    {
        switch (term)
        {
            case ConvolutionTerm c:
                // Dropping a row gives up one stride of padding; real frames cannot be given up.
                ConvolutionShape shape = c.Shape with { PadLeft = c.Shape.PadLeft - before * c.Shape.Stride, PadRight = c.Shape.PadRight - after * c.Shape.Stride };
                return shape.PadLeft >= 0 && shape.PadRight >= 0 ? new ConvolutionTerm(origin, c.Inputs[0], c.Weights, shape) : null;
            case ActivationTerm a:
                return Rows(a.Inputs[0], before, after, a.Inputs[0].Origin) is OperationTerm activated ? new ActivationTerm(origin, activated, a.Function) : null;
            case FunctionTerm f:
                return Rows(f.Argument, before, after, f.Argument.Origin) is { } argument ? new FunctionTerm(origin, argument, f.Values) : null;
            case NormTerm { OverTime: false } n:
                return Rows(n.Inputs[0], before, after, n.Inputs[0].Origin) is OperationTerm norm ? new NormTerm(origin, norm, false, n.Epsilon, n.Gain, n.Bias) : null;
            default:
                return null;
        }
    }

    private static Tensor<int> Shift(Tensor<int> view, int by) => new(view.Shape, [.. view.Data.Select(i => i < 0 ? i : i - by)]);
}
