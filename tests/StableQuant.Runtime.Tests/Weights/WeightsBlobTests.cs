using System.Reflection;
using StableQuant.Kernels;
using StableQuant.Weights;

namespace StableQuant.Runtime.Tests;

/// <summary>Weights are taken only where length and hash are those that the model was compiled for.</summary>
public unsafe class WeightsBlobTests
{
    private const string Name = "blob.sqweights";
    private const int Length = 1000;

    // Nothing is looked for in them here.
    private static readonly WeightsContent Nothing = new([], []);

    private static readonly Assembly Here = typeof(WeightsBlobTests).Assembly;

    private static readonly byte[] Bytes = Read();

    [Theory]
    [InlineData(InstructionSet.Scalar)]
    [InlineData(InstructionSet.Avx2)]
    [InlineData(InstructionSet.Avx512)]
    [InlineData(InstructionSet.Avx512Vnni)]
    [InlineData(InstructionSet.Amx)]
    public void The_right_weights_are_whole_and_lie_as_the_kernels_want_them(InstructionSet path)
    {
        using var resource = (UnmanagedMemoryStream)Here.GetManifestResourceStream(Name)!;
        byte* mapped = resource.PositionPointer;
        InstructionSets.OnThisThread = path;
        try
        {
            WeightsBlob blob = WeightsBlob.FromResource(Here, Name, Length, Sha256.HashHex(Bytes), Nothing);
            new ReadOnlySpan<byte>(blob.Pointer, Length).SequenceEqual(Bytes).ShouldBeTrue();
            nuint alignment = path is InstructionSet.Avx512 or InstructionSet.Avx512Vnni ? 1u : path == InstructionSet.Amx ? 64u : 32u;
            (blob.Pointer == mapped).ShouldBe((nuint)mapped % alignment == 0);
            ((nuint)blob.Pointer % alignment).ShouldBe(0u);
        }
        finally
        {
            InstructionSets.OnThisThread = null;
        }
    }

    [Theory]
    [InlineData(Length - 1)]
    [InlineData(Length + 1)]
    [InlineData(3_500_000_000L)]
    public void Another_length_is_refused_with_both_lengths(long length)
    {
        string message = Refused(Name, length, Sha256.HashHex(Bytes));
        message.ShouldStartWith("blob.sqweights: 1000 bytes");
        message.ShouldContain($"{length} bytes");
        message.ShouldContain("calibrate again or restore it");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(Length - 1)]
    public void One_flipped_bit_is_refused_with_both_hashes(int place)
    {
        byte[] other = [.. Bytes];
        other[place] ^= 0x80;
        string message = Refused(Name, Length, Sha256.HashHex(other));
        message.ShouldStartWith("blob.sqweights: ");
        message.ShouldContain(Sha256.HashHex(Bytes));
        message.ShouldContain(Sha256.HashHex(other));
        message.ShouldContain("calibrate again or restore it");
    }

    [Fact]
    public void Missing_weights_are_refused_with_the_mend()
    {
        string message = Refused("other.sqweights", Length, Sha256.HashHex(Bytes));
        message.ShouldStartWith("other.sqweights: ");
        message.ShouldContain("beside its .sqmodel");
    }

    private static string Refused(string name, long length, string hash) =>
        Should.Throw<InvalidDataException>(() => WeightsBlob.FromResource(Here, name, length, hash, Nothing)).Message;

    private static byte[] Read()
    {
        using Stream stream = Here.GetManifestResourceStream(Name)!;
        var bytes = new byte[Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
