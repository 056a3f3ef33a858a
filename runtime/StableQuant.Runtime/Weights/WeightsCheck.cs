using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StableQuant.Kernels;
using StableQuant.Kernels.Lanes;
using StableQuant.Layout;

namespace StableQuant.Weights;

/// <summary>
/// Checks what kernels rely on and no hash can tell, since a description comes from wherever its weights come from: that int8 weights lie within
/// ±127, that Σw is their sum, that floats are numbers. Otherwise instruction sets would give different words. It takes a fiftieth of the time
/// that the hash takes. What follows from the weights is worked out here, too.
/// </summary>
internal static unsafe class WeightsCheck
{
    private const int Outputs = PanelLayout.Outputs, GroupBytes = PanelLayout.GroupBytes;

    /// <summary>Groups whose weights are summed in int16: 258 · 127 is less than 2^15.</summary>
    private const int GroupsPerBlock = 256;

    /// <summary>Checks that all of it is there: where places are the file's own, and not those that a description was checked for.</summary>
    /// <param name="name">What to call the weights.</param>
    /// <param name="content">What shall be there.</param>
    /// <param name="bytes">Bytes of the constants.</param>
    /// <exception cref="InvalidDataException">Something lies elsewhere.</exception>
    public static void CheckPlaces(string name, WeightsContent content, long bytes)
    {
        foreach (Int8Content product in content.Products)
        {
            long vector = (long)product.Groups * PanelLayout.Padded(product.Outputs) * sizeof(float);
            CheckPlace(name, product.Weights, product.Groups * PanelLayout.Bytes(product.Outputs, product.Inputs), bytes);
            CheckPlace(name, product.Sums, vector, bytes);
        }

        foreach (IndexContent product in content.Indices)
        {
            CheckPlace(name, product.Weights, product.Groups * IndexLayout.Bytes(product.Bits, product.Outputs, product.Inputs), bytes);
            CheckPlace(name, product.Levels, product.Groups * IndexLayout.LevelBytes(product.Bits, product.Outputs), bytes);
        }

        foreach (FloatContent floats in content.Floats)
        {
            CheckPlace(name, floats.Offset, floats.Count * sizeof(float), bytes);
        }
    }

    private static void CheckPlace(string name, long offset, long length, long bytes)
    {
        if (offset < 0 || offset % PanelLayout.Alignment != 0 || length > bytes || offset > bytes - length)
        {
            throw Wrong(name, offset, FormattableString.Invariant($"there is no place for {length} bytes of constants"));
        }
    }

    // Only these kernels read limits.
    private static bool ReadsLimits => InstructionSets.Current is InstructionSet.Avx2 or InstructionSet.Avx512;

    /// <summary>Checks all of it.</summary>
    /// <param name="name">What to call the weights.</param>
    /// <param name="weights">The first byte.</param>
    /// <param name="content">What is there.</param>
    /// <exception cref="InvalidDataException">Something is not as it must be.</exception>
    public static void Run(string name, byte* weights, WeightsContent content)
    {
        foreach (Int8Content product in content.Products)
        {
            CheckInt8(name, weights, product);
        }

        foreach (FloatContent floats in content.Floats)
        {
            if (!AreFinite((float*)(weights + floats.Offset), floats.Count))
            {
                throw Wrong(name, floats.Offset, "a number is infinite or none");
            }
        }
    }

