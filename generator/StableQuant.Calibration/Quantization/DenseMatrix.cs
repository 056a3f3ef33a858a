using System.Numerics;
using System.Runtime.InteropServices;

namespace StableQuant.Calibration.Quantization;

/// <summary>
/// A matrix of doubles, row by row, with the two operations that error feedback takes its time for. Every element is summed in the same order
/// whatever the number of threads and the width of vectors.
/// </summary>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns.</param>
internal sealed class DenseMatrix(int rows, int columns)
{
    // Rows of products that are added at a time, and the columns of them that stay in a cache meanwhile.
    private const int Depth = 64, Columns = 256, TileRows = 4;

    private readonly double[] values = new double[(long)rows * columns];

    /// <summary>Rows.</summary>
    public int Rows => rows;

    /// <summary>Columns.</summary>
    public int Width => columns;

    /// <summary>A row.</summary>
    public Span<double> Row(int row) => MemoryMarshal.CreateSpan(ref values[(long)row * columns], columns);

    /// <summary>An element.</summary>
    public ref double this[int row, int column] => ref values[(long)row * columns + column];

    /// <summary>Adds factor · Σ a[k, row] · b[k, column] over k, to elements of some rows and of some columns.</summary>
    /// <param name="factor">The factor.</param>
    /// <param name="a">One matrix.</param>
    /// <param name="b">The other one.</param>
    /// <param name="first">The first k.</param>
    /// <param name="end">The k behind the last one.</param>
    /// <param name="target">The rows, of this matrix and, as columns, of <paramref name="a"/>.</param>
    /// <param name="across">For a row the columns, of this matrix and of <paramref name="b"/>.</param>
    public void AddProduct(double factor, DenseMatrix a, DenseMatrix b, int first, int end, (int First, int End) target, Func<int, (int First, int End)> across)
    {
        int tiles = (target.End - target.First + TileRows - 1) / TileRows;
        for (int depth = first; depth < end; depth += Depth)
        {
            (int from, int to) = (depth, Math.Min(depth + Depth, end));
            Parallel.For(0, tiles, tile =>
            {
                int row = target.First + tile * TileRows;
                (int left, int right) = across(row);
                for (; left < right; left += Columns)
                {
                    AddTile(factor, a, b, from, to, row, Math.Min(row + TileRows, target.End), left, Math.Min(left + Columns, right));
                }
            });
        }
    }

    /// <summary>
    /// Cholesky's factor of a symmetric matrix of which the upper half is given: R with Rᵀ · R = this takes its place; below the diagonal is
    /// what was there.
    /// </summary>
    /// <returns>False where it is not positive definite.</returns>
    public bool Factorise()
    {
        for (int first = 0; first < rows; first += Depth)
        {
            int end = Math.Min(first + Depth, rows);
            for (int k = first; k < end; k++)
            {
                Span<double> pivot = Row(k)[k..];
                if (!(pivot[0] > 0))
                {
                    return false;
                }

                Scale(pivot, 1 / Math.Sqrt(pivot[0]));
                for (int row = k + 1; row < end; row++)
                {
                    AddScaled(Row(row)[row..], -pivot[row - k], pivot[(row - k)..]);
                }
            }

            AddProduct(-1, this, this, first, end, (end, rows), row => (row, columns));
        }

        return true;
    }

    /// <summary>Solves Rᵀ · R · x = right, where this is such a factor.</summary>
    /// <param name="right">The right side.</param>
    public double[] Solve(ReadOnlySpan<double> right)
    {
        double[] x = right.ToArray();
        for (int i = 0; i < rows; i++)
        {
            x[i] /= this[i, i];
            AddScaled(x.AsSpan(i + 1), -x[i], Row(i)[(i + 1)..]);
        }

        for (int i = rows - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < rows; k++)
            {
                x[i] = Math.FusedMultiplyAdd(-this[i, k], x[k], x[i]);
            }

            x[i] /= this[i, i];
        }

