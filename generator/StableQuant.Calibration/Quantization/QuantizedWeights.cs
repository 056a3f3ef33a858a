using System.Collections.Concurrent;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Quantization;

/// <summary>The int8 weights of a float model's products, each quantized once, when it is first asked for.</summary>
public sealed class QuantizedWeights
{
    private readonly ConcurrentDictionary<(string Product, int Bits), QuantizedMatrix> matrices;
    private readonly FloatModel model;
    private readonly bool leastSquares;
    private readonly Func<Product, int> bits;

    /// <summary>The weights of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="leastSquares">Whether scales are least-squares (<see cref="QuantizedMatrix.LeastSquares"/>) or by the largest weight.</param>
    /// <param name="bits">Bits of a product's weights: 8; 7, with which two products of any input fit int16; 4 or 3, which are stored in as many. Null for 8 everywhere.</param>
    public QuantizedWeights(FloatModel model, bool leastSquares, Func<Product, int>? bits = null)
        : this(model, leastSquares, bits ?? (_ => 8), new())
    {
    }

    private QuantizedWeights(FloatModel model, bool leastSquares, Func<Product, int> bits, ConcurrentDictionary<(string, int), QuantizedMatrix> matrices) =>
        (this.model, this.leastSquares, this.bits, this.matrices) = (model, leastSquares, bits, matrices);

    /// <summary>The weights of a convolution or linear layer.</summary>
    public QuantizedMatrix Of(Product product) => Of(product, BitsOf(product));

    /// <summary>The same in other bits.</summary>
    public QuantizedMatrix Of(Product product, int otherBits)
    {
        ArgumentNullException.ThrowIfNull(product);
        return matrices.GetOrAdd((product.Name, otherBits), key => leastSquares
            ? QuantizedMatrix.LeastSquares(model.Parameters[key.Product].Weight, product.OutputChannels, key.Bits)
            : QuantizedMatrix.Of(model.Parameters[key.Product].Weight, product.OutputChannels, key.Bits));
    }

    /// <summary>Bits of a product's weights.</summary>
    public int BitsOf(Product product) => bits(product);

    /// <summary>The same weights, of which each product takes those of other bits.</summary>
    public QuantizedWeights With(Func<Product, int> otherBits) => new(model, leastSquares, otherBits, matrices);

    /// <summary>Takes weights that were rounded elsewhere.</summary>
    internal void Take(Product product, QuantizedMatrix matrix) => matrices[(product.Name, matrix.Bits)] = matrix;
}
