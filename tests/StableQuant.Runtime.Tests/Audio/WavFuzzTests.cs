using static StableQuant.Audio.Tests.WaveBytes;

namespace StableQuant.Audio.Tests;

/// <summary>Whatever the bytes: a clip, or an <see cref="AudioFormatException"/>; nothing else, and never for long.</summary>
public class WavFuzzTests
{
    public static TheoryData<string, byte[]> Seeds => new()
    {
        { "16 bit", Riff(Chunk("fmt ", Format(Pcm, 16)), Chunk("LIST", [1, 2, 3]), Chunk("data", [1, 0, 2, 0, 3, 0])) },
        { "8 bit, data first", Riff(Chunk("data", [0x80, 0x81, 0x82]), Chunk("fmt ", Format(Pcm, 8))) },
        { "stereo 24 bit, extensible", Riff(Chunk("fmt ", Extensible(Pcm, 24, 24, channels: 2)), Chunk("data", new byte[12])) },
        { "float", File(Float, 32, [0, 0, 0, 0, 0, 0, 0x80, 0x3F]) },
        { "double", File(Float, 64, new byte[16]) },
        { "mu-law", File(MuLaw, 8, [1, 2, 3, 4]) },
    };

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_prefix_reads_or_throws_the_one_error(string why, byte[] file)
    {
        for (int length = 0; length <= file.Length; length++)
        {
            Survives(file[..length], why);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_byte_changed_to_every_value_reads_or_throws_the_one_error(string why, byte[] file)
    {
        for (int i = 0; i < file.Length; i++)
        {
            for (int flip = 1; flip < 256; flip++)
            {
                byte[] changed = [.. file];
                changed[i] ^= (byte)flip;
                Survives(changed, why);
            }
        }
    }

    [Fact]
    public void Random_chunks_read_or_throw_the_one_error()
    {
        var random = new Random(20261122);
        string[] names = ["fmt ", "data", "LIST", "fact", "RIFF"];
        for (int round = 0; round < 20_000; round++)
        {
            byte[][] chunks = new byte[random.Next(5)][];
            for (int i = 0; i < chunks.Length; i++)
            {
                byte[] body = random.Next(3) == 0 ? Format(random.Next(8), 8 * random.Next(9), random.Next(3), random.Next(0, 100000)) : new byte[random.Next(60)];
                uint? declared = random.Next(4) == 0 ? (uint)random.NextInt64(1L << 32) : null;
                chunks[i] = Chunk(names[random.Next(names.Length)], body, declared);
            }

            Survives(Riff(chunks), "random chunks");
        }
    }

    private static void Survives(byte[] file, string why)
    {
        // A pipe learns only at its end what a file says at once: which of two errors comes first may differ, what is read may not.
        string seekable = Outcome(Read, file);
        string piped = Outcome(ReadPiped, file);
        if (seekable != piped)
        {
            Assert.Fail($"{why}: {seekable} from a file, {piped} from a pipe: {Convert.ToHexString(file)}");
        }
    }

    private static string Outcome(Func<byte[], AudioClip> read, byte[] file)
    {
        try
        {
            AudioClip clip = read(file);
            bool sound = clip.Samples.Length > 0 && Array.TrueForAll(clip.Samples, float.IsFinite);
            return sound ? $"read {clip.Samples.Length} at {clip.SampleRate}" : "unsound";
        }
        catch (AudioFormatException e)
        {
            return e.Message.Length > 0 ? "error" : "unsound";
        }
    }
}
