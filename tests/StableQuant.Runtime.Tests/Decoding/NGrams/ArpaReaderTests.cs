using System.IO.Compression;
using System.Text;
using StableQuant.Decoding.NGrams;

namespace StableQuant.Decoding.Tests;

public class ArpaReaderTests
{
    [Theory]
    [InlineData("", 1, "\\data\\ is missing")]
    [InlineData("\\data\\\nngram 1=1\n", 3, "n-grams are missing")]
    [InlineData("\\data\\\n\\1-grams:\n", 2, "no line \"ngram LENGTH=COUNT\"")]
    [InlineData("\\data\\\nngram one=1\n", 2, "not \"ngram LENGTH=COUNT\"")]
    [InlineData("\\data\\\nngram 2=1\n", 2, "lengths of n-grams")]
    [InlineData("\\data\\\nngram 1=-1\n", 2, "lengths of n-grams")]
    [InlineData("\\data\\\nngram 1=9999999999999999999\n", 2, "ngram LENGTH=COUNT")]
    [InlineData("\\data\\\nngram 1=2000000000\n", 2, "all counts together")]
    [InlineData("\\data\\\nngram 1=0\n\\1-grams:\n\\end\\", 4, "no n-gram of length 1")]
    [InlineData("\\data\\\nngram 1=1\n\\2-grams:\n", 3, "\\1-grams: belongs here")]
    [InlineData("\\data\\\nngram 1=1000000000\n\\1-grams:\n-1 A\n", 5, "the file ends before its 1000000000 n-grams")]
    [InlineData("\\data\\\nngram 1=1\n\\1-grams:\n-1 A\n-1 B\n", 5, "more than the 1 n-grams")]
    [InlineData("\\data\\\nngram 1=1\n\\1-grams:\nA\n", 4, "the probability is no number")]
    [InlineData("\\data\\\nngram 1=1\n\\1-grams:\nNaN A\n", 4, "the probability is no number")]
    [InlineData("\\data\\\nngram 1=1\n\\1-grams:\n0.1 A\n", 4, "above 0")]
    [InlineData("\\data\\\nngram 1=1\n\\1-grams:\n-1\n", 4, "a word is missing")]
    [InlineData("\\data\\\nngram 1=1\n\\1-grams:\n-1 A inf\n", 4, "the back-off weight is no number")]
    [InlineData("\\data\\\nngram 1=1\n\\1-grams:\n-1 A -1 -1\n", 4, "followed by more")]
    [InlineData("\\data\\\nngram 1=2\n\\1-grams:\n-1 A\n-1 A\n", 5, "the word A is there twice")]
    [InlineData("\\data\\\nngram 1=1\nngram 2=1\n\\1-grams:\n-1 A\n\\2-grams:\n-1 A B\n", 7, "the word B is not among")]
    [InlineData("\\data\\\nngram 1=1\nngram 2=2\n\\1-grams:\n-1 A\n\\2-grams:\n-1 A A\n-2 A A\n\\end\\", 8, "an earlier line has this n-gram")]
    [InlineData("\\data\\\nngram 1=1\n\\1-grams:\n-1 A\n", 5, "\\end\\ is missing")]
    public void What_is_wrong_is_told_with_its_line(string text, int line, string problem)
    {
        string message = Should.Throw<InvalidDataException>(() => Arpa.Read(text, "my.arpa")).Message;
        message.ShouldStartWith($"my.arpa:{line}: ");
        message.ShouldContain(problem);
    }

    [Fact]
    public void A_word_that_is_no_text_is_refused()
    {
        byte[] file = [.. "\\data\\\nngram 1=1\n\\1-grams:\n-1 "u8, 0xFF, 0xFE, .. "\n\\end\\\n"u8];
        Should.Throw<InvalidDataException>(() => NGramModel.Read(new MemoryStream(file), "x")).Message.ShouldBe("x:4: a word is not UTF-8.");
    }

    [Fact]
    public void Zero_may_be_written_as_minus_infinity()
    {
        NGramModel model = Arpa.Read("\\data\\\nngram 1=2\n\\1-grams:\n-inf <s>\n-0.5 A\n\\end\\\n");
        model.LogProbability("A").ShouldBe(-0.5 * Math.Log(10), 1e-6);

        // There is no unknown word either.
        model.LogProbability("B").ShouldBe(-99 * Math.Log(10), 1e-6);
    }

    [Fact]
    public void A_long_line_and_endless_empty_ones_are_refused_before_they_take_memory_or_time()
    {
        Refused(Enumerable.Repeat("\\data\\\nngram 1=1\n\\1-grams:\n-1 "u8.ToArray(), 1).Concat(Enumerable.Repeat(new string('A', 1 << 20), 200).Select(Encoding.ASCII.GetBytes)), ":4: the line is longer");
        Refused(Enumerable.Repeat(new byte[1 << 20].Select(_ => (byte)'\n').ToArray(), 200), ": more than 10000 lines");

        static void Refused(IEnumerable<byte[]> parts, string problem)
        {
            // 200 MB that were packed into little.
            var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            {
                foreach (byte[] part in parts)
                {
                    gzip.Write(part);
                }
            }

            packed.Position = 0;
            long before = GC.GetAllocatedBytesForCurrentThread();
            Should.Throw<InvalidDataException>(() => NGramModel.Read(packed, "bomb")).Message.ShouldContain(problem);
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(4 << 20);
        }
    }

    [Fact]
    public void Changed_files_are_read_or_refused_and_nothing_else()
    {
        byte[] plain = Encoding.UTF8.GetBytes(Arpa.Example.ReplaceLineEndings("\n"));
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        foreach (byte[] seed in new[] { plain, packed.ToArray() })
        {
            foreach (byte[] changed in Mutations.Of(seed, rounds: 4000))
            {
                try
                {
                    double.IsNaN(NGramModel.Read(new MemoryStream(changed), "fuzz").LogProbability("A B C A")).ShouldBeFalse();
                }
                catch (InvalidDataException e)
                {
                    e.Message.ShouldStartWith("fuzz:");
                }
            }
        }
    }
}
