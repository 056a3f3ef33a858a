using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>What an ONNX value is at the traced length.</summary>
internal abstract record TracedValue;

/// <summary>A value that depends on constants and shapes only.</summary>
internal sealed record StaticValue(Tensor Tensor) : TracedValue;

/// <summary>
/// A value that depends on the samples: the term that computes it, and where each of its elements lies in the term's
/// own layout [rows, columns]. Reshapes, transposes and slices change the view and leave the term alone; whether two
/// values are laid out alike is an equality of views.
/// </summary>
internal sealed record DynamicValue(Term Term, Tensor<int> View) : TracedValue;
