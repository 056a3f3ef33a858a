using StableQuant.Benchmarks.Models;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;

namespace StableQuant.Calibration.Tests.Benchmarks;

public sealed class SeededCheckpointTests
{
    private const string Small = """
        { "config": { "vocab_size": 3, "pad_token_id": 2 }, "tensors": { "a.0..2.norm.weight": [100], "b.weight": [200, 50], "c.bias": [100] } }
        """;

    // Parameters as PyTorch counts them. Ours lack what training alone needs, and WavLM's have a bias for each distance, not for each bucket of them.
    [Theory]
    [InlineData("wavlm-large", 315_485_920)]
    [InlineData("mms-1b", 964_689_568)]
    [InlineData("w2v-bert-2.0", 580_525_920)]
    [InlineData("parakeet-ctc-0.6b", 608_799_745)]
    public void Figures_of_a_member_are_those_of_a_model_that_is_understood(string name, long parameters)
    {
        using var folder = new TempFolder();
        string figures = Path.Combine(AppContext.BaseDirectory, "Seeded", $"{name}.json");
        using (FileStream tensors = File.Create(Path.Combine(folder.Path, "model.safetensors")))
        {
            long bytes = SeededCheckpoint.WriteHeader(figures, Path.Combine(folder.Path, "config.json"), tensors).Sum(t => SeededCheckpoint.Bytes(t.Shape));

            // Nobody reads the weights: they take no place on the disk.
            tensors.SetLength(tensors.Length + bytes);
        }

        FloatModel model = CheckpointImporter.Import(folder.Path);
        ((double)model.Operations.Sum(o => o.Parameters)).ShouldBe(parameters, tolerance: 0.005 * parameters);
        SeededCheckpoint.Vocabulary(figures).Tokens.Count.ShouldBe(model.LogitCount);
    }

    [Fact]
    public void The_same_figures_give_the_same_bytes_and_gains_are_about_one()
    {
        using var folder = new TempFolder();
        File.WriteAllText(Path.Combine(folder.Path, "small.json"), Small);
        byte[][] files =
        [
            .. new[] { "first", "second" }.Select(name =>
            {
                SeededCheckpoint.Write(Path.Combine(folder.Path, "small.json"), Path.Combine(folder.Path, "config.json"), Path.Combine(folder.Path, name));
                return File.ReadAllBytes(Path.Combine(folder.Path, name));
            }),
        ];
        files[0].ShouldBe(files[1]);

        // Three vectors of gains, then weights of 50 inputs, then biases.
        int header = (int)BitConverter.ToInt64(files[0]) + sizeof(long);
        float[] values = [.. Enumerable.Range(0, (files[0].Length - header) / 2).Select(i => (float)BitConverter.ToHalf(files[0], header + (2 * i)))];
        values.Length.ShouldBe(300 + 10_000 + 100);
        (values[..300].Average(), Deviation(values[..300])).ShouldSatisfyAllConditions(gain => gain.Item1.ShouldBe(1, 0.03), gain => gain.Item2.ShouldBe(0.1, 0.02));
        (values[300..10_300].Average(), Deviation(values[300..10_300])).ShouldSatisfyAllConditions(weight => weight.Item1.ShouldBe(0, 0.005), weight => weight.Item2.ShouldBe(1 / Math.Sqrt(50), 0.005));
    }

    private static double Deviation(float[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
    }
}
