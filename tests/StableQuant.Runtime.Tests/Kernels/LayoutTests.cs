using FsCheck.Fluent;
using StableQuant.Kernels.Gemm;
using StableQuant.Kernels.Layers;
using StableQuant.Kernels.Outliers;
using StableQuant.Layout;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Packing of an attention's operands and splitting of channel groups, against plain loops.</summary>
public unsafe class LayoutTests
{
    // What the formulas that the generator shares take for granted of the runtime's own types.
    [Fact]
    public void Shared_layouts_are_those_of_the_types_that_lie_there()
    {
        OutlierScratch.ProductBytes.ShouldBe(sizeof(OutlierProduct));
        MicroKernel[] kernels = [MicroKernel.Of<Avx512VnniMicroKernel>(), MicroKernel.Of<Avx512Int16MicroKernel>(), MicroKernel.Of<Avx2Int16MicroKernel>()];
        int[] panels = [.. Enumerable.Range(1, TileLayout.MaxPanels)];
        TileLayout.MaxRows.ShouldBe(kernels.Max(kernel => panels.Max(count => kernel.Rows(count))));
        kernels.ShouldAllBe(kernel => kernel.MaxPanels == TileLayout.MaxPanels && panels.All(count => kernel.Rows(count) <= kernel.MinRows));
        kernels.Append(MicroKernel.Of<AmxMicroKernel>()).ShouldAllBe(kernel => panels.All(count => count > kernel.MaxPanels || kernel.Rows(count) * count * 16 + 16 <= TileSums.Length));
        FrontEndLayout.MomentColumns(1).ShouldBe(System.Runtime.Intrinsics.Vector256<double>.Count);

        // An entry is a channel and a remainder, 16 bits each; an integer is two bytes of the planes.
        foreach (int integer in new[] { OutlierLayout.MaxInteger, -OutlierLayout.MaxInteger })
        {
            int remainder = integer - Math.Clamp(integer, 0, 255);
            int entry = remainder << 16 | (OutlierLayout.MaxChannels - 1);
            (OutlierList.Value(entry), OutlierList.Channel(entry)).ShouldBe((remainder, OutlierLayout.MaxChannels - 1));
            (integer + (1 << 15)).ShouldBeInRange(0, ushort.MaxValue);
        }
    }

    [Fact]
    public void Keys_are_packed_frame_by_frame_and_summed() =>
        Lanes.Check(Shapes(sizes: 4), shape =>
        {
            (int frames, int size, int stride, byte[] values) = shape;
            int padded = (frames + 15) / 16 * 16;
            byte[] panels = Filled(padded * size);
            int[] sums = [.. Enumerable.Repeat(-1, padded)];
            fixed (byte* source = values, target = panels)
            fixed (int* sum = sums)
            {
                AttentionPacking.Keys(source, stride, frames, size, target, sum);
            }

            for (int frame = 0; frame < padded; frame++)
            {
                int expected = 0;
                for (int c = 0; c < size; c++)
                {
                    byte value = frame < frames ? values[frame * stride + c] : (byte)0;
                    panels[frame / 16 * 16 * size + c / 4 * 64 + frame % 16 * 4 + c % 4].ShouldBe(value);
                    expected += (sbyte)value;
                }

                sums[frame].ShouldBe(expected);
            }
        }, tests: 60);

    [Fact]
    public void Values_are_packed_channel_by_channel_and_summed() =>
        Lanes.Check(Shapes(sizes: 1), shape =>
        {
            (int frames, int size, int stride, byte[] values) = shape;
            int padded = (frames + 15) / 16 * 16;
            int paddedSize = (size + 15) / 16 * 16;
            byte[] panels = Filled(padded * paddedSize);
            int[] sums = [.. Enumerable.Repeat(-1, paddedSize)];
            fixed (byte* source = values, target = panels)
            fixed (int* sum = sums)
            {
                AttentionPacking.Values(source, stride, frames, size, target, sum);
            }

            for (int c = 0; c < paddedSize; c++)
            {
                int expected = 0;
                for (int frame = 0; frame < padded; frame++)
                {
                    byte value = frame < frames && c < size ? values[frame * stride + c] : (byte)0;
                    panels[c / 16 * 16 * padded + frame / 4 * 64 + c % 16 * 4 + frame % 4].ShouldBe(value);
                    expected += (sbyte)value;
                }

                sums[c].ShouldBe(expected);
            }
        }, tests: 60);

    [Fact]
    public void Float_keys_and_values_are_packed_one_input_a_group() =>
        Lanes.Check(Shapes(sizes: 1), shape =>
        {
            (int frames, int size, int stride, byte[] bytes) = shape;
            float[] values = [.. bytes.Select((b, i) => b + i / 65536f)];
            int padded = (frames + 15) / 16 * 16;
            int paddedSize = (size + 15) / 16 * 16;
            float[] keys = [.. Enumerable.Repeat(float.NaN, padded * size)];
            float[] panels = [.. Enumerable.Repeat(float.NaN, frames * paddedSize)];
            fixed (float* source = values, key = keys, panel = panels)
            {
                AttentionPacking.Keys(source, stride, frames, size, key);
                AttentionPacking.Values(source, stride, frames, size, panel);
            }

            for (int i = 0; i < keys.Length; i++)
            {
                (int frame, int c) = Math.DivRem(i, size);
                keys[frame / 16 * 16 * size + c * 16 + frame % 16].ShouldBe(frame < frames ? values[frame * stride + c] : 0);
            }

            for (int i = 0; i < panels.Length; i++)
            {
                (int frame, int c) = Math.DivRem(i, paddedSize);
                panels[c / 16 * 16 * frames + frame * 16 + c % 16].ShouldBe(c < size ? values[frame * stride + c] : 0);
            }
        }, tests: 60);

    [Fact]
    public void Channel_groups_become_planes() =>
        Lanes.Check(
            from rows in Gen.Choose(1, 40)
            from groups in Gen.Choose(1, 9)
            from width in Gen.Choose(1, 21)
            from values in Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf(rows * groups * width)
            select (rows, groups, width, values),
            shape =>
            {
                (int rows, int groups, int width, byte[] values) = shape;
                byte[] planes = Filled(values.Length);
                fixed (byte* source = values, target = planes)
                {
                    // In two parts, as two threads do it.
                    ChannelGroups.Split(source, rows, 0, rows / 2, groups * width, groups, target);
                    ChannelGroups.Split(source, rows, rows / 2, rows, groups * width, groups, target);
                }

                for (int i = 0; i < values.Length; i++)
                {
                    (int row, int channel) = Math.DivRem(i, groups * width);
                    planes[(channel / width * rows + row) * width + channel % width].ShouldBe(values[i]);
                }
            },
            tests: 60);

    private static FsCheck.Gen<(int Frames, int Size, int Stride, byte[] Values)> Shapes(int sizes) =>
        from frames in Gen.Choose(1, 70)
        from quarter in Gen.Choose(1, 40)
        from more in Gen.Choose(0, 20)
        from values in Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf(frames * (quarter * sizes + more))
        select (frames, quarter * sizes, quarter * sizes + more, values);

    private static byte[] Filled(int count) => [.. Enumerable.Repeat((byte)0xAA, count)];
}
