using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Quantization;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>What was compiled once is not compiled again, and what the cache's folder holds can do no harm.</summary>
public sealed class AssemblyCacheTests : IDisposable
{
    private readonly TempFolder folder = new();
    private int compiled;

    private string Cache => Path.Combine(folder.Path, "cache");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_key_is_compiled_once_and_another_one_anew()
    {
        var cache = new AssemblyCache(Cache);
        Get(cache, "a", 1).ShouldBe([1, 1, 1, 1]);
        Get(new AssemblyCache(Cache), "a", 2).ShouldBe([1, 1, 1, 1]);
        Get(cache, "b", 3).ShouldBe([3, 3, 3, 3]);
        compiled.ShouldBe(2);
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("cut off")]
    [InlineData("longer")]
    [InlineData("first bit")]
    [InlineData("last bit")]
    [InlineData("another entry")]
    public void A_damaged_entry_is_made_anew(string damage)
    {
        var cache = new AssemblyCache(Cache);
        Get(cache, "other", 9);
        string other = Directory.GetFiles(Cache).Single();
        Get(cache, "a", 1);
        string path = Directory.GetFiles(Cache).Single(file => file != other);
        byte[] entry = File.ReadAllBytes(path);
        File.WriteAllBytes(path, damage switch
        {
            "empty" => [],
            "cut off" => entry[..^1],
            "longer" => [.. entry, 0],
            "first bit" => [(byte)(entry[0] ^ 1), .. entry[1..]],
            "last bit" => [.. entry[..^1], (byte)(entry[^1] ^ 1)],
            _ => File.ReadAllBytes(other),
        });
        Get(cache, "a", 2).ShouldBe([2, 2, 2, 2]);
        Get(cache, "a", 3).ShouldBe([2, 2, 2, 2], "the new entry is whole");
    }

    [Fact]
    public void Entries_that_were_used_longest_ago_make_room()
    {
        // An entry is a hash of 32 bytes and its content.
        var cache = new AssemblyCache(Cache, maxBytes: 2 * 36);
        string Added(string key)
        {
            string[] before = Directory.Exists(Cache) ? Directory.GetFiles(Cache) : [];
            Get(cache, key, 1);
            return Directory.GetFiles(Cache).Except(before).Single();
        }

        string first = Added("first"), second = Added("second");
        File.SetLastWriteTimeUtc(first, DateTime.UtcNow.AddHours(-2));
        File.SetLastWriteTimeUtc(second, DateTime.UtcNow.AddHours(-1));
        Get(cache, "first", 2).ShouldBe([1, 1, 1, 1], "it is used");
        string third = Added("third");
        Directory.GetFiles(Cache).Order().ShouldBe(new[] { first, third }.Order());
    }

    [Fact]
    public void A_folder_that_cannot_be_is_as_good_as_none()
    {
        folder.Write("cache", "a file");
        var cache = new AssemblyCache(Cache);
        Get(cache, "a", 1).ShouldBe([1, 1, 1, 1]);
        Get(cache, "a", 2).ShouldBe([2, 2, 2, 2]);
        File.ReadAllText(Cache).ShouldBe("a file");
    }

    [Fact]
    public void Nobody_else_may_write_where_code_is_loaded_from()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var cache = new AssemblyCache(Cache);
        Get(cache, "a", 1);
        File.GetUnixFileMode(Cache).ShouldBe(Own);
        File.SetUnixFileMode(Cache, Own | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);
        Get(cache, "a", 2);
        File.GetUnixFileMode(Cache).ShouldBe(Own);
    }

    [Fact]
    public void Many_at_a_time_get_whole_assemblies()
    {
        byte[] Content(int key) => [.. Enumerable.Repeat((byte)key, 10_000)];
        // Room for two of the four, so that entries come and go.
        Parallel.For(0, 400, i => new AssemblyCache(Cache, maxBytes: 25_000).GetOrAdd($"{i % 4}", () => Content(i % 4)).ShouldBe(Content(i % 4)));
        Directory.GetFiles(Cache).ShouldAllBe(file => !file.EndsWith(".partial"));
    }

    [Fact]
    public void A_model_from_the_cache_gives_the_same_bits_and_still_checks_its_weights()
    {
        QuantizedModel model = RandomModel.Make(3);
        string path = folder.Write("voice.sqmodel", model.Text);
        folder.Write("voice.sqweights", model.Weights);
        var cache = new AssemblyCache(Cache);
        float[] Logits()
        {
            using CompiledModelSource source = CompiledModelSource.Load(path, cache);
            using ISpeechModel instance = source.Create(1);
            var logits = new float[instance.FrameCount(8000) * instance.VocabularySize];
            instance.Logits([.. Enumerable.Range(0, 8000).Select(i => (float)Math.Sin(i))], logits);
            return logits;
        }

        float[] compiled = Logits();
        string entry = Directory.GetFiles(Cache).Single();
        Logits().ShouldBe(compiled);
        File.WriteAllBytes(entry, [.. File.ReadAllBytes(entry).Select((b, i) => (byte)(i == 2000 ? ~b : b))]);
        Logits().ShouldBe(compiled, "it was compiled anew");

        folder.Write("voice.sqweights", RandomModel.Make(4).Weights);
        Should.Throw<StableQuantException>(() => CompiledModelSource.Load(path, cache)).Message.ShouldStartWith(Path.ChangeExtension(path, ".sqweights") + ": ");
    }

    private byte[] Get(AssemblyCache cache, string key, byte content) => cache.GetOrAdd(key, () =>
    {
        compiled++;
        return [content, content, content, content];
    });
}
