using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>Knows what values that depend on lengths alone are in a longer utterance than the traced one.</summary>
internal interface IOtherLengths
{
    /// <summary>A value in an utterance of so many frames.</summary>
    /// <param name="value">Its name.</param>
    /// <param name="tracedFrames">The frames that the traced utterance has where the value is read.</param>
    /// <param name="frames">The frames wanted there.</param>
    /// <exception cref="OperatorException">It depends on more than lengths.</exception>
    Tensor At(string value, int tracedFrames, int frames);

    /// <summary>The product with constant weights that a value is the result of, or a view of it; null where there is none.</summary>
    /// <param name="value">Its name.</param>
    /// <returns>The name of the rows multiplied, and the weights [inputs, outputs].</returns>
    (string Rows, Tensor<float> Weights)? Product(string value);

    /// <summary>The constant rows that a value shows some of, one for each place; null where it is another value.</summary>
    /// <param name="value">Its name.</param>
    /// <returns>The name of the places' numbers of rows, and the rows.</returns>
    (string Places, Tensor<float> Rows)? Gathered(string value);
}
