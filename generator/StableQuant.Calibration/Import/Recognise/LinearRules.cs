using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>Matrix products with constant weights.</summary>
internal static class LinearRules
{
    /// <summary>MatMul by a constant: [inputs, outputs] on the right, or [outputs, inputs] on the left of channels-first values.</summary>
    public static DynamicValue MatMul(NodeContext context)
    {
        bool left = context.Inputs[0] is StaticValue;
        DynamicValue value = context.Dynamic(left ? 1 : 0);
        Tensor<float> weights = Matrix(context.Floats(left ? 0 : 1), value.View.Rank);
        DynamicValue product = Product(
            context, left ? new DynamicValue(value.Term, Layouts.SwapLast(value.View)) : value, new ProductWeights(weights, !left, 0, weights.Shape[left ? 0 : 1]));
        return left ? new DynamicValue(product.Term, Layouts.SwapLast(product.View)) : product;
    }

    /// <summary>Gemm: α · A · B + β · C with constant B and C.</summary>
    public static DynamicValue Gemm(NodeContext context)
    {
        DynamicValue value = context.Dynamic(0);
        Tensor<float> weights = Matrix(context.Floats(1), 2);
        bool transposed = context.Node.Flag("transB", false);
        ProductWeights product = new(weights, !transposed, 0, weights.Shape[transposed ? 0 : 1]);
        double alpha = context.Node.Float("alpha") ?? 1, beta = context.Node.Float("beta") ?? 1;
        double[] bias = new double[product.Outputs];
        if (context.Static(2) is { } constant)
        {
            if (constant.Count != 1 && (constant.Count != bias.Length || constant.Shape[^1] != bias.Length))
            {
                throw new OperatorException("adds a constant that is no bias; that is not supported");
            }

            float[] added = constant.As<float>();
            bias = [.. bias.Select((_, o) => beta * added[o % added.Length])];
        }

        product = product.Then([.. Enumerable.Repeat(alpha, product.Outputs)], bias);
        return Product(context, context.Node.Flag("transA", false) ? new DynamicValue(value.Term, Layouts.SwapLast(value.View)) : value, product);
    }

    private static DynamicValue Product(NodeContext context, DynamicValue value, ProductWeights weights)
    {
        value = FrameRateRules.Upsampled(context, value) ?? value;
        int inputs = weights.Stored.Count / weights.Outputs;
        if (inputs < value.Term.Columns && Layouts.Parts(value.View, value.Term, inputs) is { } parts)
        {
            // Head by head, the same weights: a layer over all channels with zeros elsewhere.
            LinearTerm each = new(context.Origin, context.Settlement.Settle(value.Term), weights.ForEach(value.Term.Columns / inputs));
            return new DynamicValue(each, Layouts.OfRows(parts, weights.Outputs, [.. value.View.Shape[..^1], weights.Outputs]));
        }

        if (Convolution2dRules.Flattened(context, value, weights, inputs) is { } flattened)
        {
            return flattened;
        }

        int[]? rows = inputs == value.Term.Columns ? Layouts.Rows(value.View, inputs) : null;
        if (rows is null)
        {
            throw new OperatorException($"multiplies constant weights of {inputs} inputs with other than whole frames of {value.Term.Columns} channels, or equal parts of them; that is not supported");
        }

        LinearTerm linear = new(context.Origin, context.Settlement.Settle(value.Term), weights);
        return new DynamicValue(linear, Layouts.OfRows(rows, linear.Columns, [.. value.View.Shape[..^1], linear.Columns]));
    }

    // Axes of 1 before the matrix are harmless as long as they add none to the product.
    private static Tensor<float> Matrix(Tensor<float> weights, int mostAxes) =>
        weights.Rank >= 2 && weights.Rank <= mostAxes && weights.Count > 0 && weights.Count == weights.Shape[^1] * weights.Shape[^2]
            ? weights.Reshape(weights.Shape[^2..])
            : throw new OperatorException($"multiplies by a constant of shape {TensorShape.Text(weights.Shape)}, which is no matrix; that is not supported");
}
