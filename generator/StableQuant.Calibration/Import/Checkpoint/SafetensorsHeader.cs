using System.Text.Json;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>The header of a safetensors file, checked: each tensor lies within the file, has the size that its shape asks for, and shares no byte.</summary>
internal sealed record SafetensorsHeader(IReadOnlyDictionary<string, StoredTensor> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Most bytes of a header, as the format has it.</summary>
    public const int MaxBytes = 100_000_000;

    private const string MetadataName = "__metadata__";

    // An object of tensors, each an object with two lists.
    private const int MaxDepth = 4;
    private const int MaxRank = 8;

    /// <summary>Reads a header.</summary>
    /// <param name="file">Its file.</param>
    /// <param name="json">The header's bytes.</param>
    /// <param name="fileBytes">Length of the whole file.</param>
    public static SafetensorsHeader Parse(SafetensorsFile file, byte[] json, long fileBytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new ImportException(file.Path, null, "its header is no JSON object; copy or download it again");
            }

            Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);
            Dictionary<string, string> metadata = new(StringComparer.Ordinal);
            long data = sizeof(ulong) + (long)json.Length;
            foreach (JsonProperty entry in document.RootElement.EnumerateObject())
            {
                if (entry.Name == MetadataName)
                {
                    ReadMetadata(entry.Value, metadata);
                }
                else if (!tensors.TryAdd(entry.Name, Tensor(file, entry, data, fileBytes)))
                {
                    throw Damaged(file, entry.Name, "comes twice");
                }
            }

            CheckOverlap(file, tensors.Values);
            return new SafetensorsHeader(tensors, metadata);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new ImportException(file.Path, null, $"its header is no JSON of a safetensors file: {error.Message}", error);
        }
    }

    private static void ReadMetadata(JsonElement element, Dictionary<string, string> metadata)
    {
        foreach (JsonProperty entry in element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : default)
        {
            if (entry.Value.ValueKind == JsonValueKind.String)
            {
                metadata[entry.Name] = entry.Value.GetString()!;
            }
        }
    }

    private static StoredTensor Tensor(SafetensorsFile file, JsonProperty entry, long data, long fileBytes)
    {
        if (entry.Value.ValueKind != JsonValueKind.Object
            || !entry.Value.TryGetProperty("dtype", out JsonElement dtype) || dtype.ValueKind != JsonValueKind.String
            || !entry.Value.TryGetProperty("shape", out JsonElement shape) || Numbers(shape, MaxRank) is not { } dimensions
            || !entry.Value.TryGetProperty("data_offsets", out JsonElement offsets) || Numbers(offsets, 2) is not [long start, long end])
        {
            throw Damaged(file, entry.Name, $"is not described by dtype, shape (at most {MaxRank} sizes) and two data_offsets");
        }

        string type = dtype.GetString()!;
        if (start > end || end > fileBytes - data)
        {
            throw Damaged(file, entry.Name, $"lies at {start} … {end}, but the file has {fileBytes - data} bytes of tensors: it is cut short or damaged");
        }

        if (Width(type) is { } width && !IsProduct(dimensions, width, end - start))
        {
            throw Damaged(file, entry.Name, $"has {end - start} bytes, which are not [{string.Join(", ", dimensions)}] of {type}");
        }

        return new StoredTensor(file, entry.Name, type, dimensions, data + start, end - start);
    }

    // Null unless it is a list of so many whole numbers from 0 on.
    private static long[]? Numbers(JsonElement element, int most) =>
        element.ValueKind == JsonValueKind.Array && element.GetArrayLength() <= most
        && element.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Number && e.TryGetInt64(out long number) && number >= 0)
            ? [.. element.EnumerateArray().Select(e => e.GetInt64())]
            : null;

    private static int? Width(string type) => type switch
    {
        "BOOL" or "U8" or "I8" => 1,
        "F16" or "BF16" or "U16" or "I16" => 2,
        "F32" or "U32" or "I32" => 4,
        "F64" or "U64" or "I64" => 8,
        _ => null,
    };

    // A product of sizes may be too large for any number, before a size of 0 makes it small.
    private static bool IsProduct(long[] shape, long width, long bytes)
    {
        if (shape.Contains(0))
        {
            return bytes == 0;
        }

        foreach (long dimension in shape)
        {
            if (dimension > bytes / width)
            {
                return false;
            }

            width *= dimension;
        }

        return width == bytes;
    }

    private static void CheckOverlap(SafetensorsFile file, IEnumerable<StoredTensor> tensors)
    {
        StoredTensor? before = null;
        foreach (StoredTensor tensor in tensors.Where(t => t.Bytes > 0).OrderBy(t => t.Offset))
        {
            if (before is not null && tensor.Offset < before.Offset + before.Bytes)
            {
                throw Damaged(file, tensor.Name, $"shares bytes with '{before.Name}', which the format forbids");
            }

            before = tensor;
        }
    }

    private static ImportException Damaged(SafetensorsFile file, string tensor, string why) => new(file.Path, $"tensor '{tensor}'", $"{why}; copy or download the file again");
}
