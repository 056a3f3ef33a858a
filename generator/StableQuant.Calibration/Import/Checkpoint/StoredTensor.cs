namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>Where a tensor lies in a safetensors file. Its bounds are those of the file, and no other tensor shares its bytes.</summary>
/// <param name="File">The file.</param>
/// <param name="Name">Its name there; untrusted text.</param>
/// <param name="Type">The type of its elements as the file names it, such as <c>F32</c>.</param>
/// <param name="Shape">Its dimensions, outermost first; their product is the number of elements.</param>
/// <param name="Offset">Its first byte in the file.</param>
/// <param name="Bytes">Its length.</param>
internal sealed record StoredTensor(SafetensorsFile File, string Name, string Type, IReadOnlyList<long> Shape, long Offset, long Bytes)
{
    /// <summary>The shape for people.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";

    /// <summary>Whether the elements are floats that can be read.</summary>
    public bool IsFloat => Type is "F32" or "F16" or "BF16";

    /// <summary>Reads the elements, row by row; what the file has in 16 bits is exact in 32.</summary>
    /// <exception cref="ImportException">The file was cut short meanwhile.</exception>
    public float[] Read() => File.Read(this);
}
