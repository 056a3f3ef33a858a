using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Trace;

/// <summary>Turns whatever goes wrong in one node into an <see cref="ImportException"/> that names it.</summary>
internal static class NodeGuard
{
    /// <summary>Runs the work on one node.</summary>
    public static T Run<T>(string path, OnnxNode node, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (OperatorException error)
        {
            throw new ImportException(path, error.Place ?? node.Label, error.Message, error);
        }
        catch (Exception error) when (error is IndexOutOfRangeException or ArgumentException or NullReferenceException
            or InvalidOperationException or InvalidCastException or ArithmeticException or KeyNotFoundException or NotSupportedException)
        {
            // The operators check what well-formed exports can get wrong. What is left are nodes with missing or
            // misshapen operands, whose exact complaint would help nobody.
            throw new ImportException(path, node.Label, "is malformed: its inputs or attributes do not fit the operator; export the model again", error);
        }
    }
}
