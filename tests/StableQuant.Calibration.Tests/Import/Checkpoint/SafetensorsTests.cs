using System.Text;
using StableQuant.Calibration.Import.Checkpoint;

namespace StableQuant.Calibration.Tests.Import.Checkpoint;

/// <summary>Each length, offset and shape of a safetensors file is a stranger's.</summary>
public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_is_read_as_the_format_says()
    {
        byte[] data = [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f), .. BitConverter.GetBytes((Half)0.25), 0x80, 0x3F, 0x07];
        SafetensorsFile file = Open(
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"h":{"dtype":"F16","shape":[1],"data_offsets":[8,10]},"b":{"dtype":"BF16","shape":[],"data_offsets":[10,12]},"i":{"dtype":"U8","shape":[1],"data_offsets":[12,13]},"n":{"dtype":"F32","shape":[0,5],"data_offsets":[13,13]}}   """, data);
        file.Tensors["a"].Read().ShouldBe([1.5f, -2f]);
        file.Tensors["a"].Shape.ShouldBe([2, 1]);
        file.Tensors["h"].Read().ShouldBe([0.25f]);
        file.Tensors["b"].Read().ShouldBe([1f]);
        file.Tensors["n"].Read().ShouldBeEmpty();
        file.Tensors["i"].IsFloat.ShouldBeFalse();
        file.Aliases["format"].ShouldBe("pt");
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}""", "has 12 bytes, which are not [2] of F32")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,20]}}""", "the file has 16 bytes of tensors: it is cut short or damaged")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "lies at 8 … 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775800,9223372036854775807]}}""", "cut short or damaged")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "is not described by")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "is not described by")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", "is not described by")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "is not described by")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "is not described by")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}""", "at most 8 sizes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", "which are not [4294967296, 4294967296] of F32")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16]}}""", "which are not [4611686018427387904, 4] of F32")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,0],"data_offsets":[0,4]}}""", "has 4 bytes")]
    [InlineData("""{"a":{"dtype":4,"shape":[2],"data_offsets":[0,8]}}""", "is not described by")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", "is not described by")]
    [InlineData("""{"a":[1]}""", "is not described by")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "tensor 'b': shares bytes with 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "tensor 'b': shares bytes with 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", "tensor 'a': comes twice")]
    [InlineData("""[]""", "is no JSON object")]
    [InlineData("""{"a":""", "is no JSON of a safetensors file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[[[[2]]]]],"data_offsets":[0,8]}}""", "is no JSON of a safetensors file")]
    [InlineData("", "is no JSON of a safetensors file")]
    public void A_header_that_lies_is_refused(string header, string why) => Refused(TinyCheckpoint.File(header, new byte[16])).ShouldContain(why);

    [Fact]
    public void A_name_that_is_no_text_is_refused() =>
        Refused([.. BitConverter.GetBytes(8UL), .. "{\"\\ud8"u8, .. "\"}"u8]).ShouldContain("is no JSON of a safetensors file");

    [Theory]
    [InlineData(0UL)]
    [InlineData(41UL)]
    [InlineData(100_000_001UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData((ulong)long.MaxValue)]
    public void A_header_longer_than_the_file_is_refused(ulong length) =>
        Refused([.. BitConverter.GetBytes(length), .. new byte[40]]).ShouldContain(length == 0 ? "is no JSON" : "says that its header has");

    [Fact]
    public void A_pointer_of_Git_LFS_is_told_from_the_file_that_it_stands_for() =>
        Refused(Encoding.UTF8.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")).ShouldContain("a pointer of Git LFS in its place?");

    [Fact]
    public void A_file_of_a_few_bytes_is_refused() => Refused([1, 2, 3]).ShouldContain("too few for a safetensors file");

    [Fact]
    public void A_file_that_is_cut_short_while_it_is_used_ends_in_an_error_and_nothing_else()
    {
        SafetensorsFile file = Open("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", new byte[16]);
        using (FileStream stream = File.Open(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(stream.Length - 1);
        }

        Should.Throw<ImportException>(() => file.Tensors["a"].Read()).Message.ShouldContain("was cut short while it was read");
    }

    private SafetensorsFile Open(string header, byte[] data)
    {
        string path = folder.Write("model.safetensors", TinyCheckpoint.File(header, data));
        return SafetensorsFile.Open(path, path);
    }

    private string Refused(byte[] bytes)
    {
        string path = folder.Write("model.safetensors", bytes);
        return Should.Throw<ImportException>(() => SafetensorsFile.Open(path, path)).Message;
    }
}
