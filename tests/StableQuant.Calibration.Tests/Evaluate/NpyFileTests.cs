using System.Text;
using StableQuant.Calibration.Evaluate;

namespace StableQuant.Calibration.Tests.Evaluate;

/// <summary>Arrays as NumPy writes them, in every version of the format, and files that only look like it.</summary>
public sealed class NpyFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }")]
    [InlineData(2, "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }")]
    [InlineData(3, "{'shape':(1,3),'fortran_order':False,'descr':'<f4'}")]
    [InlineData(1, "{\"descr\": \"<f4\", \"fortran_order\": True, \"shape\": (3,)}")]
    public void Float32_is_read_from_every_version(byte version, string header) =>
        NpyFile.ReadInput(Write(version, header, [.. new[] { 1f, -2.5f, 1e-30f }.SelectMany(BitConverter.GetBytes)])).ShouldBeOf(1, 1f, -2.5f, 1e-30f);

    [Fact]
    public void Float64_is_rounded() =>
        NpyFile.ReadInput(Write(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", [.. new[] { 0.1, -3 }.SelectMany(BitConverter.GetBytes)])).ShouldBeOf(1, 0.1f, -3f);

    [Theory]
    [InlineData("(3, 2)", 2)]
    [InlineData("(1, 2, 3)", 3)]
    [InlineData("(1, 1, 6)", 6)]
    public void Features_are_read_frame_by_frame(string shape, int channels) =>
        NpyFile.ReadInput(Write(1, $"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}", [.. new[] { 1f, 2, 3, 4, 5, 6 }.SelectMany(BitConverter.GetBytes)])).ShouldBeOf(channels, 1, 2, 3, 4, 5, 6);

    [Theory]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (3,), }", "holds '>f4'; raw input is float32 or float64, little-endian")]
    [InlineData("{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }", "holds '<i2'")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }", "holds ''")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1), }", "has the shape (3, 1); raw input is one utterance")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 3), }", "has the shape (2, 1, 3)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 3), }", "has the shape (1, 1, 1, 3)")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }", "is stored column by column (fortran_order)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647), }", "cut short or too long")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 9223372036854775807, 3), }", "has the shape")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "has the shape ()")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }", "has the shape (0,)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-3,), }", "has the shape (-3,)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "has the shape")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", "has 12 bytes of values, but its shape asks for 4 of 4 bytes")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,), }", "cut short or too long")]
    [InlineData("{}", "holds ''")]
    public void What_is_no_row_of_floats_is_refused(string header, string why) =>
        Should.Throw<StableQuantException>(() => NpyFile.ReadInput(Write(1, header, new byte[12]))).Message.ShouldContain(why);

    [Fact]
    public void What_is_no_array_is_refused()
    {
        string Why(byte[] bytes) => Should.Throw<StableQuantException>(() => NpyFile.ReadInput(folder.Write("x.npy", bytes))).Message;
        Why([]).ShouldContain("is no .npy file");
        Why([0x93, .. "NUMPY"u8, 4, 0, 10, 0, 0, 0]).ShouldContain("is no .npy file of version 1, 2 or 3");
        Why([0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 255]).ShouldContain("its header has 4294967295 bytes");
        Why([0x93, .. "NUMPY"u8, 1, 0, 255, 255, 0, 0]).ShouldContain("its header has 65535 bytes");
        Should.Throw<StableQuantException>(() => NpyFile.ReadInput(folder.Path)).Message.ShouldContain("is a folder");
        Should.Throw<StableQuantException>(() => NpyFile.ReadInput(Path.Combine(folder.Path, "none.npy"))).Message.ShouldContain("there is no such file");
    }

    [Fact]
    public void What_is_written_has_the_header_of_the_format()
    {
        string path = Path.Combine(folder.Path, "out.npy");
        NpyFile.Write(path, [1, 2, 3, 4, 5, 6], 2);
        byte[] bytes = File.ReadAllBytes(path);
        int header = BitConverter.ToUInt16(bytes, 8);
        bytes[..8].ShouldBe((byte[])[0x93, .. "NUMPY"u8, 1, 0]);
        ((10 + header) % 64).ShouldBe(0);
        Encoding.ASCII.GetString(bytes, 10, header).ShouldMatch(@"^\{'descr': '<f4', 'fortran_order': False, 'shape': \(3, 2\), \} *\n$");
        bytes[(10 + header)..].ShouldBe([.. new[] { 1f, 2, 3, 4, 5, 6 }.SelectMany(BitConverter.GetBytes)]);
    }

    private string Write(byte version, string header, byte[] data)
    {
        byte[] text = Encoding.ASCII.GetBytes(header + "\n");
        byte[] length = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes(text.Length);
        return folder.Write("x.npy", [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. data]);
    }
}

/// <summary>What was read, in one line.</summary>
internal static class NetworkInputAssertions
{
    public static void ShouldBeOf(this NetworkInput input, int channels, params float[] values)
    {
        input.Values.ShouldBe(values);
        input.Channels.ShouldBe(channels);
    }
}
