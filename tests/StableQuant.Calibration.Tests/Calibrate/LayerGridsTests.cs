using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Calibrate;

public sealed class LayerGridsTests
{
    // tiny-hubert: seven convolutions, the first with stride 5, the others with 2. Of a layer's values 1 in 100 lies beyond the grid that covers
    // 99 %; each costs what 15 values' products do.
    [Fact]
    public void Time_is_the_outliers_share_of_the_layer_s_share_of_the_work()
    {
        FloatModel model = OnnxImporter.Import(TestFiles.Data("tiny-hubert.onnx"));
        var grids = new LayerGrids(model, Quantizer.Operands(model).Keys.ToDictionary(o => o, _ => Recorded()), Outliers.Keep, dithers: true);
        Product[] products = [.. model.Operations.OfType<Product>()];
        double rate = 16000;
        double all = 0, conv2 = 0;
        foreach (Product product in products)
        {
            double inputs = product.InputChannels;
            if (product is Convolution c)
            {
                rate /= c.Stride;
                inputs = c.Kernel * c.InputChannels / c.Groups;
            }

            all += rate * inputs * product.OutputChannels;
            conv2 = product.Layer == "conv2" ? rate * inputs * product.OutputChannels : conv2;
        }

        rate.ShouldBe(50);
        grids.Time("conv2", 100).ShouldBe(0);
        grids.Time("conv2", 99).ShouldBe(15 * 0.01 * conv2 / all, 1e-9);

        // One input in ten: the product runs twice, and a quarter of its time lists them.
        grids.Time("conv2", 90).ShouldBe(1.25 * conv2 / all, 0.02 * conv2 / all, "to the width of a bin");
        model.Layers().Sum(layer => grids.Time(layer, 99)).ShouldBe(15 * 0.01 * (all - (3200 * 10 * products[0].OutputChannels)) / all, 1e-9, "the audio has no outliers");
    }

    private static Histogram Recorded()
    {
        var values = new Histogram();
        values.Add([.. Enumerable.Range(0, 9900).Select(i => i / 9900f), .. Enumerable.Repeat(50f, 100)]);
        return values;
    }
}
