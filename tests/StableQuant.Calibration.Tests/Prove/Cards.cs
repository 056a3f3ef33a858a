using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Prove;

namespace StableQuant.Calibration.Tests.Prove;

/// <summary>A model card to render.</summary>
internal static class Cards
{
    public static ModelCard Sample(string model) => new(
        model,
        new CardSpeech("test-clean, every 5th", 524, 10_500, new string('c', 64)),
        new CardSpeech("test-clean without every 5th", 2096, 42_000, new string('d', 64)),
        5,
        5_210,
        new CardRow("float", new(new(0.034, 0.031, 0.038), new(0.01, 0.009, 0.011), new RateInterval(0.125, 0.1, 0.15)), 377_600_000, 0.2),
        new CardRow("int8", new(new(0.035, 0.032, 0.039), new(0.0101, 0.009, 0.0112), new RateInterval(0.127, 0.102, 0.153)), 98_200_000, 0.05),
        new(new(0.001, -0.0005, 0.002), new(0.0001, -0.0002, 0.0003), new RateInterval(0.002, -0.004, 0.008)))
    {
        Tool = "stablequant 1.2.3",
        CommandLine = $"stablequant prove {model} --data test-clean",
        ModelSha256 = new string('a', 64),
        WeightsSha256 = new string('b', 64),
    };
}
