using System.Buffers.Binary;
using static StableQuant.Audio.Tests.WaveBytes;

namespace StableQuant.Audio.Tests;

/// <summary>A recording read part by part: the parts together are the whole, bit by bit.</summary>
public sealed class AudioPartsTests : IDisposable
{
    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory("stablequant-").FullName, "long.wav");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

    [Theory]
    [InlineData(16000, 1, 7 * 16000 + 123)]
    [InlineData(8000, 1, 50001)]
    [InlineData(44100, 2, 44100 * 7 - 1)]
    [InlineData(22050, 1, 22050 * 6)]
    [InlineData(11025, 1, 11025 * 4 + 1)]
    [InlineData(44101, 1, 44101 * 5 + 777)]
    [InlineData(16000, 1, 2 * 16000)]
    [InlineData(16000, 1, 3 * 16000)]
    [InlineData(16000, 2, 4 * 16000)]
    [InlineData(16000, 1, 5)]
    public void Parts_are_the_whole(int rate, int channels, int frames)
    {
        var random = new Random(frames);
        var data = new byte[frames * channels * 2];
        for (int i = 0; i < data.Length; i += 2)
        {
            BinaryPrimitives.WriteInt16LittleEndian(data.AsSpan(i), (short)random.Next(-20000, 20000));
        }

        System.IO.File.WriteAllBytes(path, WaveBytes.File(Pcm, 16, data, channels, rate));
        float[] whole = AudioFile.Load16k(path);
        AudioClip[] parts = [.. AudioParts.Read16k(path, ChannelChoice.Mix, seconds: 2, CancellationToken.None)];
        parts.ShouldAllBe(part => part.SampleRate == 16000 && part.Samples.Length <= 32000 && part.Notes.Count == 0);
        parts[..^1].ShouldAllBe(part => part.Samples.Length == 32000);
        parts.SelectMany(part => part.Samples).ToArray().ShouldBe(whole);
    }

    [Fact]
    public void Notes_come_once_and_a_channel_is_chosen_in_every_part()
    {
        // The right channel counts, the left one is silent; the header promises more than there is.
        byte[] data = [.. Enumerable.Range(0, 5 * 8000).SelectMany(i => (byte[])[0, 0, .. U16(i % 30000)])];
        System.IO.File.WriteAllBytes(path, Riff(Chunk("fmt ", Format(Pcm, 16, 2, 8000)), Chunk("data", data, 0x7FFF_0000)));
        AudioClip[] parts = [.. AudioParts.Read16k(path, ChannelChoice.Number(2), seconds: 2, CancellationToken.None)];
        parts.SelectMany(part => part.Notes).ShouldHaveSingleItem().ShouldContain("declares 2147418112 bytes");
        parts.SelectMany(part => part.Samples).ToArray().ShouldBe(AudioFile.Load16k(path, ChannelChoice.Number(2)));
        Should.Throw<AudioFormatException>(() => AudioParts.Read16k(path, ChannelChoice.Number(3), 2, CancellationToken.None).Count()).Message.ShouldContain("no channel 3");
    }

    [Fact]
    public void What_is_no_recording_is_refused_as_ever()
    {
        System.IO.File.WriteAllBytes(path, Riff(Chunk("fmt ", Format(Pcm, 16)), Chunk("data", [])));
        Should.Throw<AudioFormatException>(() => AudioParts.Read16k(path, ChannelChoice.Mix, 2, CancellationToken.None).Count());
        Should.Throw<OperationCanceledException>(() => AudioParts.Read16k(path, ChannelChoice.Mix, 2, new CancellationToken(canceled: true)).Count());
        Should.Throw<FileNotFoundException>(() => AudioParts.Read16k(path + "x", ChannelChoice.Mix, 2, CancellationToken.None).Count());
    }
}
