using System.Text.Json;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>
/// The tensors of a checkpoint by the names that they have in the model without its head's prefix: <c>encoder.layer_norm.weight</c> in place
/// of <c>hubert.encoder.layer_norm.weight</c>. Remembers which were asked for.
/// </summary>
internal sealed class CheckpointTensors
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";
    private const string AdapterStart = "adapter.";
    private const string AdapterEnd = ".safetensors";

    // What training needed and the logits do not.
    private static readonly string[] Unneeded =
    [
        "masked_spec_embed", "quantizer.", "project_q.", "project_hid.", "speaker_proj.", "label_embeddings_concat", "layer_norm_for_extract.",
        "ctc_proj.", "encoder.pos_conv_embed.batch_norm.num_batches_tracked",
    ];

    private static readonly string[] Pickles = ["pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt", "checkpoint_best.pt"];

    private readonly CheckpointFolder folder;
    private readonly string prefix;
    private readonly Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);
    private readonly HashSet<string> used = new(StringComparer.Ordinal);

    private CheckpointTensors(CheckpointFolder folder, string prefix)
    {
        this.folder = folder;
        this.prefix = prefix + ".";
    }

    /// <summary>Reads the headers of a folder's safetensors files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="prefix">What stands before the names of all tensors but the head's, such as <c>hubert</c>; files saved without a head lack it.</param>
    /// <exception cref="ImportException">There are none, or they are damaged or hostile.</exception>
    public static CheckpointTensors Open(CheckpointFolder folder, string prefix)
    {
        var tensors = new CheckpointTensors(folder, prefix);
        if (folder.Has(SingleFile))
        {
            SafetensorsFile file = SafetensorsFile.Open(folder.Resolve(SingleFile), folder.Shown(SingleFile));
            tensors.Add(file, file.Tensors.Values);
        }
        else if (folder.Has(IndexFile))
        {
            tensors.AddShards();
        }
        else
        {
            throw Missing(folder);
        }

        return tensors;
    }

    /// <summary>Size of the files.</summary>
    public long FileBytes { get; private set; }

    /// <summary>Whether adapters and head are those of a language, read from a file of their own; the head is then as wide as that language's vocabulary.</summary>
    public bool HasLanguage { get; private set; }

    /// <summary>Whether the folder has a file of a language.</summary>
    public bool HasFileOf(string language) => folder.Has(AdapterStart + language + AdapterEnd);

    /// <summary>Takes adapters and head of a language in place of those in the model's own file.</summary>
    /// <param name="language">The language.</param>
    /// <exception cref="ImportException">There is no file for it, or the file holds something else.</exception>
    public void TakeLanguage(string language)
    {
        string name = AdapterStart + language + AdapterEnd;
        if (!HasFileOf(language))
        {
            string[] there = folder.Languages(AdapterStart, AdapterEnd);
            throw new ImportException(
                folder.Path, null, there.Length == 0
                    ? $"has no {name}, the adapters of the language '{language}'; download them into the folder"
                    : $"has no {name}, the adapters of the language '{language}'; there are those of {string.Join(", ", there)}");
        }

        SafetensorsFile file = SafetensorsFile.Open(folder.Resolve(name), folder.Shown(name));
        foreach (StoredTensor tensor in file.Tensors.Values)
        {
            string bare = Bare(tensor.Name);
            if (!bare.Contains(".adapter_layer.", StringComparison.Ordinal) && !bare.StartsWith("lm_head.", StringComparison.Ordinal))
            {
                throw new ImportException(tensor.File.Path, $"tensor '{tensor.Name}'", "is no part of an adapter or a head: this is no file of a language");
            }

            tensors[bare] = tensor;
        }

        FileBytes += file.Bytes;
        HasLanguage = true;
    }

    /// <summary>Whether there is a tensor.</summary>
    public bool Has(string name) => tensors.ContainsKey(name);

    /// <summary>A tensor that must be there, of a given shape.</summary>
    /// <param name="name">Its name without prefix.</param>
    /// <param name="shape">Its shape as config.json asks for it; −1 for any size.</param>
    /// <exception cref="ImportException">It is missing, has another shape, or is not of floats.</exception>
    public StoredTensor Require(string name, params ReadOnlySpan<long> shape)
    {
        if (!tensors.TryGetValue(name, out StoredTensor? tensor))
        {
            throw new ImportException(folder.Path, $"tensor '{name}'", "is missing, though config.json asks for it: the weights and config.json belong to different models, or a file was not downloaded");
        }

        used.Add(name);
        bool fits = tensor.Shape.Count == shape.Length;
        for (int i = 0; fits && i < shape.Length; i++)
        {
            fits = shape[i] < 0 || tensor.Shape[i] == shape[i];
        }

        if (!fits)
        {
            string wanted = string.Join(", ", shape.ToArray().Select(s => s < 0 ? "any" : FormattableString.Invariant($"{s}")));
            throw new ImportException(tensor.File.Path, $"tensor '{tensor.Name}'", $"has the shape {tensor.ShapeText}, but config.json asks for [{wanted}]: the two belong to different models");
        }

        return tensor.IsFloat
            ? tensor.Bytes <= int.MaxValue ? tensor : throw new ImportException(tensor.File.Path, $"tensor '{tensor.Name}'", $"has {tensor.Bytes} bytes, more than any layer of a speech model")
            : throw new ImportException(tensor.File.Path, $"tensor '{tensor.Name}'", $"holds {tensor.Type}; float32, float16 and bfloat16 can be read. Take the checkpoint as it was trained, before any quantization");
    }

    /// <summary>The tensor if it is there, see <see cref="Require"/>; null if not.</summary>
    public StoredTensor? Find(string name, params ReadOnlySpan<long> shape) => Has(name) ? Require(name, shape) : null;

    /// <summary>Refuses tensors that nobody asked for: a part of the model would be left out.</summary>
    /// <exception cref="ImportException">There are some.</exception>
    public void CheckAllUsed()
    {
        const int Shown = 4;
        string[] left = [.. tensors.Keys.Where(name => !used.Contains(name) && !Unneeded.Any(known => name.StartsWith(known, StringComparison.Ordinal))).Order(StringComparer.Ordinal)];
        if (left.Length > 0)
        {
            string more = left.Length > Shown ? FormattableString.Invariant($" and {left.Length - Shown} more") : "";
            throw new ImportException(
                folder.Path, $"tensor{(left.Length > 1 ? "s" : "")} '{string.Join("', '", left.Take(Shown))}'{more}",
                "belong to no part of the model that config.json describes: it is another kind of model, or config.json belongs to another");
        }
    }

    private void AddShards()
    {
        using JsonDocument index = folder.ReadJson(IndexFile);
        if (!index.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object
            || map.EnumerateObject().FirstOrDefault(entry => entry.Value.ValueKind != JsonValueKind.String) is { Value.ValueKind: not JsonValueKind.Undefined })
        {
            throw new ImportException(folder.Shown(IndexFile), null, "has no weight_map from names of tensors to names of files");
        }

        foreach (IGrouping<string, JsonProperty> shard in map.EnumerateObject().GroupBy(entry => entry.Value.GetString()!, StringComparer.Ordinal))
        {
            SafetensorsFile file = SafetensorsFile.Open(folder.Resolve(shard.Key), folder.Shown(shard.Key));
            Add(file, shard.Select(entry => file.Tensors.TryGetValue(entry.Name, out StoredTensor? tensor)
                ? tensor
                : throw new ImportException(folder.Shown(IndexFile), $"tensor '{entry.Name}'", $"is not in {shard.Key}; download the whole folder again")));
        }
    }

    private void Add(SafetensorsFile file, IEnumerable<StoredTensor> found)
    {
        FileBytes += file.Bytes;
        foreach (StoredTensor tensor in found)
        {
            Add(tensor.Name, tensor);
        }

        // Tied weights are stored once.
        foreach ((string alias, string name) in file.Aliases)
        {
            if (file.Tensors.TryGetValue(name, out StoredTensor? tensor) && !file.Tensors.ContainsKey(alias))
            {
                Add(alias, tensor);
            }
        }
    }

    private void Add(string name, StoredTensor tensor)
    {
        string bare = Bare(name);
        if (!tensors.TryAdd(bare, tensor))
        {
            throw new ImportException(tensor.File.Path, $"tensor '{name}'", $"comes twice: there is '{tensors[bare].Name}', too");
        }
    }

    private string Bare(string name) => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;

    private static ImportException Missing(CheckpointFolder folder)
    {
        string? pickled = Pickles.FirstOrDefault(folder.Has);
        return new ImportException(folder.Path, null, pickled is null
            ? $"has no {SingleFile} and no {IndexFile}; download the whole folder"
            : $"has its weights in {pickled} only, a pickle that could run any code, so it is not read; take the repository's {SingleFile} (often on its branch refs/convert/safetensors), or convert once with Python: "
                + $"python -c \"from transformers import AutoModelForCTC as M; M.from_pretrained('{folder.Path}').save_pretrained('{folder.Path}', safe_serialization=True)\"");
    }
}
