using StableQuant.Graph;

namespace StableQuant.Calibration.Float;

/// <summary>The layers of a float model in the sense of the paper: operations that belong together (<see cref="Operation.Layer"/>), with a product among them.</summary>
public static class ModelLayers
{
    /// <summary>Names of the layers, in order.</summary>
    public static IReadOnlyList<string> Layers(this FloatModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return [.. model.Operations.Where(IsProduct).Select(o => o.Layer).Distinct()];
    }

    /// <summary>Whether an operation multiplies, which makes what it belongs to a layer.</summary>
    public static bool IsProduct(Operation operation) => operation is Product or Attention;

    /// <summary>Names of a layer's products with constant weights. Attention's own, on grids that cover all, are noisy and harmless.</summary>
    public static IReadOnlyList<string> Products(this FloatModel model, string layer)
    {
        ArgumentNullException.ThrowIfNull(model);
        return [.. model.Operations.Where(o => o.Layer == layer && o is Product).Select(o => o.Name)];
    }

    /// <summary>The operands of a layer's products that are quantized; the audio is exact.</summary>
    public static IReadOnlyList<string> Operands(this FloatModel model, string layer)
    {
        ArgumentNullException.ThrowIfNull(model);
        return [.. model.Operations.Where(o => o.Layer == layer && IsProduct(o)).SelectMany(o => o is Attention a ? a.Operands : o.Inputs).Where(i => i != Operation.Audio).Distinct()];
    }
}
