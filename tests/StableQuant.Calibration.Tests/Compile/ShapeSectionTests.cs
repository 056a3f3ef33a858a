using System.Buffers.Binary;
using System.Security.Cryptography;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>What a weights file says of itself may be anyone's: one error that names the file, whatever stands there.</summary>
public class ShapeSectionTests
{
    private static readonly QuantizedModel Model = RandomModel.Make(3);

    private static readonly QuantizedModel Indexed = Enumerable.Range(0, 40).Select(RandomModel.Make).First(model => model.Description.VocabularyHead!.Packed is PackedIndices);

    private static readonly int Start = (int)BinaryPrimitives.ReadInt64LittleEndian(Model.Weights.AsSpan(Model.Weights.Length - 32));

    private static readonly int Grids = Model.Description.Operations.OfType<Quantize>().Count();

    // Places in the section: shape, five offsets, grids, tokens.
    private static readonly int Head = Start + 32, GridCount = Head + 32, FirstGrid = GridCount + 4, TokenCount = FirstGrid + 8 * Grids, FirstToken = TokenCount + 12;

    [Fact]
    public void What_calibration_writes_is_read()
    {
        SpeechWeights weights = Open(Model.Weights);
        weights.Shape.ShouldBe(Graph.Text.ShapeText.Fingerprint(Model.Description));
        weights.Vocabulary.Tokens.ToArray().ShouldBe(((Vocabulary)Model.Description.Head).Tokens);
        (weights.Vocabulary.Blank, weights.Vocabulary.WordDelimiter).ShouldBe((0, -1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(-1)]
    [InlineData(-64)]
    public void A_file_that_is_cut_off_or_none_says_nothing_of_a_shape(int length) =>
        Refused(Model.Weights[..(length < 0 ? Model.Weights.Length + length : length)]).ShouldContain("does not say what its shape is");

    [Fact]
    public void Any_flipped_bit_is_found()
    {
        var random = new Random(1);
        for (int i = 0; i < 100; i++)
        {
            byte[] bytes = [.. Model.Weights];
            bytes[random.Next(bytes.Length - 32)] ^= (byte)(1 << random.Next(8));
            Refused(bytes).ShouldContain("its end states");
        }
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(0x1_0000_0000L)]
    public void A_section_outside_of_the_file_is_refused(long start) =>
        Refused(Changed(bytes => BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(bytes.Length - 32), start))).ShouldContain("outside of the file");

    [Fact]
    public void A_section_that_ends_anywhere_too_early_is_refused()
    {
        int end = FirstToken + ((Vocabulary)Model.Description.Head).Tokens.Sum(token => 4 + 2 * token.Length);
        for (int length = 0; Start + length < end; length++)
        {
            byte[] bytes = [.. Model.Weights[..(Start + length)], .. Model.Weights[^64..]];
            Refused(Sealed(bytes)).ShouldContain("The file is not what calibration writes");
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(1e-40f)]
    [InlineData(1e11f)]
    public void A_scale_that_is_none_is_refused(float scale) =>
        Refused(Changed(bytes => BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(FirstGrid), scale))).ShouldContain("grid 0 has scale");

    [Theory]
    [InlineData(-1)]
    [InlineData(256)]
    [InlineData(int.MinValue)]
    public void A_zero_point_that_is_no_byte_is_refused(int zero) => Refused(With(FirstGrid + 4, zero)).ShouldContain($"and zero point {zero}");

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(0x2000_0000)]
    public void Counts_that_cannot_be_are_refused(int count)
    {
        Refused(With(GridCount, count));
        Refused(With(TokenCount, count));
        Refused(With(FirstToken, count));
    }

