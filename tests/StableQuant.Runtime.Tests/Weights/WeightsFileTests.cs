using StableQuant.Runtime.Tests.Kernels;
using StableQuant.Weights;

namespace StableQuant.Runtime.Tests;

/// <summary>Weights in a file beside the program are mapped, not copied, and taken only where they are the right ones.</summary>
public sealed unsafe class WeightsFileTests : IDisposable
{
    private const int Length = 100_000;

    // Nothing is looked for in them here.
    private static readonly WeightsContent Nothing = new([], []);

    private readonly string name = $"{Guid.NewGuid():n}.sqweights";
    private readonly byte[] bytes = new byte[Length];

    public WeightsFileTests()
    {
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(Location, bytes);
    }

    private string Location => Path.Combine(AppContext.BaseDirectory, name);

    public void Dispose() => File.Delete(Location);

    [Fact]
    public void The_right_weights_are_whole_and_aligned()
    {
        WeightsBlob blob = WeightsBlob.FromFile(name, Length, Sha256.HashHex(bytes), Nothing);
        ((nuint)blob.Pointer % 64).ShouldBe((nuint)0);
        new ReadOnlySpan<byte>(blob.Pointer, Length).SequenceEqual(bytes).ShouldBeTrue();
    }

    [OnLinuxX64Fact]
    public void They_are_the_file_s_own_pages_read_only_and_shared()
    {
        WeightsBlob blob = WeightsBlob.FromFile(name, Length, Sha256.HashHex(bytes), Nothing);
        string mapping = File.ReadLines("/proc/self/maps").Where(line => line.EndsWith(name, StringComparison.Ordinal)).ShouldHaveSingleItem();
        mapping.ShouldStartWith($"{(nuint)blob.Pointer:x}-");
        mapping.Split(' ')[1].ShouldBe("r--s");
    }

    [Fact]
    public void Another_length_is_refused_with_both_lengths() =>
        Refused(Length + 64, Sha256.HashHex(bytes)).ShouldContain($"{Length} bytes, but the model was compiled for weights of {Length + 64} bytes");

    [Fact]
    public void An_empty_file_is_refused()
    {
        File.WriteAllBytes(Location, []);
        Refused(Length, Sha256.HashHex(bytes)).ShouldContain(": 0 bytes, but");
    }

    [Fact]
    public void One_flipped_bit_is_refused_with_both_hashes()
    {
        string right = Sha256.HashHex(bytes);
        bytes[Length / 2] ^= 1;
        File.WriteAllBytes(Location, bytes);
        Refused(Length, right).ShouldContain($": SHA-256 is {Sha256.HashHex(bytes)}, but the model was compiled for {right}");
    }

    [Fact]
    public void A_missing_file_is_refused_with_the_mend()
    {
        File.Delete(Location);
        Refused(Length, Sha256.HashHex(bytes)).ShouldContain("ship it with it");
    }

    [Fact]
    public void A_folder_in_its_place_is_refused()
    {
        File.Delete(Location);
        Directory.CreateDirectory(Location);
        try
        {
            Refused(Length, Sha256.HashHex(bytes)).ShouldContain("the weights cannot be read");
        }
        finally
        {
            Directory.Delete(Location);
        }
    }

    [Theory]
    [InlineData("overwritten")]
    [InlineData("cut off")]
    [InlineData("longer")]
    public void A_file_that_changes_in_use_is_refused_at_the_next_call(string how)
    {
        WeightsBlob blob = Loaded();
        _ = blob.Pointer;
        using (var file = new FileStream(Location, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, Share = FileShare.ReadWrite }))
        {
            switch (how)
            {
                case "overwritten":
                    file.Write(new byte[8]);
                    break;
                case "cut off":
                    file.SetLength(Length / 2);
                    break;
                default:
                    file.SetLength(Length + 1);
                    break;
            }
        }

        Should.Throw<InvalidDataException>(() => (nint)blob.Pointer).Message.ShouldBe(
            $"{Location}: the weights have changed while the program uses them; restore the file and start the program anew. A new file takes its place by being renamed to its name.");
    }

    [OnLinuxX64Fact]
    public void A_new_file_under_its_name_leaves_the_old_weights_in_use()
    {
        WeightsBlob blob = Loaded();
        File.WriteAllBytes(Location + ".new", new byte[10]);
        File.Move(Location + ".new", Location, overwrite: true);
        new ReadOnlySpan<byte>(blob.Pointer, Length).SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public void Looking_whether_it_changed_allocates_nothing()
    {
        WeightsBlob blob = Loaded();
        _ = blob.Pointer;
        Allocations.Of(() => _ = blob.Pointer).ShouldBe(0);
    }

    // Written long ago: so that a later time is another one, however coarse the system's clock for files is.
    private WeightsBlob Loaded()
    {
        File.SetLastWriteTimeUtc(Location, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        return WeightsBlob.FromFile(name, Length, Sha256.HashHex(bytes), Nothing);
    }

    private string Refused(long length, string hash)
    {
        string message = Should.Throw<InvalidDataException>(() => WeightsBlob.FromFile(name, length, hash, Nothing)).Message;
        message.ShouldStartWith(Location + ": ");
        return message;
    }
}