    /// <summary>
    /// Works out what follows from the weights, once for all instances. Those that are stored as indices are expanded into panels as kernels read them and
    /// checked like the others; of the panels those are kept that kernels do not expand by themselves.
    /// </summary>
    /// <param name="name">What to call the weights.</param>
    /// <param name="weights">The first byte.</param>
    /// <param name="content">What is there.</param>
    /// <returns>Memory that <see cref="NativeMemory.AlignedFree"/> frees; null where nothing follows.</returns>
    /// <exception cref="InvalidDataException">Something is not as it must be.</exception>
    public static byte* Expand(string name, byte* weights, WeightsContent content)
    {
        static long End(long limits, int groups, int outputs, int inputs) => limits + groups * PanelLayout.LimitBytes(outputs, inputs) + PanelLayout.LimitSlack;
        long bytes = 0, panelBytes = 0;
        foreach (Int8Content product in content.Products)
        {
            bytes = product.Limits >= 0 ? Math.Max(bytes, End(product.Limits, product.Groups, product.Outputs, product.Inputs)) : bytes;
        }

        foreach (IndexContent product in content.Indices)
        {
            bytes = Math.Max(bytes, product.Limits >= 0
                ? End(product.Limits, product.Groups, product.Outputs, product.Inputs)
                : product.Sums + (long)product.Groups * PanelLayout.Padded(product.Outputs) * sizeof(int));
            panelBytes = Math.Max(panelBytes, PanelLayout.Bytes(Outputs, product.Inputs));
        }

        if (bytes == 0)
        {
            return null;
        }

        byte* expanded = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, PanelLayout.Alignment);
        sbyte* panel = null;
        try
        {
            panel = (sbyte*)NativeMemory.AlignedAlloc((nuint)panelBytes, PanelLayout.Alignment);
            foreach (IndexContent product in content.Indices)
            {
                Expand(name, weights, product, expanded, panel);
            }

            foreach (Int8Content product in content.Products)
            {
                if (product.Limits >= 0)
                {
                    FindLimits((sbyte*)(weights + product.Weights), (long)product.Groups * PanelLayout.Panels(product.Outputs), product.Inputs, expanded + product.Limits, product.ZeroPoint);
                }
            }

            return expanded;
        }
        catch
        {
            NativeMemory.AlignedFree(expanded);
            throw;
        }
        finally
        {
            NativeMemory.AlignedFree(panel);
        }
    }

    // Panel by panel: each is kept where it has a place, else it makes room for the next.
    private static void Expand(string name, byte* weights, in IndexContent product, byte* expanded, sbyte* scratch)
    {
        bool isKept = product.Panels >= 0;
        sbyte* panel = isKept ? (sbyte*)(expanded + product.Panels) : scratch;
        int* sums = (int*)(expanded + product.Sums);
        byte* indices = weights + product.Weights, limits = product.Limits < 0 ? null : expanded + product.Limits;
        var levels = (sbyte*)(weights + product.Levels);
        int limitBytes = PanelLayout.LimitBytes(product.Inputs);
        for (int group = 0; group < product.Groups; group++)
        {
            for (int output = 0; output < product.Outputs; output += Outputs)
            {
                int outputs = Math.Min(Outputs, product.Outputs - output);
                ExpandPanel(product, indices, levels, outputs, panel);
                if (!Sum(panel, PanelLayout.InputGroups(product.Inputs), sums))
                {
                    throw Wrong(name, product.Levels, "a level is −128; kernels take −127 to 127");
                }

                if (limits != null)
                {
                    FindLimits(panel, 1, product.Inputs, limits, product.ZeroPoint);
                    limits += limitBytes;
                }

                indices += IndexLayout.Bytes(product.Bits, outputs, product.Inputs);
                levels += IndexLayout.LevelBytes(product.Bits, outputs);
                panel += isKept ? PanelLayout.Bytes(Outputs, product.Inputs) : 0;
                sums += Outputs;
            }
        }
    }

    private static void ExpandPanel(in IndexContent product, byte* indices, sbyte* levels, int outputs, sbyte* panel)
    {
        if (Avx512Instructions.IsSupported)
        {
            IndexedPanel.Expand<Avx512Instructions>(product.Bits, indices, levels, outputs, product.Inputs, panel);
        }
        else if (Avx2Instructions.IsSupported)
        {
            IndexedPanel.Expand<Avx2Instructions>(product.Bits, indices, levels, outputs, product.Inputs, panel);
        }
        else
        {
            IndexedPanel.Expand<Vector128Instructions>(product.Bits, indices, levels, outputs, product.Inputs, panel);
        }
    }

    private static void FindLimits(sbyte* panel, long panels, int inputs, byte* limits, int zeroPoint)
    {
        if (ReadsLimits)
        {
            Int16Limits.Find(panel, panels, inputs, limits, zeroPoint);
        }
        else
        {
            // Limits that promise nothing.
            NativeMemory.Clear(limits, (nuint)(panels * PanelLayout.LimitBytes(inputs)));
        }
    }

    private static void CheckInt8(string name, byte* weights, in Int8Content product)
    {
        int groups = PanelLayout.InputGroups(product.Inputs);
        var panel = (sbyte*)(weights + product.Weights);
        int* expected = (int*)(weights + product.Sums);
        int* sums = stackalloc int[Outputs];
        for (long panels = (long)product.Groups * PanelLayout.Panels(product.Outputs); panels > 0; panels--, panel += (long)groups * GroupBytes, expected += Outputs)
        {
            if (!Sum(panel, groups, sums))
            {
                throw Wrong(name, product.Weights, "a weight is −128; kernels take −127 to 127");
            }

            if (!new ReadOnlySpan<int>(sums, Outputs).SequenceEqual(new ReadOnlySpan<int>(expected, Outputs)))
            {
                throw Wrong(name, product.Sums, FormattableString.Invariant($"the sums are not those of the weights at byte {product.Weights}"));
            }
        }
    }

    // The sums of a panel's 16 outputs; false where a weight is −128.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Sum(sbyte* weights, int groups, int* sums)
    {
        new Span<int>(sums, Outputs).Clear();
        short* lanes = stackalloc short[GroupBytes];
        Vector128<sbyte> lowest = Vector128<sbyte>.Zero;
        for (int first = 0; first < groups; first += GroupsPerBlock)
        {
            int count = Math.Min(GroupsPerBlock, groups - first);
            for (int part = 0; part < GroupBytes; part += Vector128<sbyte>.Count)
            {
                Vector128<short> lower = default, upper = default;
                sbyte* w = weights + part;
                for (int group = 0; group < count; group++, w += GroupBytes)
                {
                    Vector128<sbyte> values = Vector128.Load(w);
                    lowest = Vector128.Min(lowest, values);
                    lower += Vector128.WidenLower(values);
                    upper += Vector128.WidenUpper(values);
                }

                lower.Store(lanes + part);
                upper.Store(lanes + part + Vector128<short>.Count);
            }

            for (int i = 0; i < GroupBytes; i++)
            {
                sums[i / PanelLayout.Inputs] += lanes[i];
            }

            weights += (long)count * GroupBytes;
        }

        return !Vector128.EqualsAny(lowest, Vector128.Create(sbyte.MinValue));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AreFinite(float* values, long count)
    {
        Vector128<int> infinite = Vector128.Create(0x7F800000), found = default;
        long i = 0;
        for (; i + Vector128<int>.Count <= count; i += Vector128<int>.Count)
        {
            found |= Vector128.Equals(Vector128.Load((int*)values + i) & infinite, infinite);
        }

        bool finite = found == default;
        for (; i < count; i++)
        {
            finite &= float.IsFinite(values[i]);
        }

        return finite;
    }

    private static InvalidDataException Wrong(string name, long offset, string what) =>
        new(FormattableString.Invariant($"{name}: at byte {offset} {what}. The file is not what calibration writes; calibrate again."));
}
