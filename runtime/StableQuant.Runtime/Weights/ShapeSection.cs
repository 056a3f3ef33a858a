using System.ComponentModel;
using System.Runtime.InteropServices;
using StableQuant.Decoding;
using StableQuant.Layout;

namespace StableQuant.Weights;

/// <summary>A grid of the weights' own.</summary>
/// <param name="Scale">Size of one step.</param>
/// <param name="ZeroPoint">What stands for 0, 0 … 255.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct MountedGrid(float Scale, int ZeroPoint)
{
    /// <summary>1/scale.</summary>
    public float InverseScale => 1f / Scale;
}

/// <summary>Where the constants of a head lie whose outputs are the weights' own tokens; offsets in bytes, −1 for those that it has not.</summary>
/// <param name="Weights">The packed weights, or the indices that they are stored as.</param>
/// <param name="SumsOrLevels">Each output's Σw; of indices, each output's levels.</param>
/// <param name="Multipliers">Each output's dequantisation factor.</param>
/// <param name="Bias">Each output's bias.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct MountedHead(long Weights, long SumsOrLevels, long Multipliers, long Bias);

/// <summary>What stands behind a weights file's constants, as <see cref="ShapeLayout"/> has it. The file is anyone's: every number is checked.</summary>
internal sealed class ShapeSection
{
    private ShapeSection(string shape, MountedHead head, MountedGrid[] grids, CtcVocabulary vocabulary, long constantBytes)
    {
        Shape = shape;
        Head = head;
        Grids = grids;
        Vocabulary = vocabulary;
        ConstantBytes = constantBytes;
    }

    /// <summary>SHA-256 of the shape.</summary>
    public string Shape { get; }

    /// <summary>Where the head's constants are; anywhere, as far as this knows.</summary>
    public MountedHead Head { get; }

    /// <summary>The grids, where the collector does not move them.</summary>
    public MountedGrid[] Grids { get; }

    /// <summary>The tokens.</summary>
    public CtcVocabulary Vocabulary { get; }

    /// <summary>Bytes of the file before the section.</summary>
    public long ConstantBytes { get; }

    /// <summary>Reads the end of a file.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="file">All of it.</param>
    /// <exception cref="InvalidDataException">It has no such end, is damaged, or a number is out of its range.</exception>
    public static ShapeSection Read(string name, ReadOnlySpan<byte> file)
    {
        if (file.Length < ShapeLayout.FooterBytes || !file.EndsWith(ShapeLayout.Magic))
        {
            throw new InvalidDataException(
                $"{name}: does not say what its shape is, so that no class can mount it. It is no weights file, is cut off, was calibrated by a version before 0.2, or its model does not end in a linear layer; calibrate again or restore it.");
        }

        ReadOnlySpan<byte> hashed = file[..^ShapeLayout.FooterBytes], footer = file[^ShapeLayout.FooterBytes..];
        string stated = Convert.ToHexStringLower(footer[..ShapeLayout.HashBytes]), actual = Sha256.HashHex(hashed);
        if (stated != actual)
        {
            throw new InvalidDataException($"{name}: SHA-256 is {actual}, but its end states {stated}. The file is damaged; restore it.");
        }

        long start = MemoryMarshal.Read<long>(footer[ShapeLayout.HashBytes..]);
        if (start < 0 || start > hashed.Length)
        {
            throw Wrong(name, "its section lies outside of the file");
        }

        return Read(name, new SectionReader(name, hashed[(int)start..]), start);
    }

    private static ShapeSection Read(string name, SectionReader reader, long constantBytes)
    {
        string shape = Convert.ToHexStringLower(reader.Take(ShapeLayout.HashBytes));
        var head = new MountedHead(reader.Long(), reader.Long(), reader.Long(), reader.Long());
        MountedGrid[] grids = GC.AllocateUninitializedArray<MountedGrid>(reader.Count(2 * sizeof(int)), pinned: true);
        for (int i = 0; i < grids.Length; i++)
        {
            grids[i] = new MountedGrid(BitConverter.Int32BitsToSingle(reader.Int()), reader.Int());
            if (!(grids[i].Scale is >= ShapeLayout.MinScale and <= ShapeLayout.MaxScale) || grids[i].ZeroPoint is < 0 or > byte.MaxValue)
            {
                throw Wrong(name, FormattableString.Invariant($"grid {i} has scale {grids[i].Scale} and zero point {grids[i].ZeroPoint}"));
            }
        }

        return new ShapeSection(shape, head, grids, ReadVocabulary(name, ref reader), constantBytes);
    }

    private static CtcVocabulary ReadVocabulary(string name, ref SectionReader reader)
    {
        int count = reader.Count(sizeof(int)), blank = reader.Int(), space = reader.Int();
        if (count is < 2 or > ShapeLayout.MaxTokens || blank < 0 || blank >= count || space < -1 || space >= count || space == blank)
        {
            throw Wrong(name, FormattableString.Invariant($"it has {count} tokens, of which {blank} is the blank and {space} the space"));
        }

        var tokens = new string[count];
        for (int i = 0; i < count; i++)
        {
            int characters = reader.Int();
            if (characters is < 0 or > ShapeLayout.MaxTokenCharacters)
            {
                throw Wrong(name, FormattableString.Invariant($"token {i} has {characters} characters"));
            }

            tokens[i] = new string(MemoryMarshal.Cast<byte, char>(reader.Take(characters * sizeof(char))));
            if (!PlainText.IsPlain(tokens[i]))
            {
                throw Wrong(name, FormattableString.Invariant($"token {i} holds a character that controls a terminal or is none"));
            }
        }

        return new CtcVocabulary(tokens, blank, space);
    }

    private static InvalidDataException Wrong(string name, string what) => new($"{name}: {what}. The file is not what calibration writes; calibrate again.");

    /// <summary>Takes numbers off the section, one after another.</summary>
    private ref struct SectionReader(string name, ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> rest = rest;

        public ReadOnlySpan<byte> Take(int bytes)
        {
            if (bytes > rest.Length)
            {
                throw Wrong(name, "its section ends too early");
            }

            ReadOnlySpan<byte> taken = rest[..bytes];
            rest = rest[bytes..];
            return taken;
        }

        public int Int() => MemoryMarshal.Read<int>(Take(sizeof(int)));

        public long Long() => MemoryMarshal.Read<long>(Take(sizeof(long)));

        /// <summary>How many of something follow, each of so many bytes at least.</summary>
        public int Count(int bytes) =>
            Int() is var count && count >= 0 && count <= rest.Length / bytes ? count : throw Wrong(name, "its section ends too early");
    }
}
