using System.Collections.Concurrent;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Quantization;

/// <summary>The int8 weights of a float model's products, each quantized once, when it is first asked for.</summary>
/// <param name="model">The model.</param>
/// <param name="leastSquares">Whether scales are least-squares (<see cref="QuantizedMatrix.LeastSquares"/>) or by the largest weight.</param>
/// <param name="bits">Bits of a product's weights: 8; 7, with which two products of any input fit int16; 4 or 3, which are stored in as many. Null for 8 everywhere.</param>
public sealed class QuantizedWeights(FloatModel model, bool leastSquares, Func<Product, int>? bits = null)
{
    private readonly ConcurrentDictionary<string, QuantizedMatrix> matrices = new(StringComparer.Ordinal);

    /// <summary>The weights of a convolution or linear layer.</summary>
    public QuantizedMatrix Of(Product product)
    {
        ArgumentNullException.ThrowIfNull(product);
        int own = bits is null ? 8 : bits(product);
        return matrices.GetOrAdd(product.Name, name => leastSquares
            ? QuantizedMatrix.LeastSquares(model.Parameters[name].Weight, product.OutputChannels, own)
            : QuantizedMatrix.Of(model.Parameters[name].Weight, product.OutputChannels, own));
    }
}
