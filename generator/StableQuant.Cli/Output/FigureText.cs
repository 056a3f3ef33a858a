using StableQuant.Calibration.Evaluate;
using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>How figures with intervals are written.</summary>
internal static class FigureText
{
    /// <summary>The quantized model's, with the interval of its change, or of the figure itself where it is one against float: <c>1.50 % (+0.10 … +0.40)</c>, <c>0.30 % (0.10 … 0.60)</c>.</summary>
    public static string Of(MeasuredFigure figure) => figure.Float is null
        ? Of(new RateInterval(figure.Quantized, figure.Low, figure.High))
        : $"{Rate.Percent(figure.Quantized)} ({Rate.Points(figure.Low)} … {Rate.Points(figure.High)})";

    /// <summary>A rate with its interval.</summary>
    public static string Of(RateInterval rate) => $"{Rate.Percent(rate.Value)} ({Rate.Percent(rate.Low)[..^2]} … {Rate.Percent(rate.High)[..^2]})";
}