        return x;
    }

    /// <summary>Copies what lies above the diagonal below it.</summary>
    public void Mirror()
    {
        const int Side = 32;
        int blocks = (rows + Side - 1) / Side;
        Parallel.For(0, blocks, block =>
        {
            for (int left = block * Side; left < rows; left += Side)
            {
                for (int row = block * Side; row < Math.Min((block + 1) * Side, rows); row++)
                {
                    for (int column = Math.Max(left, row); column < Math.Min(left + Side, rows); column++)
                    {
                        this[column, row] = this[row, column];
                    }
                }
            }
        });
    }

    /// <summary>Adds multiples of one row to another.</summary>
    public static void AddScaled(Span<double> target, double factor, ReadOnlySpan<double> source)
    {
        var factors = new Vector<double>(factor);
        int i = 0;
        for (; i + Vector<double>.Count <= target.Length; i += Vector<double>.Count)
        {
            Vector.FusedMultiplyAdd(factors, new Vector<double>(source[i..]), new Vector<double>(target[i..])).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = Math.FusedMultiplyAdd(factor, source[i], target[i]);
        }
    }

    private static void Scale(Span<double> row, double factor)
    {
        foreach (ref double value in row)
        {
            value *= factor;
        }
    }

    // Four rows by two vectors in registers; what is left over, one by one, in the same order.
    private void AddTile(double factor, DenseMatrix a, DenseMatrix b, int first, int end, int row, int endRow, int left, int right)
    {
        int width = 2 * Vector<double>.Count, column = left;
        if (endRow - row == TileRows)
        {
            for (; column + width <= right; column += width)
            {
                Vector<double> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
                for (int k = first; k < end; k++)
                {
                    ReadOnlySpan<double> across = b.Row(k).Slice(column, width), down = a.Row(k).Slice(row, TileRows);
                    var b0 = new Vector<double>(across);
                    var b1 = new Vector<double>(across[Vector<double>.Count..]);
                    var a0 = new Vector<double>(down[0]);
                    var a1 = new Vector<double>(down[1]);
                    var a2 = new Vector<double>(down[2]);
                    var a3 = new Vector<double>(down[3]);
                    s00 = Vector.FusedMultiplyAdd(a0, b0, s00);
                    s01 = Vector.FusedMultiplyAdd(a0, b1, s01);
                    s10 = Vector.FusedMultiplyAdd(a1, b0, s10);
                    s11 = Vector.FusedMultiplyAdd(a1, b1, s11);
                    s20 = Vector.FusedMultiplyAdd(a2, b0, s20);
                    s21 = Vector.FusedMultiplyAdd(a2, b1, s21);
                    s30 = Vector.FusedMultiplyAdd(a3, b0, s30);
                    s31 = Vector.FusedMultiplyAdd(a3, b1, s31);
                }

                Add(factor, row, column, s00, s01);
                Add(factor, row + 1, column, s10, s11);
                Add(factor, row + 2, column, s20, s21);
                Add(factor, row + 3, column, s30, s31);
            }
        }

        for (int i = row; i < endRow; i++)
        {
            for (int j = column; j < right; j++)
            {
                double sum = 0;
                for (int k = first; k < end; k++)
                {
                    sum = Math.FusedMultiplyAdd(a[k, i], b[k, j], sum);
                }

                this[i, j] = Math.FusedMultiplyAdd(factor, sum, this[i, j]);
            }
        }
    }

    private void Add(double factor, int row, int column, Vector<double> left, Vector<double> right)
    {
        Span<double> target = Row(row).Slice(column, 2 * Vector<double>.Count);
        var factors = new Vector<double>(factor);
        Vector.FusedMultiplyAdd(factors, left, new Vector<double>(target)).CopyTo(target);
        Vector.FusedMultiplyAdd(factors, right, new Vector<double>(target[Vector<double>.Count..])).CopyTo(target[Vector<double>.Count..]);
    }
}
