using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Calibrate;

/// <summary>Windows times weights against the reference's products, which read the value in their own way.</summary>
public sealed class ProductWindowsTests
{
    public static TheoryData<Product, int> Products { get; } = new()
    {
        { new Linear("linear", "", "x", 6, 4), 5 },
        { new Convolution("over-time", "", "x", 6, 4, Kernel: 3, Stride: 2, PadLeft: 0, PadRight: 0, Groups: 1), 11 },
        { new Convolution("grouped", "", "x", 6, 4, Kernel: 4, Stride: 1, PadLeft: 2, PadRight: 1, Groups: 2), 7 },
        { new Convolution("depthwise", "", "x", 6, 6, Kernel: 5, Stride: 1, PadLeft: 2, PadRight: 2, Groups: 6), 9 },
        { new Convolution("longer than its input", "", "x", 6, 4, Kernel: 9, Stride: 1, PadLeft: 4, PadRight: 4, Groups: 1), 3 },
        { new Convolution2d("of one channel", "", "x", Bands: 8, 1, 4, Kernel: 3, Stride: 2, Padding: 1), 10 },
        { new Convolution2d("channel by channel", "", "x", Bands: 5, 4, 4, Kernel: 3, Stride: 2, Padding: 1), 9 },
        { new Convolution2d("unpadded", "", "x", Bands: 7, 4, 4, Kernel: 3, Stride: 1, Padding: 0), 6 },
    };

    [Theory]
    [MemberData(nameof(Products))]
    public void Windows_times_weights_are_the_product(Product product, int frames)
    {
        var random = new Random(frames);
        (int rows, int columns) = product is Convolution2d c ? c.InputChannels == 1 ? (frames, c.Bands) : (frames * c.Bands, c.InputChannels) : (frames, product.InputChannels);
        Matrix input = new(rows, columns);
        Fill(input.Data, random);
        var parameters = new FloatParameters(new float[product.OutputChannels * product.GroupInputs], null);
        Fill(parameters.Weight, random);
        Matrix expected = product switch
        {
            Linear => ReferenceProducts.Linear(input, parameters),
            Convolution over => ReferenceProducts.Convolution(over, input, parameters),
            Convolution2d both => ReferenceProducts.Convolution2d(both, input, parameters),
            _ => throw new NotSupportedException(),
        };

        var windows = new ProductWindows(product);
        windows.Count(input.Data.Length).ShouldBe(expected.Data.Length / product.OutputChannels);
        int outputs = product.OutputChannels / product.Groups;
        var window = new double[product.GroupInputs];
        for (int i = 0; i < windows.Count(input.Data.Length); i++)
        {
            for (int output = 0; output < product.OutputChannels; output++)
            {
                // In two parts, as windows of many inputs are taken.
                int half = window.Length / 2;
                windows.Fill(input.Data, i, output / outputs, 0, window.AsSpan(0, half));
                windows.Fill(input.Data, i, output / outputs, half, window.AsSpan(half));
                window.Select((x, k) => x * parameters.Weight[output * window.Length + k]).Sum().ShouldBe(expected.Data[i * product.OutputChannels + output], 1e-5);
            }
        }
    }

    [Fact]
    public void A_value_that_is_too_short_has_no_windows() =>
        new ProductWindows(new Convolution("c", "", "x", 6, 4, Kernel: 9, Stride: 1, PadLeft: 1, PadRight: 1, Groups: 1)).Count(6 * 6).ShouldBe(0);

    // Windows are taken in steps: of 40 bands a step of 48 would meet 5.
    [Theory]
    [InlineData(40, 48)]
    [InlineData(40, 1)]
    [InlineData(12, 6)]
    public void Steps_meet_every_band(int bands, int least)
    {
        int step = new ProductWindows(new Convolution2d("c", "", "x", bands, 4, 4, Kernel: 3, Stride: 1, Padding: 1)).Step(least);
        step.ShouldBeGreaterThanOrEqualTo(least);
        Enumerable.Range(0, bands).Select(i => i * step % bands).Distinct().Count().ShouldBe(bands);
        new ProductWindows(new Linear("l", "", "x", 6, 4)).Step(least).ShouldBe(least);
    }

    private static void Fill(float[] values, Random random)
    {
        foreach (ref float value in values.AsSpan())
        {
            value = random.NextSingle() - 0.5f;
        }
    }
}