    [Theory]
    [InlineData(0, -1)]
    [InlineData(100, -1)]
    [InlineData(-1, -1)]
    [InlineData(0, 100)]
    [InlineData(0, -2)]
    [InlineData(1, 1)]
    public void Blank_and_space_that_are_no_tokens_are_refused(int blank, int space)
    {
        byte[] bytes = Changed(bytes =>
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(TokenCount + 4), blank);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(TokenCount + 8), space);
        });
        if ((blank, space) == (0, -1))
        {
            Open(bytes).Vocabulary.Blank.ShouldBe(0);
            return;
        }

        Refused(bytes).ShouldContain($"of which {blank} is the blank and {space} the space");
    }

    [Theory]
    [InlineData('\u001B')]
    [InlineData('\n')]
    [InlineData('\u202E')]
    [InlineData('\uD800')]
    public void A_token_that_controls_a_terminal_is_refused(char c) =>
        Refused(Changed(bytes => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(FirstToken + 4), c))).ShouldContain("token 0 holds a character that controls");

    // Its hash and shape are right: only the class knows what must be where.
    [Theory]
    [InlineData(-1L)]
    [InlineData(-64L)]
    [InlineData(1L)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue - 63)]
    [InlineData(long.MinValue)]
    [InlineData(0x7FFF_FFC0L)]
    [InlineData(0x1_0000_0000L)]
    public void Places_of_the_head_that_are_none_are_refused(long offset)
    {
        // Weights, sums or levels, multipliers, bias.
        foreach (QuantizedModel model in new[] { Model, Indexed })
        {
            using var mounting = new MountedClass(model);
            int head = (int)BinaryPrimitives.ReadInt64LittleEndian(model.Weights.AsSpan(model.Weights.Length - 32)) + 32;
            for (int place = 0; place < 4; place++)
            {
                byte[] bytes = [.. model.Weights];
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(head + 8 * place), offset);
                Refused(mounting, Sealed(bytes));
            }
        }
    }

    [Fact]
    public void Constants_that_are_cut_off_are_refused_however_many_are_left()
    {
        using var mounting = new MountedClass(Model);
        byte[] section = Model.Weights[Start..];
        for (int left = 0; left < Start; left += 64)
        {
            byte[] bytes = [.. Model.Weights[..left], .. section];
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(bytes.Length - 32), left);
            Refused(mounting, Sealed(bytes)).ShouldContain("there is no place for");
        }
    }

    [Fact]
    public void A_vocabulary_larger_than_the_head_is_refused()
    {
        using var mounting = new MountedClass(Model);
        int tokens = ((Vocabulary)Model.Description.Head).Tokens.Count;
        byte[] more = new byte[4 * 65536];
        byte[] bytes = [.. Model.Weights[..^64], .. more, .. Model.Weights[^64..]];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(TokenCount), tokens + 60_000);
        Refused(mounting, Sealed(bytes)).ShouldContain("there is no place for");
    }

    [Fact]
    public void Fewer_grids_than_the_shape_has_are_refused()
    {
        using var mounting = new MountedClass(Model);
        byte[] bytes = [.. Model.Weights[..(FirstGrid + 8 * (Grids - 1))], .. Model.Weights[TokenCount..]];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(GridCount), Grids - 1);
        Refused(mounting, Sealed(bytes)).ShouldContain($"it has {Grids - 1} grids, but its shape has {Grids}");
    }

    [Fact]
    public void What_is_no_file_is_refused()
    {
        using var folder = new TempFolder();
        Should.Throw<InvalidDataException>(() => SpeechWeights.Open(Path.Combine(folder.Path, "none.sqweights"))).Message.ShouldStartWith(Path.Combine(folder.Path, "none.sqweights"));
        Should.Throw<InvalidDataException>(() => SpeechWeights.Open(folder.Path)).Message.ShouldStartWith(folder.Path);
        Should.Throw<ArgumentNullException>(() => SpeechWeights.Open(null!));
    }

    /// <summary>A file whose end states the hash of what it holds, whatever that is.</summary>
    internal static byte[] Sealed(byte[] bytes)
    {
        SHA256.HashData(bytes.AsSpan(0, bytes.Length - ShapeLayout.FooterBytes), bytes.AsSpan(bytes.Length - ShapeLayout.FooterBytes));
        return bytes;
    }

    private static byte[] With(int place, int number) => Changed(bytes => BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(place), number));

    private static byte[] Changed(Action<byte[]> change)
    {
        byte[] bytes = [.. Model.Weights];
        change(bytes);
        return Sealed(bytes);
    }

    private static SpeechWeights Open(byte[] bytes)
    {
        using var folder = new TempFolder();
        return SpeechWeights.Open(folder.Write("some.sqweights", bytes));
    }

    private static string Refused(byte[] bytes)
    {
        using var folder = new TempFolder();
        string path = folder.Write("bad.sqweights", bytes);
        string message = Should.Throw<InvalidDataException>(() => SpeechWeights.Open(path)).Message;
        message.ShouldStartWith(path + ": ");
        return message;
    }

    private static string Refused(MountedClass mounting, byte[] bytes)
    {
        using var folder = new TempFolder();
        var weights = SpeechWeights.Open(folder.Write("bad.sqweights", bytes));
        string message = Should.Throw<InvalidDataException>(() => mounting.Mount(weights)).Message;
        message.ShouldStartWith(weights.Path + ": ");
        return message;
    }
}
