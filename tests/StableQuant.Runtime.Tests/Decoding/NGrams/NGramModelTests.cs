using System.IO.Compression;
using System.Text;
using StableQuant.Decoding.NGrams;

namespace StableQuant.Decoding.Tests;

public sealed class NGramModelTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("A B", -0.3 - 0.05 + (-0.25 - 0.9))]
    [InlineData("B A", (-0.3 - 0.7) - 0.8 + (-0.2 - 1.0))]
    [InlineData(" C  A ", (-0.3 - 2.0) - 0.5 + (-0.2 - 1.0))]
    [InlineData("", -0.3 - 1.0)]
    public void Sentences_have_the_probabilities_that_are_computed_by_hand(string sentence, double log10)
    {
        Arpa.Read(Arpa.Example).LogProbability(sentence).ShouldBe(log10 * Math.Log(10), 1e-5);
    }

    [Fact]
    public void A_model_tells_its_size()
    {
        NGramModel model = Arpa.Read(Arpa.Example);
        (model.Order, model.WordCount, model.NGramCount).ShouldBe((3, 5, 10));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public void Any_model_agrees_with_the_definition_even_where_pruning_left_gaps(int order)
    {
        string[] words = ["<s>", "</s>", "<unk>", "A", "B", "ÄÖ", "𝄞"];
        for (int seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            var chosen = new HashSet<string>();
            for (int i = 0; i < 60; i++)
            {
                chosen.Add(string.Join(' ', Enumerable.Range(0, random.Next(1, order + 1)).Select(_ => words[random.Next(words.Length)])));
            }

            // All lengths are there, in any order of lines.
            chosen.UnionWith(words);
            chosen.UnionWith(Enumerable.Range(1, order).Select(length => string.Join(' ', Enumerable.Repeat("A", length))));
            (string Words, double, double)[] ngrams = [.. chosen.OrderBy(_ => random.Next()).Select(ngram =>
                (ngram, Math.Round(-5 * random.NextDouble(), 4), ngram.Split(' ').Length == order ? 0 : Math.Round((2 * random.NextDouble()) - 1.5, 4)))];
            NGramModel model = Arpa.Read(Arpa.Write(ngrams));
            for (int i = 0; i < 50; i++)
            {
                string sentence = string.Join(' ', Enumerable.Range(0, random.Next(8)).Select(_ => new[] { "A", "B", "ÄÖ", "𝄞", "other" }[random.Next(5)]));
                model.LogProbability(sentence).ShouldBe(Arpa.Log10(ngrams, sentence) * Math.Log(10), 1e-4, sentence);
            }
        }
    }

    [Fact]
    public void A_compiled_model_is_the_same_whatever_the_order_of_lines_and_the_packing()
    {
        string plain = PathOf("plain.arpa");
        File.WriteAllText(plain, Arpa.Example.ReplaceLineEndings("\n"));
        string zipped = PathOf("zipped");
        using (var gzip = new GZipStream(File.Create(zipped), CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(Arpa.Example.ReplaceLineEndings("\r\n").Replace("-0.5\tA\t-0.2\r\n-0.7\tB\t-0.4", "-0.7 B  -0.4\r\n-0.5 A -0.2", StringComparison.Ordinal)));
        }

        NGramModel.Compile(plain, PathOf("1"));
        NGramModel.Compile(zipped, PathOf("2"));
        File.ReadAllBytes(PathOf("2")).ShouldBe(File.ReadAllBytes(PathOf("1")));
        Directory.GetFiles(folder.FullName, "*.tmp").ShouldBeEmpty();
        foreach (string path in new[] { plain, zipped, PathOf("1") })
        {
            NGramModel.Load(path).LogProbability("A B").ShouldBe(-1.5 * Math.Log(10), 1e-5);
        }
    }

    [Fact]
    public void A_damaged_compiled_model_is_refused_wherever_the_damage_is()
    {
        File.WriteAllText(PathOf("plain"), Arpa.Example);
        string path = PathOf("compiled");
        NGramModel.Compile(PathOf("plain"), path);
        byte[] whole = File.ReadAllBytes(path);
        for (int at = 0; at < whole.Length; at++)
        {
            // A file that does not begin as a compiled one is read as ARPA, and is none.
            byte[] damaged = [.. whole];
            damaged[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(path, damaged);
            Should.Throw<InvalidDataException>(() => NGramModel.Load(path)).Message.ShouldStartWith(path);
        }

        foreach (int length in new[] { 0, 7, 8, 63, 64, whole.Length - 1 })
        {
            File.WriteAllBytes(path, whole[..length]);
            Should.Throw<InvalidDataException>(() => NGramModel.Load(path)).Message.ShouldStartWith(path);
        }
    }

    [Fact]
    public void What_the_checksum_covers_is_checked_nevertheless()
    {
        File.WriteAllText(PathOf("plain"), Arpa.Example);
        string path = PathOf("compiled");
        NGramModel.Compile(PathOf("plain"), path);
        byte[] whole = File.ReadAllBytes(path);
        var random = new Random(7);
        int refused = 0;
        for (int round = 0; round < 500; round++)
        {
            // Someone who means harm makes the checksum right.
            byte[] changed = [.. whole];
            changed[random.Next(NGramLayout.HeaderLength, changed.Length)] = (byte)random.Next(256);
            BitConverter.GetBytes(NGramLayout.Checksum(0, changed.AsSpan(NGramLayout.HeaderLength))).CopyTo(changed, 32);
            File.WriteAllBytes(path, changed);
            try
            {
                double.IsFinite(NGramModel.Load(path).LogProbability("A B A A C B")).ShouldBeTrue();
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void A_failed_compilation_leaves_nothing_behind()
    {
        File.WriteAllText(PathOf("plain"), "nothing");
        Should.Throw<InvalidDataException>(() => NGramModel.Compile(PathOf("plain"), PathOf("compiled")));
        Directory.GetFiles(folder.FullName).ShouldBe([PathOf("plain")]);
        Should.Throw<FileNotFoundException>(() => NGramModel.Load(PathOf("missing")));
    }

    private string PathOf(string name) => Path.Combine(folder.FullName, name);
}
