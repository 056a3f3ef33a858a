using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Trace;

/// <summary>How much a graph makes of nothing, all its operators together: a small file may ask for more than any memory holds.</summary>
internal sealed class GrowthBudget
{
    private const long Max = 4L * TensorShape.MaxGrowth;

    private long made;

    /// <summary>Counts what one operator made.</summary>
    /// <exception cref="OperatorException">It is too much.</exception>
    public void Take(IEnumerable<Tensor?> operands, IEnumerable<Tensor> results)
    {
        made += Math.Max(0, results.Sum(result => (long)result.Count) - operands.Sum(operand => (long)(operand?.Count ?? 0)));
        OperatorException.Require(made <= Max, "makes, with the operators before it, more values than a speech model needs");
    }
}
